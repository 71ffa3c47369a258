package f4f_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

func TestFlowsFittedTogetherAreThoseFittedAlone(t *testing.T) {
	grid := func(at string) []f4f.BetweenPlan {
		var plans []f4f.BetweenPlan
		bases := []f4f.BasePlan{small(t, left).Store(at), small(t, right).Store(at), small(t, right).Seed(1).Store(at)}
		for _, l := range bases {
			for _, r := range bases {
				plans = append(plans, f4f.Between(l, r).Layers(1).Hidden(12).Blocks(1).Bins(4).Samples(500).Batch(50).Epochs(1).Backend("go").Store(at))
			}
		}
		return append(plans, plans[1])
	}
	alone, together := t.TempDir(), t.TempDir()
	trained := map[string]int{}
	ctx := f4f.WithEvents(context.Background(), func(e fit.Event) {
		if e.Done {
			trained[e.Flow]++
		}
		if e.Loaded {
			t.Errorf("%s was told to be loaded; every flow is trained here, once", e.Flow)
		}
	})
	flows, err := f4f.FitAll(ctx, grid(together)...)
	if err != nil {
		t.Fatal(err)
	}
	if len(trained) != 3+9 || trained["base right"] != 1 || trained["base right (2)"] != 1 || trained["left → right (2)"] != 1 {
		t.Errorf("trained were %v, want three bases and nine transports, each once and by a name of its own", trained)
	}
	if flows[9] != flows[1] {
		t.Error("one plan given twice became two flows")
	}
	for i, plan := range grid(alone)[:9] {
		want, err := plan.Fit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(flows[i].Losses(), want.Losses()) {
			t.Errorf("transport %d fitted with others has other losses than alone", i)
		}
	}
}

// XLA runs both programs at once, each on threads that it shares with the other.
func TestXLAFitsTogetherWhatItFitsAlone(t *testing.T) {
	plans := func(at string) []f4f.BasePlan {
		return []f4f.BasePlan{small(t, left).Backend("xla").Hidden(64).Store(at), small(t, right).Backend("xla").Hidden(64).Store(at)}
	}
	flows, err := f4f.FitAll(context.Background(), plans(t.TempDir())...)
	if err != nil {
		t.Fatal(err)
	}
	for i, plan := range plans(t.TempDir()) {
		if !slices.Equal(flows[i].Losses(), fitted(t, plan).Losses()) {
			t.Errorf("base %d fitted with the other has other losses than alone", i)
		}
	}
}

func TestWhatFailsTogetherLeavesTheOthers(t *testing.T) {
	wild := small(t, left).Seed(7).LearningRate(1e30).ClipNorm(0)
	flows, err := f4f.FitAll(context.Background(), small(t, left), wild, small(t, right))
	if !errors.Is(err, f4f.ErrNonFinite) {
		t.Fatalf("the error is %v, want the non-finite loss of one", err)
	}
	for i, f := range flows {
		if f == nil {
			t.Fatalf("flow %d is missing", i)
		}
	}
	if got, want := flows[2].Losses(), 2*2000/50; len(got) != want {
		t.Errorf("another flow was trained for %d steps, want %d", len(got), want)
	}
	if _, err := f4f.FitAll(context.Background(), small(t, left), small(t, right).Layers(0)); err == nil || !strings.Contains(err.Error(), "plan 2 of 2") {
		t.Errorf("the error of a plan that can't work is %v, want it to say which", err)
	}
	//lint:ignore SA1012 that is what is tested
	if _, err := f4f.FitAll(nil, small(t, left)); err == nil {
		t.Error("no context was taken for one")
	}
	if flows, err := f4f.FitAll[f4f.BasePlan](context.Background()); err != nil || len(flows) != 0 {
		t.Errorf("no plans gave %v, %v", flows, err)
	}
}

func TestParametersAreCounted(t *testing.T) {
	// A layer: 2·12+12 to the hidden units, 2·(12·12+12) in the block, 12·22+22 to the splines of
	// two features.
	const layer = 36 + 312 + 286
	transport := fitted(t, smallBetween(t).Layers(3))
	if got := transport.Parameters(); got != 3*layer {
		t.Errorf("the transport has %d parameters, want %d", got, 3*layer)
	}
	if got := transport.Left().Parameters(); got != 2*layer {
		t.Errorf("its base has %d parameters, want %d", got, 2*layer)
	}
}
