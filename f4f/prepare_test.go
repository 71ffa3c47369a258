package f4f

import (
	"fmt"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// The program that is compiled while bases train is the one that their transport then runs: it has
// the same key, and inputs of the same names, order and shapes.
func TestATransportIsPreparedAsItIsTrained(t *testing.T) {
	store := t.TempDir()
	rows, err := data.TwoMoons().Sample(300, 1)
	if err != nil {
		t.Fatal(err)
	}
	table := data.FromPoints("table", rows)
	base := func(s data.Source) BasePlan {
		return Base(s).Layers(2).Hidden(8).Blocks(1).Bins(3).Samples(300).Batch(50).Epochs(1).Backend("go").Store(store)
	}
	between := func(l, r BasePlan) BetweenPlan {
		return Between(l, r).Layers(2).Hidden(8).Blocks(1).Bins(3).Samples(200).Batch(50).Epochs(1).Backend("go").Store(store)
	}
	moons, ring := base(data.TwoMoons()), base(data.Ring())
	turned := base(data.Rotated(data.FourCircles(), 45))
	for name, p := range map[string]BetweenPlan{
		"as it comes":         between(moons, ring),
		"held-out rows":       between(moons, ring).Validation(0.2),
		"a table":             between(base(table), ring),
		"a table on the left": between(base(table).Validation(0.1), moons).Validation(0.1),
		"float64":             between(moons.Precision(Float64), ring.Precision(Float64)).Precision(Float64),
		"coupling":            between(moons.LayerKind(Coupling).Mixing(LULinear), ring).LayerKind(Coupling).Mixing(LULinear),
		"permutations":        between(moons.Mixing(Permutation).Seed(3), ring).Mixing(Permutation).Seed(4),
		"among conditions":    between(turned, turned).On(Difference).Validation(0.2),
		"on both conditions":  between(turned, turned.Seed(5)).On(Both),
		"penalties only":      between(moons, ring).Penalty(L1(1)).PenaltyOnly(),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := p.resolved()
			if err != nil {
				t.Fatal(err)
			}
			bases, err := FitAll(t.Context(), p.left, p.right)
			if err != nil {
				t.Fatal(err)
			}
			spec, real, err := p.problem(&train.Trainer{Place: p.place, Recipe: p.recipe}, bases[0], bases[1])
			if err != nil {
				t.Fatal(err)
			}
			if err := real.Store.SetRNGStateFromSeed(1); err != nil {
				t.Fatal(err)
			}
			promised, err := p.promised()
			if err != nil {
				t.Fatal(err)
			}
			early, _, err := p.outline(p.left.outline(), p.right.outline())
			if err != nil {
				t.Fatal(err)
			}
			if got, want := early.GraphsKey(p.relation), spec.GraphsKey(p.relation); got != want || got == "" {
				t.Errorf("graphs are prepared of\n%s and trained of\n%s", got, want)
			}
			if got, want := told(promised), told(real); got != want || promised.CacheKey == "" {
				t.Errorf("prepared is\n%s\nand trained\n%s", got, want)
			}
		})
	}
}

// told returns everything that identifies a problem's programs.
func told(p fit.Problem) string {
	s := fmt.Sprintln(p.CacheKey, train.ShapesOf(p.Data), train.ShapesOf(p.Validation), len(p.Phases), p.EpochsPerPhase)
	for v := range p.Store.IterVariables() {
		s += fmt.Sprintln(v.Path(), v.Shape(), v.Trainable)
	}
	return s
}
