package fit

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// builds counts how often the graphs of moved are built.
type builds int

// moved is the problem of finding the mean of a ramp that a frozen weight shifts, from a start
// drawn with the seed. Its two losses are equal.
func (n *builds) moved(t testing.TB, alike string, seed int64, shift float32) Problem {
	t.Helper()
	score := func(scope *model.Scope, batches []*Node) *Node {
		*n++
		by := scope.At("frozen").VariableWithShape("shift", tensors.FromScalar(float32(0)).Shape()).NodeValue(batches[0])
		return squaredEach(scope, []*Node{Add(batches[0], by)})
	}
	loss := func(scope *model.Scope, batches []*Node, _ *Node) *Node { return ReduceAllMean(score(scope, batches)) }
	p := problem(t, loss, loss)
	if err := p.Store.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	v, err := p.Store.CreateVariable("/frozen/shift", tensors.FromScalar(shift))
	if err != nil {
		t.Fatal(err)
	}
	v.SetTrainable(false)
	p.CacheKey, p.Score, p.Validation = alike, score, []*tensors.Tensor{ramp(300)}
	return p
}

// identical fails the test unless two runs have the same result, to the bit.
func identical(t *testing.T, what string, got, want *State) {
	t.Helper()
	if !slices.Equal(got.Losses, want.Losses) || !slices.Equal(got.Epochs, want.Epochs) || got.BestEpoch != want.BestEpoch || len(got.Weights) != len(want.Weights) {
		t.Fatalf("%s: %d losses, epochs %v, %d weights; a run that compiled for itself has %d losses, epochs %v, %d weights",
			what, len(got.Losses), got.Epochs, len(got.Weights), len(want.Losses), want.Epochs, len(want.Weights))
	}
	for path, value := range want.Weights {
		if other := got.Weights[path]; other == nil || !other.Equal(value) {
			t.Errorf("%s: %s is %v, of a run that compiled for itself %v", what, path, other, value)
		}
	}
}

func TestWhatOneRunCompiledServesTheNextToTheBit(t *testing.T) {
	for name, test := range map[string]struct {
		backend compute.Backend
		change  func(r *Recipe)
	}{
		"one device":     {open(t, "xla"), func(*Recipe) {}},
		"best epoch":     {open(t, "xla"), func(r *Recipe) { r.KeepBest, r.LearningRate = true, 0.5 }},
		"two devices":    {severalDevices(t), func(r *Recipe) { r.Devices = 2 }},
		"windows":        {open(t, "xla"), func(r *Recipe) { r.Window = 250 }},
		"the Go backend": {open(t, "go"), func(r *Recipe) { r.Epochs = 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			r := recipe
			test.change(&r)
			var built builds
			run := func(alike string, seed int64, shift float32) *State {
				t.Helper()
				r := r
				r.Seed = uint64(seed)
				s, err := Run(context.Background(), test.backend, built.moved(t, alike, seed, shift), r, nil, Hooks{})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			one, two := run("", 1, 0.25), run("", 2, -0.5)
			if slices.Equal(one.Losses, two.Losses) {
				t.Fatal("two seeds and two frozen weights give one run")
			}
			identical(t, "the first", run(name, 1, 0.25), one)
			before := built
			identical(t, "the second", run(name, 2, -0.5), two)
			identical(t, "the first again", run(name, 1, 0.25), one)
			if built != before {
				t.Errorf("graphs were built %d times more by runs that had them", built-before)
			}
			as := r
			r.LearningRate, r.WarmUp, r.Epochs = 2*r.LearningRate, 0.2, r.Epochs+1
			longer := run("", 1, 0.25)
			if slices.Equal(longer.Losses, one.Losses) {
				t.Fatal("two learning rates give one run")
			}
			before = built
			identical(t, "with another rate and more epochs", run(name, 1, 0.25), longer)
			if built != before {
				t.Errorf("graphs were built %d times more for another rate and more epochs", built-before)
			}
			if r.ClipNorm++; run(name, 1, 0.25) == nil || built == before {
				t.Error("another clipping runs what was compiled for this one")
			}
			r = as
			if run("else", 1, 0.25); len(shelf.runs) > maxShelved() {
				t.Errorf("%d runs' programs are kept, at most %d should be", len(shelf.runs), maxShelved())
			}
		})
	}
}

// A run that fails or is stopped leaves programs that later runs can use.
func TestARunThatStopsShortLeavesWhatItCompiled(t *testing.T) {
	b, r := open(t, "xla"), recipe
	var built builds
	want, err := Run(context.Background(), b, built.moved(t, "", 1, 0.25), r, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), b, built.moved(t, "short", 1, float32(math.NaN())), r, nil, Hooks{}); !errors.Is(err, ErrNonFinite) {
		t.Fatalf("the error is %v, want one of a loss that isn't finite", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	part, err := Run(ctx, b, built.moved(t, "short", 1, 0.25), r, nil, Hooks{Event: func(e Event) {
		if e.Step > 230 {
			stop()
		}
	}})
	if !errors.Is(err, ErrInterrupted) || part.Step >= want.Step {
		t.Fatalf("the error of an interrupted run is %v at step %d", err, part.Step)
	}
	whole, err := Run(context.Background(), b, built.moved(t, "short", 1, 0.25), r, part, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	identical(t, "resumed", whole, want)
}

// Two runs at once have programs of their own.
func TestRunsAtOnceShareNoPrograms(t *testing.T) {
	b := open(t, "xla")
	var built builds
	want, err := Run(context.Background(), b, built.moved(t, "", 1, 0.25), recipe, nil, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	states, errs := make(chan *State, 3), make(chan error, 3)
	for range 3 {
		var own builds
		p := own.moved(t, "at once", 1, 0.25)
		go func() {
			s, err := Run(context.Background(), b, p, recipe, nil, Hooks{})
			states <- s
			errs <- err
		}()
	}
	for range 3 {
		s := <-states
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
		identical(t, "one of three", s, want)
	}
}
