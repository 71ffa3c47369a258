package bijection_test

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
	"github.com/flowsforflows/flows/f4f/internal/backendtest"
)

var open = backendtest.Open

var spline = bijection.Spline{Bins: 5, Bound: 4}

func autoregressive(dim, condition int) bijection.Autoregressive {
	return bijection.Autoregressive{Dim: dim, Condition: condition, Hidden: 11, Blocks: 1, Transformer: spline}
}

func coupling(dim, condition int) bijection.Coupling {
	return bijection.Coupling{Dim: dim, Condition: condition, Hidden: 11, Blocks: 1, Transformer: spline}
}

func potential(dim, condition, depth int) bijection.ConvexPotential {
	return bijection.ConvexPotential{Dim: dim, Condition: condition, Hidden: 11, Depth: depth}
}

// cases returns all bijections of the package, in several sizes.
func cases() []bijectiontest.Case {
	var all []bijectiontest.Case
	add := func(name string, dim, condition int, b bijection.Bijection) {
		all = append(all, bijectiontest.Case{Name: fmt.Sprintf("%s/dim=%d/condition=%d", name, dim, condition), Bijection: b, Dim: dim, Condition: condition})
	}
	addAngles := func(name string, dim, condition int, b bijection.Bijection, angles ...int) {
		add(name, dim, condition, b)
		all[len(all)-1].Angles = angles
	}
	for _, dim := range []int{1, 2, 3, 8} {
		for _, condition := range []int{0, 2} {
			add("autoregressive", dim, condition, autoregressive(dim, condition))
			add("coupling", dim, condition, coupling(dim, condition))
			add("convex potential", dim, condition, potential(dim, condition, 1+(dim+condition)%3))
		}
	}
	add("autoregressive with nflows' degrees", 3, 2, bijection.Autoregressive{Dim: 3, Condition: 2, Hidden: 11, Blocks: 1, Transformer: spline, NflowsDegrees: true})
	add("autoregressive with fewer units than features", 8, 0, bijection.Autoregressive{Dim: 8, Hidden: 3, Blocks: 2, Transformer: spline})
	add("autoregressive without blocks", 3, 2, bijection.Autoregressive{Dim: 3, Condition: 2, Hidden: 11, Transformer: spline})
	add("coupling of odd features", 5, 0, bijection.Coupling{Dim: 5, Hidden: 11, Blocks: 1, Transformer: spline, Odd: true})
	for _, condition := range []int{0, 2} {
		for _, of := range []struct {
			dim    int
			angles []int
		}{{1, []int{0}}, {2, []int{0, 1}}, {2, []int{1}}, {3, []int{0, 2}}, {8, []int{0, 3, 4}}} {
			a, c := autoregressive(of.dim, condition), coupling(of.dim, condition)
			a.Angles, c.Angles, c.Odd = of.angles, of.angles, of.dim == 3
			addAngles(fmt.Sprintf("autoregressive with angles %v", of.angles), of.dim, condition, a, of.angles...)
			addAngles(fmt.Sprintf("coupling with angles %v", of.angles), of.dim, condition, c, of.angles...)
		}
	}
	first, second := autoregressive(3, 2), coupling(3, 2)
	first.Angles, second.Angles = []int{1}, []int{1}
	addAngles("chain with an angle", 3, 2, bijection.Chain{first, bijection.Reversal(3), second, bijection.Inverted{Bijection: first}}, 1)
	add("permutation", 3, 0, bijection.Permutation{2, 0, 1})
	add("reversal", 5, 0, bijection.Reversal(5))
	add("LU linear", 1, 0, bijection.LULinear{Dim: 1})
	add("LU linear", 7, 0, bijection.LULinear{Dim: 7})
	add("inverted", 2, 0, bijection.Inverted{Bijection: autoregressive(2, 0)})
	add("empty chain", 2, 0, bijection.Chain{})
	add("chain", 2, 0, bijection.Chain{autoregressive(2, 0), bijection.Reversal(2), autoregressive(2, 0)})
	add("chain under a condition", 3, 2, bijection.Chain{
		coupling(3, 2), bijection.LULinear{Dim: 3}, bijection.Inverted{Bijection: autoregressive(3, 2)}, bijection.Permutation{1, 2, 0}, autoregressive(3, 2)})
	add("chain of every kind", 2, 1, bijection.Chain{coupling(2, 1), bijection.LULinear{Dim: 2}, bijection.Permutation{1, 0}, bijection.Inverted{Bijection: autoregressive(2, 1)}})
	add("embedded", 3, 2, bijection.Embedded{Bijection: bijection.Chain{autoregressive(3, 5), bijection.Reversal(3), coupling(3, 5)}, Condition: 2, Width: 5, Hidden: 7, Layers: 2})
	return all
}

// long runs every case on XLA too: go test ./f4f/bijection -long
var long = flag.Bool("long", false, "run every case on XLA, which takes minutes to compile them")

// oneOfEach returns one layer of each kind, and a chain of all.
var oneOfEach = []string{"autoregressive/dim=2/condition=0", "coupling/dim=3/condition=2", "LU linear/dim=7/condition=0", "chain under a condition/dim=3/condition=2"}

// compiledInShort are the cases that run on XLA by default. One is enough: it contains a layer of
// each kind, and compiling each kind alone would take as long again.
var compiledInShort = []string{"chain of every kind/dim=2/condition=1", "chain with an angle/dim=3/condition=2", "convex potential/dim=8/condition=2"}

func TestEveryBijectionKeepsItsPromises(t *testing.T) {
	for _, form := range []struct {
		name, choice string
		looped       bool     // inverses are loops wherever they can be
		short        []string // the cases by default, nil for all
	}{
		{"go", "go", false, nil}, // which has no loops
		{"xla", "xla", false, compiledInShort},
		{"xla by loops", "xla", true, []string{"autoregressive/dim=8/condition=2", "autoregressive with angles [0 3 4]/dim=8/condition=2"}},
	} {
		b := open(t, form.choice)
		worst := map[dtypes.DType]bijectiontest.Worst{}
		for _, c := range cases() {
			if form.short != nil && !*long && !slices.Contains(form.short, c.Name) {
				continue
			}
			t.Run(form.name+"/"+c.Name, func(t *testing.T) {
				least := math.MaxInt
				if form.looped {
					least = 2
				}
				defer bijection.LoopFrom(least)()
				for dtype, w := range bijectiontest.Run(t, b, c) {
					worst[dtype] = worst[dtype].Max(w)
				}
			})
		}
		for dtype, w := range worst {
			t.Logf("%s, %s: worst round trip %.2g, log-det error %.2g, against finite differences %.2g", form.name, dtype, w.RoundTrip, w.LogDet, w.Numerical)
		}
	}
}
