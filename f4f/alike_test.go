package f4f_test

import (
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// A plan trains bit for bit the same flow whether the process compiles its program, or uses the
// program of a plan of the same shape that was trained before.
func TestAPlanTrainsIntoTheSameFlowAfterOthersOfItsShape(t *testing.T) {
	small := func(s data.Source, hidden int) f4f.BasePlan {
		return f4f.Base(s).Hidden(hidden).Blocks(0).Layers(1).Bins(4).Samples(6400).Epochs(2).Backend("xla")
	}
	base := func(p f4f.BasePlan) []float32 {
		return must[data.Points](t)(fitted(t, p.Store(t.TempDir())).Sample(100, 1)).Values()
	}
	transport := func(p f4f.BetweenPlan, x data.Points) []float32 {
		return must[data.Points](t)(fitted(t, p.Store(t.TempDir())).Forward(x)).Values()
	}
	x := sample(t, data.Checkerboard(), 100, 1)
	at := t.TempDir()
	left, right := small(data.Checkerboard(), 12).Store(at), small(data.Ring(), 12).Store(at)
	for name, test := range map[string]struct{ one, other func() []float32 }{
		"base": {
			func() []float32 { return base(small(data.Checkerboard(), 9).Seed(1)) },
			func() []float32 { return base(small(data.Ring(), 9).Seed(2)) },
		},
		"base of standardised points, whose graph has their scale": {
			func() []float32 { return base(small(data.Checkerboard(), 10).Standardise().Seed(1)) },
			func() []float32 { return base(small(data.Ring(), 10).Standardise().Seed(2)) },
		},
		"transport": {
			func() []float32 {
				return transport(f4f.Between(left, right).Hidden(13).Blocks(0).Layers(1).Bins(4).Samples(6400).Epochs(2).Seed(1).Backend("xla"), x)
			},
			func() []float32 {
				return transport(f4f.Between(right, left).Hidden(13).Blocks(0).Layers(1).Bins(4).Samples(6400).Epochs(2).Seed(2).Backend("xla"), x)
			},
		},
	} {
		first := test.one()
		if slices.Equal(test.other(), first) {
			t.Errorf("%s: two plans train into one flow", name)
		}
		if again := test.one(); !slices.Equal(again, first) {
			t.Errorf("%s: after another of its shape the plan trains into another flow: %v and %v", name, again[:4], first[:4])
		}
	}
}
