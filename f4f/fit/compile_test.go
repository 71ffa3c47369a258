package fit

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAnInterruptionDoesNotWaitForTheCompiler(t *testing.T) {
	b := open(t, "xla")
	run := func(ctx context.Context, hooks Hooks) (*State, time.Duration, error) {
		began := time.Now()
		s, err := Run(ctx, b, flowProblem(t, flow(2, 32, 1), 500), Recipe{Epochs: 1, Batch: 100, LearningRate: 1e-4}, nil, hooks)
		return s, time.Since(began), err
	}
	_, whole, err := run(t.Context(), Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var asked time.Time
	time.AfterFunc(whole/3, func() { asked = time.Now(); stop() })
	kept := 0
	s, took, err := run(ctx, Hooks{Checkpoint: func(*State) error { kept++; return nil }})
	if !errors.Is(err, ErrInterrupted) || s == nil || s.Step != 0 || len(s.Weights) == 0 {
		t.Fatalf("interrupted while it compiles, a run gives %v and the error %v", s, err)
	}
	late := time.Since(asked)
	t.Logf("a run of %v, nearly all of it compilation, stopped %v after it was asked", whole, late)
	if took > whole*3/4 {
		t.Errorf("it ended after %v, a whole run takes %v", took, whole)
	}
	if kept != 1 {
		t.Errorf("there were %d checkpoints, want one", kept)
	}
	// A run that goes on from there while the compilation that was left behind is under way is none the worse.
	if s, _, err = run(t.Context(), Hooks{}); err != nil || s.Step != 5 {
		t.Errorf("the run after it gives %v and the error %v", s, err)
	}
}
