package fit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestACheckpointFollowsEveryEpochAndTheClock(t *testing.T) {
	var steps []int
	_, err := Run(t.Context(), open(t, "go"), problem(t), recipe, nil, Hooks{CheckpointEvery: time.Hour, Checkpoint: func(s *State) error {
		steps = append(steps, s.Step)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	// A checkpoint that takes no time is not postponed, but copying the state from the device takes
	// some.
	if len(steps) < 2 || steps[0] != 100 {
		t.Errorf("there were checkpoints at %v, want one at the end of most of the six epochs of 100 steps", steps)
	}
	inside := 0
	_, err = Run(t.Context(), open(t, "go"), problem(t), recipe, nil, Hooks{Checkpoint: func(s *State) error {
		if s.Step%100 != 0 {
			inside++
		}
		return nil
	}})
	if err != nil || inside == 0 {
		t.Errorf("with no time in between there were %d checkpoints inside an epoch: %v", inside, err)
	}
}

func TestASlowDiskDoesNotHoldUpTheTraining(t *testing.T) {
	r := recipe
	r.Epochs = 40
	checkpoints := 0
	began := time.Now()
	_, err := Run(t.Context(), open(t, "go"), problem(t), r, nil, Hooks{Checkpoint: func(*State) error {
		checkpoints++
		time.Sleep(20 * time.Millisecond)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	// The duration of a checkpoint and that of the training in between are measured by the same
	// clock, so this holds on a busy machine too.
	if whole := time.Since(began); time.Duration(checkpoints-1)*20*time.Millisecond > whole/checkpointRest || checkpoints < 1 {
		t.Errorf("%d checkpoints of 20 ms in %v are more than a fiftieth of the time, the first left out", checkpoints, whole)
	}
}

func TestACheckpointThatFailsIsToldOnceAndTheTrainingGoesOn(t *testing.T) {
	b := open(t, "go")
	whole, err := Run(t.Context(), b, sides(t), recipe, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	calls := 0
	s, err := Run(t.Context(), b, sides(t), recipe, nil, Hooks{
		Event: func(e Event) { notes = append(notes, e.Notes...) },
		Checkpoint: func(*State) error {
			if calls++; calls <= 2 {
				return errors.New("no space left on device")
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sameRun(whole, s); err != nil {
		t.Error(err)
	}
	if calls < 3 || len(notes) != 2 || !strings.Contains(notes[0], "no space left on device") || !strings.Contains(notes[1], "kept again") {
		t.Errorf("of %d checkpoints two failed, which was told as %q", calls, notes)
	}

	ctx, stop := context.WithCancel(t.Context())
	failed := errors.New("no space left on device")
	s, err = Run(ctx, b, sides(t), recipe, nil, Hooks{
		Event:      func(e Event) { stop() },
		Checkpoint: func(*State) error { return failed },
	})
	if !errors.Is(err, ErrInterrupted) || !errors.Is(err, ErrNotKept) || !errors.Is(err, failed) || s == nil {
		t.Errorf("interrupted with a full disk, a run gives %v and the error %v", s, err)
	}
}

// BenchmarkCheckpoint writes a checkpoint, syncs it, reads it back and puts it in its place, by
// size: that of the paper's base (289 thousand weights and their moments, and twice as many to go
// back to) and of its transport (with two frozen bases besides), after an epoch and after a million
// steps, whose losses are kept. It reports the share of the time that a checkpoint every ten
// seconds takes.
//
//	go test ./f4f/fit -run XXX -bench Checkpoint
func BenchmarkCheckpoint(b *testing.B) {
	p := flowProblem(b, paperFlow, 1280)
	s, err := Run(b.Context(), open(b, "xla"), p, Recipe{Epochs: 1, Batch: 128, LearningRate: 1e-4}, nil, Hooks{})
	if err != nil {
		b.Fatal(err)
	}
	for seed := range maxKept { // other weights, to go back to
		r := Recipe{Epochs: 1, Batch: 128, LearningRate: 1e-4, Seed: 1 + uint64(seed)}
		other, err := Run(b.Context(), open(b, "xla"), flowProblem(b, paperFlow, 1280), r, nil, Hooks{})
		if err != nil {
			b.Fatal(err)
		}
		s.Kept = append(s.Kept, Kept{Step: 1, Weights: other.Weights})
	}
	transport := *s
	transport.Weights = Snapshot{}
	trainable, err := TakeSnapshot(p.Store, true)
	if err != nil {
		b.Fatal(err)
	}
	for name, value := range s.Weights {
		transport.Weights[name] = value
	}
	for name, value := range trainable {
		transport.Weights["/left"+name], transport.Weights["/right"+name] = value, value
	}
	for name, s := range map[string]State{"base": *s, "transport": transport} {
		for _, steps := range []int{7_812, 1_000_000} {
			b.Run(fmt.Sprintf("of=%s/steps=%d", name, steps), func(b *testing.B) {
				s.Step, s.Steps, s.Losses = steps, steps, make([]float32, steps)
				path := filepath.Join(b.TempDir(), "checkpoint")
				for b.Loop() {
					if err := WriteState(path, &s, nil); err != nil {
						b.Fatal(err)
					}
				}
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(info.Size())/1e6, "MB")
				b.ReportMetric(100*b.Elapsed().Seconds()/float64(b.N)/10, "%-of-10s")
			})
		}
	}
}
