package f4f_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// inStep returns a context that fails unless this many flows train in step: their events must come
// in turn, and report the same step.
func inStep(t *testing.T, ctx context.Context, flows int) context.Context {
	var round []fit.Event
	return f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Step == 0 || e.Loaded {
			return
		}
		if round = append(round, e); len(round) < flows {
			return
		}
		names := map[string]bool{}
		for _, other := range round {
			names[other.Flow] = true
			if other.Step != e.Step {
				t.Errorf("%s is at step %d while %s is at %d", other.Flow, other.Step, e.Flow, e.Step)
			}
		}
		if len(names) != flows {
			t.Errorf("of %d flows %d told of step %d", flows, len(names), e.Step)
		}
		round = nil
	})
}

// agree fails unless the losses of the first 50 steps agree within a relative 1e-4, and the
// validation losses of all epochs within a relative 1e-3.
func agree(t *testing.T, what string, got, want interface {
	Losses() []float32
	Epochs() []fit.EpochRecord
}) {
	t.Helper()
	a, b := got.Losses(), want.Losses()
	if len(a) != len(b) {
		t.Fatalf("%s was trained for %d steps, alone for %d", what, len(a), len(b))
	}
	for i := range min(50, len(b)) {
		if !(math.Abs(float64(a[i]-b[i])) <= 1e-4*math.Abs(float64(b[i]))) {
			t.Fatalf("%s has the loss %g at step %d, alone %g", what, a[i], i+1, b[i])
		}
	}
	for i, e := range want.Epochs() {
		if v := got.Epochs()[i].Validation; !(math.Abs(v-e.Validation) <= 1e-3*math.Abs(e.Validation)) {
			t.Errorf("%s has the validation loss %g after epoch %d, alone %g", what, v, i+1, e.Validation)
		}
	}
}

func TestBatchedFlowsAreThoseFittedAloneToRounding(t *testing.T) {
	short := []string{"bases"}
	base := func(s data.Source, at string) f4f.BasePlan {
		return small(t, s).LearningRate(1e-4).Backend("xla").Store(at)
	}
	between := func(l, r f4f.BasePlan, at string) f4f.BetweenPlan {
		return f4f.Between(l, r).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(1500).Batch(50).LearningRate(1e-4).Epochs(2).Backend("xla").Store(at)
	}
	for name, plans := range map[string]func(at string) []f4f.BasePlan{
		"bases": func(at string) []f4f.BasePlan {
			return []f4f.BasePlan{base(left, at), base(right, at), base(left, at).Seed(1)}
		},
		"standardised bases, coupling and LU": func(at string) []f4f.BasePlan {
			plan := func(s data.Source) f4f.BasePlan {
				return base(s, at).Standardise().LayerKind(f4f.Coupling).Mixing(f4f.LULinear)
			}
			return []f4f.BasePlan{plan(left), plan(right)}
		},
		"conditional bases": func(at string) []f4f.BasePlan {
			return []f4f.BasePlan{base(turned{}, at), base(turned{}, at).Seed(3)}
		},
	} {
		if *long || slices.Contains(short, name) { // each compiles for half a minute
			t.Run(name, func(t *testing.T) { compareBatch(t, plans(t.TempDir()), plans(t.TempDir())) })
		}
	}
	for name, plans := range map[string]func(at string) []f4f.BetweenPlan{
		"transports with a penalty": func(at string) []f4f.BetweenPlan {
			l, r, s := base(left, at), base(right, at), base(right, at).Seed(1)
			return []f4f.BetweenPlan{between(l, r, at).Penalty(f4f.L1(1)), between(r, s, at).Penalty(f4f.L1(1))}
		},
		"standardised transports, both ways": func(at string) []f4f.BetweenPlan {
			l, r := base(left, at).Standardise(), base(right, at).Standardise()
			return []f4f.BetweenPlan{between(l, r, at).Direction(f4f.BothWays), between(r, l, at).Direction(f4f.BothWays)}
		},
		"among conditions": func(at string) []f4f.BetweenPlan {
			a, b := base(turned{}, at), base(turned{}, at).Seed(3)
			return []f4f.BetweenPlan{between(a, a, at).On(f4f.Difference), between(b, b, at).On(f4f.Difference)}
		},
		"between conditional bases": func(at string) []f4f.BetweenPlan {
			a, b := base(turned{}, at), base(turned{}, at).Seed(3)
			return []f4f.BetweenPlan{between(a, b, at).On(f4f.Both), between(b, a, at).On(f4f.Both)}
		},
	} {
		if *long || slices.Contains(short, name) { // each compiles for half a minute
			t.Run(name, func(t *testing.T) { compareBatch(t, plans(t.TempDir()), plans(t.TempDir())) })
		}
	}
}

// compareBatch fits plans as one program, and the same plans one by one in another store.
func compareBatch[P f4f.Plan[F], F interface {
	Losses() []float32
	Epochs() []fit.EpochRecord
}](t *testing.T, batch, alone []P) {
	t.Helper()
	ctx := t.Context()
	if _, bases := any(batch).([]f4f.BasePlan); bases {
		ctx = inStep(t, ctx, len(batch))
	}
	flows, err := f4f.FitBatched(ctx, batch...)
	if err != nil {
		t.Fatal(err)
	}
	for i, plan := range alone {
		agree(t, fmt.Sprint("flow ", i), flows[i], fitted(t, plan))
	}
	again, err := f4f.FitBatched(f4f.WithEvents(ctx, func(e fit.Event) {
		if !e.Loaded {
			t.Errorf("%s was trained again", e.Flow)
		}
	}), batch...)
	if err != nil || len(again) != len(flows) {
		t.Errorf("loading them gave %d flows and the error %v", len(again), err)
	}
}

func TestABatchedFlowFailsAlone(t *testing.T) {
	broken := normal{"broken", []float64{1e20, 1e20}, []float64{1e30, 1e30}} // whose squares overflow
	plans := []f4f.BasePlan{small(t, left), small(t, broken), small(t, right)}
	for i, p := range plans {
		plans[i] = p.LearningRate(1e-4).Backend("xla")
	}
	flows, err := f4f.FitBatched(t.Context(), plans...)
	if !errors.Is(err, f4f.ErrNonFinite) {
		t.Fatalf("the error is %v, want the non-finite loss of one", err)
	}
	for i, f := range flows {
		if f == nil {
			t.Fatalf("flow %d is missing", i)
		}
		if got, want := len(f.Losses()), 2*2000/50; i != 1 && got != want {
			t.Errorf("flow %d was trained for %d steps, want %d", i, got, want)
		}
	}
	for _, i := range []int{0, 2} {
		agree(t, fmt.Sprint("flow ", i), flows[i], fitted(t, plans[i].Store(t.TempDir())))
	}
}

func TestBatchedFlowsGoOnWhereTheyStopped(t *testing.T) {
	plans := func(at string) []f4f.BasePlan {
		var three []f4f.BasePlan // as many as in the tests above, whose program serves here too
		for seed := range uint64(3) {
			three = append(three, small(t, left).Epochs(4).Seed(seed).Backend("xla").Store(at))
		}
		return three
	}
	at := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	part, err := f4f.FitBatched(f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Step > 70 {
			stop()
		}
	}), plans(at)...)
	if !errors.Is(err, f4f.ErrInterrupted) {
		t.Fatalf("the error is %v", err)
	}
	for i, f := range part {
		if n := len(f.Losses()); n <= 70 || n >= 160 {
			t.Fatalf("flow %d kept %d steps, want between 70 and 160", i, n)
		}
	}
	first := 0
	resumed, err := f4f.FitBatched(f4f.WithEvents(inStep(t, t.Context(), 3), func(e fit.Event) {
		if first == 0 {
			first = e.Step
		}
	}), plans(at)...)
	if err != nil {
		t.Fatal(err)
	}
	if first < len(part[0].Losses()) {
		t.Errorf("the fit went on at step %d, %d had been taken", first, len(part[0].Losses()))
	}
	whole, err := f4f.FitBatched(t.Context(), plans(t.TempDir())...)
	if err != nil {
		t.Fatal(err)
	}
	x := sample(t, left, 100, 1)
	for i := range whole {
		a, b := must[[]float64](t)(whole[i].LogProb(x)), must[[]float64](t)(resumed[i].LogProb(x))
		for j := range a {
			if a[j] != b[j] {
				t.Fatalf("flow %d gives point %d log-prob %v after an interruption and %v without", i, j, b[j], a[j])
			}
		}
	}
}
