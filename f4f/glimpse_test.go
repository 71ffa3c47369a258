package f4f_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// glimpsed fits a plan and returns the glimpses, ending the fit once there are enough.
func glimpsed[T any](t *testing.T, plan interface {
	Fit(context.Context) (T, error)
}, enough int) (seen []f4f.Glimpse) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	ctx = f4f.WithGlimpses(ctx, 300, func(g f4f.Glimpse) {
		if seen = append(seen, g); len(seen) == enough {
			stop()
		}
	})
	if _, err := plan.Fit(ctx); err == nil || len(seen) < enough {
		t.Fatalf("saw %d glimpses of %d, error %v", len(seen), enough, err)
	}
	return seen
}

func TestGlimpsesShowAFlowComeCloserToItsTarget(t *testing.T) {
	far := normal{"far", []float64{1.5, -1}, []float64{0.5, 0.5}}
	// Without a warm-up, which of so many epochs would be long: a busy machine comes to a few
	// hundred steps.
	base := f4f.Base(far).Hidden(12).Layers(1).Blocks(1).Bins(4).Samples(20_000).Epochs(100_000).LearningRate(5e-3).WarmUp(0).Backend("xla").Store(store(t))
	mean := func(p data.Points) (m [2]float64) {
		for i := range p.Len() {
			for j := range m {
				m[j] += p.At(i, j) / float64(p.Len())
			}
		}
		return m
	}
	seen := glimpsed(t, base, 3)
	last := seen[len(seen)-1]
	if last.Flow != "base far" || last.Points.Len() != 300 || last.Target.Len() != 300 || last.Step <= seen[0].Step {
		t.Errorf("the last glimpse is of %q, %v for %v at step %d, after one at step %d", last.Flow, last.Points, last.Target, last.Step, seen[0].Step)
	}
	m, want := mean(last.Points), mean(last.Target)
	if math.Hypot(m[0]-want[0], m[1]-want[1]) > 0.2 {
		t.Errorf("after %d steps the flow's mean is %v, want %v", last.Step, m, want)
	}

	// Among the conditions of a distribution points go from their own condition to that of the target.
	turning := following(t, small(t, turned{}), small(t, turned{}), f4f.Difference).Epochs(100_000).WarmUp(0)
	_ = fitted(t, turning.Epochs(1)) // the bases, which glimpses are not to be of
	last = glimpsed(t, turning, 3)[2]
	if m, want = mean(last.Points), mean(last.Target); math.Hypot(m[0]-want[0], m[1]-want[1]) > 0.3 {
		t.Errorf("after %d steps the transport's mean is %v, want %v", last.Step, m, want)
	}
}

// Under Shared, a transport is shown from left to right like any other.
func TestATransportUnderASharedConditionIsShown(t *testing.T) {
	plan := smallAmong(t, turned{}, lifted{}, f4f.Shared)
	_ = fitted(t, plan.Epochs(1)) // the bases, which glimpses are not to be of
	seen := glimpsed(t, plan.Epochs(100_000), 1)
	if name := seen[0].Flow; !strings.Contains(name, "→") {
		t.Errorf("%s is shown, want the transport", name)
	}
}

// A fit with glimpses ends with one of the trained flow: its points are where the trained flow maps
// noise to.
func TestTheLastGlimpseIsOfTheTrainedFlow(t *testing.T) {
	var seen []f4f.Glimpse
	ctx := f4f.WithGlimpses(t.Context(), 100, func(g f4f.Glimpse) { seen = append(seen, g) })
	ctx = f4f.WithEvents(ctx, func(e fit.Event) {
		if len(seen) == 0 && e.Step > 0 && !e.Done {
			time.Sleep(100 * time.Millisecond) // until the first is due
		}
	})
	d, err := small(t, left).Epochs(12).Fit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 2 || seen[len(seen)-1].Step != len(d.Losses()) {
		t.Errorf("of %d steps there were %d glimpses", len(d.Losses()), len(seen))
	}
}
