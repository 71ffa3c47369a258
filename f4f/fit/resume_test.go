package fit

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// noisy is the loss with noise on the data from the store's generator, whose state a resumed run
// must continue.
func noisy(scope *model.Scope, batches []*Node, progress *Node) *Node {
	noise := scope.RandomNormal(batches[0].Graph(), shapes.Make(batches[0].DType(), batches[0].Shape().Dimensions...))
	return squared(scope, []*Node{Add(batches[0], noise)}, progress)
}

// TestARunStoppedAgainAndAgainIsTheRunNeverStopped stops runs after a few chunks of steps, inside
// epochs and at their ends. Each time it writes the state to a file and resumes from it in a new
// store, as another process would.
func TestARunStoppedAgainAndAgainIsTheRunNeverStopped(t *testing.T) {
	held := func(value float32) []*tensors.Tensor {
		values := make([]float32, 100)
		for i := range values {
			values[i] = value
		}
		return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(values, 100, 1)}
	}
	phases := func(t testing.TB) Problem {
		p := sides(t)
		p.Phases, p.EpochsPerPhase = [][]Loss{{scaled(0)}, {scaled(1)}}, 2
		return p
	}
	worsening := func(t testing.TB) Problem { // the validation loss is best when the mean passes 0.9, on its way from 2 to 0.5
		p := problem(t)
		if _, err := p.Store.CreateVariable("/flow/mu", tensors.FromFlatDataAndDimensions([]float32{2}, 1, 1)); err != nil {
			t.Fatal(err)
		}
		p.Validation, p.Score = held(0.9), squaredEach
		return p
	}
	for name, test := range map[string]struct {
		choice  string
		problem func(testing.TB) Problem
		chunks  int // between stops, at most
		change  func(*Recipe)
	}{
		"losses that take turns, two data sets, validation": {"xla", sides, 3, func(*Recipe) {}},
		"phases by epochs":                 {"go", phases, 3, func(*Recipe) {}},
		"the best epoch, an early stop":    {"go", worsening, 3, func(r *Recipe) { r.Epochs, r.EarlyStop, r.KeepBest = 50, 3, true }},
		"a warm-up and another decay":      {"go", sides, 3, func(r *Recipe) { r.WarmUp, r.Beta2 = 0.4, 0.98 }},
		"random numbers":                   {"go", func(t testing.TB) Problem { return problem(t, noisy) }, 3, func(*Recipe) {}},
		"random numbers in XLA":            {"xla", func(t testing.TB) Problem { return problem(t, noisy) }, 3, func(*Recipe) {}},
		"windows":                          {"xla", sides, 12, func(r *Recipe) { r.Window = 333 }},
		"two devices":                      {"xla:cpu,devices=4", sides, 3, func(r *Recipe) { r.Devices = 2 }},
		"two devices, windows, best epoch": {"xla:cpu,devices=4", worsening, 12, func(r *Recipe) { r.Devices, r.Window, r.KeepBest = 2, 333, true }},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, test.choice)
			r := recipe
			r.Epochs = 4
			test.change(&r)
			whole, err := Run(t.Context(), b, test.problem(t), r, nil, Hooks{})
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "state")
			rng := rand.New(rand.NewPCG(5, 0))
			var state *State
			inside, stops := 0, 0
			for {
				ctx, stop := context.WithCancel(t.Context())
				chunks := 1 + rng.IntN(test.chunks)
				state, err = Run(ctx, b, test.problem(t), r, state, Hooks{Event: func(e Event) {
					if chunks--; chunks <= 0 && !e.Done {
						stop()
					}
				}})
				stop()
				if err == nil {
					break
				}
				if !errors.Is(err, ErrInterrupted) {
					t.Fatal(err)
				}
				if stops++; state.Step%100 != 0 {
					inside++
				}
				if err := WriteState(path, state, nil); err != nil {
					t.Fatal(err)
				}
				if state, _, err = ReadState(path); err != nil {
					t.Fatal(err)
				}
			}
			if stops < 3 || inside < 1 {
				t.Errorf("stopped %d times, %d of them inside an epoch; want some of both", stops, inside)
			}
			if err := sameRun(whole, state); err != nil {
				t.Errorf("after %d stops: %v", stops, err)
			}
			if state.BestEpoch != whole.BestEpoch {
				t.Errorf("after %d stops the best epoch is %d, without %d", stops, state.BestEpoch, whole.BestEpoch)
			}
			for name, value := range whole.Best {
				if !value.Equal(state.Best[name]) {
					t.Errorf("after %d stops the best epoch's %s is %v, without %v", stops, name, state.Best[name], value)
				}
			}
		})
	}
}
