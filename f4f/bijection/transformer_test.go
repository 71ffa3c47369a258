package bijection_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
)

// plain is a transformer with only the methods that a Transformer must have. Its gradients are the
// graph's, and it can't be built in a loop.
type plain struct{ bijection.Transformer }

// A layer with a plain transformer gives the same points, log-dets and gradients as one whose
// transformer has all the optional methods: in training, outside it, and where the other's inverse
// is a loop.
func TestATransformerNeedsNothingButItsMethods(t *testing.T) {
	spline := bijection.Spline{Bins: 2, Bound: 4}
	for _, r := range []struct {
		choice string
		dims   []int
	}{
		{"go", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
		{"xla", []int{6}},
	} {
		b := open(t, r.choice)
		for _, dim := range r.dims {
			layer := bijection.Autoregressive{Dim: dim, Condition: 1, Hidden: 7, Blocks: 1, Transformer: spline}
			quick := bijectiontest.Case{Bijection: layer, Dim: dim, Condition: 1}
			layer.Transformer = plain{spline}
			slow := bijectiontest.Case{Bijection: layer, Dim: dim, Condition: 1}
			t.Run(fmt.Sprintf("%s/dim=%d", r.choice, dim), func(t *testing.T) {
				const n = 13
				weights, rng := weightsOf(t, quick, dtypes.Float64), rand.New(rand.NewPCG(5, uint64(dim)))
				x, condition := asTensor(dtypes.Float64, asFloats(t, noise(rng, n, dim)), n, dim), asTensor(dtypes.Float64, asFloats(t, noise(rng, n, 1)), n, 1)
				store, other := storeOf(t, weights), storeOf(t, weights)
				defer store.Finalize()
				defer other.Finalize()
				want, got := given(t, b, quick, store, x, condition, true), given(t, b, slow, other, x, condition, true)
				for name := range want {
					if off := furthest(got[name], want[name]); !(off <= 1e-9) {
						t.Errorf("%s is up to %g off", name, off)
					}
				}
			})
		}
	}
}

// Equal layers with a plain transformer are written out, where those with a LoopTransformer are a
// loop.
func TestLayersOfAPlainTransformerAreNoLoop(t *testing.T) {
	b := open(t, "xla")
	whiles := func(transformer bijection.Transformer) (count int) {
		layer := bijection.Autoregressive{Dim: 2, Hidden: 7, Transformer: transformer}
		chain := bijection.Chain{layer, bijection.Reversal(2), layer}
		store := model.NewStore()
		defer store.Finalize()
		for range 2 { // the first graph creates the weights
			g := NewGraph(b, "chain")
			defer g.Finalize()
			model.SetStore(g, store)
			bijection.WithoutGradient(store.RootScope(), g)
			chain.Forward(store.RootScope(), Parameter(g, "x", shapes.Make(dtypes.Float32, 3, 2)), nil)
			count = 0
			for _, n := range g.Nodes() {
				if n.Type() == NodeTypeWhile {
					count++
				}
			}
		}
		return count
	}
	spline := bijection.Spline{Bins: 2, Bound: 4}
	if quick, slow := whiles(spline), whiles(plain{spline}); quick != 1 || slow != 0 {
		t.Errorf("there are %d loops of splines and %d of a plain transformer, want 1 and 0", quick, slow)
	}
}

func TestLayersNeedATransformer(t *testing.T) {
	for _, layer := range []interface{ Validate() error }{
		bijection.Autoregressive{Dim: 2, Hidden: 7}, bijection.Coupling{Dim: 2, Hidden: 7},
	} {
		if layer.Validate() == nil {
			t.Errorf("%T without a transformer is valid", layer)
		}
	}
}
