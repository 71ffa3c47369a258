package bijection_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
)

// affineCases are layers of affine maps. The inverses of some are loops on XLA. Points are no
// farther out than float32 can undo: an affine map scales distant points as well, and where a chain
// of them inverts a point that it never produces, the rounding error grows with every feature.
func affineCases() (all []bijectiontest.Case) {
	for _, dim := range []int{1, 2, 3, 8, 16} {
		for _, condition := range []int{0, 2} {
			autoregressive := bijection.Autoregressive{Dim: dim, Condition: condition, Hidden: 17, Blocks: 1, Transformer: bijection.Affine{}}
			coupling := bijection.Coupling{Dim: dim, Condition: condition, Hidden: 11, Blocks: 1, Transformer: bijection.Affine{}}
			of := func(name string, b bijection.Bijection) bijectiontest.Case {
				return bijectiontest.Case{Name: fmt.Sprintf("%s/dim=%d/condition=%d", name, dim, condition), Bijection: b, Dim: dim, Condition: condition, Far: 20}
			}
			all = append(all, of("autoregressive", autoregressive), of("coupling", coupling))
			if dim <= 3 {
				all = append(all, of("chain", bijection.Chain{autoregressive, bijection.Reversal(dim), coupling}))
			}
		}
	}
	return all
}

func TestAffineLayersKeepTheirPromises(t *testing.T) {
	for _, choice := range []string{"go", "xla"} {
		b := open(t, choice)
		for _, c := range affineCases() {
			if choice == "xla" && !*long && c.Name != "autoregressive/dim=8/condition=2" {
				continue
			}
			t.Run(choice+"/"+c.Name, func(t *testing.T) { bijectiontest.Run(t, b, c) })
		}
	}
}

// A layer on XLA whose inverse is a loop, with a gradient defined by hand, has the same points,
// log-dets and gradients as on the Go backend, which uses the graph's own gradient.
func TestAffineLoopsHaveTheGraphsGradients(t *testing.T) {
	xla, plain := open(t, "xla"), open(t, "go")
	for _, c := range affineCases() {
		if c.Name != "autoregressive/dim=8/condition=2" && (!*long || c.Dim < 5) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			const n = 13
			weights, rng := weightsOf(t, c, dtypes.Float64), rand.New(rand.NewPCG(5, uint64(c.Dim)))
			x, condition := asTensor(dtypes.Float64, asFloats(t, noise(rng, n, c.Dim)), n, c.Dim), asTensor(dtypes.Float64, asFloats(t, noise(rng, n, max(c.Condition, 1))), n, max(c.Condition, 1))
			store, other := storeOf(t, weights), storeOf(t, weights)
			defer store.Finalize()
			defer other.Finalize()
			want, got := given(t, plain, c, other, x, condition, true), given(t, xla, c, store, x, condition, true)
			for name := range want {
				if off := furthest(got[name], want[name]); !(off <= 1e-9) {
					t.Errorf("%s is up to %g off", name, off)
				}
			}
		})
	}
}

// An affine map follows its definition, and its scale is bounded. Far from the data exp(a) would be
// 10⁴³.
func ExampleAffine() {
	affine := bijection.Affine{}
	fmt.Println(affine.Parameters(), "parameters, of the identity", affine.IdentityParameters(), "within", affine.TailBound())
	a := 100.0
	fmt.Printf("a = %g gives the scale %.0f\n", a, math.Exp(a/(1+a/math.Log(1000))))
	// Output:
	// 2 parameters, of the identity [0 0] within +Inf
	// a = 100 gives the scale 640
}
