package fit

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"
)

// slow is a backend whose compiler blocks on the first program of a kind until it is released.
type slow struct {
	compute.Backend
	begun, letGo chan struct{}
	once         sync.Once
}

func (s *slow) Builder(name string) compute.Builder {
	return &slowBuilder{s.Backend.Builder(name), s}
}

type slowBuilder struct {
	compute.Builder
	of *slow
}

func (b *slowBuilder) Compile() (compute.Executable, error) {
	b.of.once.Do(func() {
		close(b.of.begun)
		<-b.of.letGo
	})
	return b.Builder.Compile()
}

func TestAnInterruptionDoesNotWaitForTheCompiler(t *testing.T) {
	b := &slow{Backend: open(t, "xla"), begun: make(chan struct{}), letGo: make(chan struct{})}
	run := func(ctx context.Context, b compute.Backend, hooks Hooks) (*State, error) {
		return Run(ctx, b, flowProblem(t, flow(2, 32, 1), 500), Recipe{Epochs: 1, Batch: 100, LearningRate: 1e-4}, nil, hooks)
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-b.begun
		stop()
	}()
	kept := 0
	s, err := run(ctx, b, Hooks{Checkpoint: func(*State) error { kept++; return nil }})
	if !errors.Is(err, ErrInterrupted) || s == nil || s.Step != 0 || len(s.Weights) == 0 {
		t.Fatalf("interrupted while it compiles, a run gives %v and the error %v", s, err)
	}
	if kept != 1 {
		t.Errorf("there were %d checkpoints, want one", kept)
	}
	// A run that resumes while the abandoned compilation is still going on works as well.
	close(b.letGo)
	if s, err = run(t.Context(), b.Backend, Hooks{}); err != nil || s.Step != 5 {
		t.Errorf("the run after it gives %v and the error %v", s, err)
	}
}

// closable is a run that signals when it is closed.
type closable chan struct{}

func (c closable) close() { close(c) }

func TestARunThatIsSetUpForNobodyIsClosed(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	run, letGo := make(closable), make(chan struct{})
	got, err := begin(ctx, "flow", func() (closable, error) {
		stop()
		<-letGo
		return run, nil
	})
	if !errors.Is(err, ErrInterrupted) || !errors.Is(err, context.Canceled) || got != nil {
		t.Fatalf("interrupted while it is set up, a run gives %v and the error %v", got, err)
	}
	select {
	case <-run:
		t.Fatal("a run was closed before it was there")
	default:
	}
	close(letGo)
	select {
	case <-run:
	case <-time.After(10 * time.Second):
		t.Error("what was set up for nobody is not closed")
	}
}

func TestARunThatIsSetUpInTimeIsTheCallers(t *testing.T) {
	run := make(closable)
	if got, err := begin(t.Context(), "flow", func() (closable, error) { return run, nil }); err != nil || got != run {
		t.Errorf("begin gives %v and the error %v, want the run", got, err)
	}
	broken := errors.New("broken")
	if _, err := begin(t.Context(), "flow", func() (closable, error) { return nil, broken }); !errors.Is(err, broken) || errors.Is(err, ErrInterrupted) {
		t.Errorf("where setting up fails, the error is %v", err)
	}
	select {
	case <-run:
		t.Error("the run was closed")
	default:
	}
}
