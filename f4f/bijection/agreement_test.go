package bijection_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
)

// XLA and GoMLX's Go backend give the same points and log-dets for the same weights, in both
// directions: in float64 to the last digits, in float32 to 1e-5, except for one value in a hundred
// where the map is so steep that rounding alone is more.
//
//	go test ./f4f/bijection -run BackendsAgree -long -v
func TestBackendsAgree(t *testing.T) {
	worst := map[dtypes.DType]float64{}
	for _, c := range cases() {
		if !*long && !slices.Contains(compiledInShort, c.Name) {
			continue
		}
		for dtype, limit := range map[dtypes.DType]float64{dtypes.Float32: 1e-5, dtypes.Float64: 1e-12} {
			t.Run(c.Name+"/"+dtype.String(), func(t *testing.T) {
				weights := weightsOf(t, c, dtype)
				onGo, onXLA := run(t, "go", c, dtype, weights), run(t, "xla", c, dtype, weights)
				all, beyond := 0, 0
				for i, what := range []string{"Forward", "Forward's log-det", "Inverse", "Inverse's log-det"} {
					for k, v := range onGo[i] {
						off := math.Abs(v-onXLA[i][k]) / math.Max(1, math.Abs(v))
						worst[dtype] = math.Max(worst[dtype], off)
						if all++; !(off <= limit) {
							beyond++
						}
						if !(off <= 10*limit) {
							t.Fatalf("%s, value %d: %v on the Go backend, %v on XLA", what, k, v, onXLA[i][k])
						}
					}
				}
				if 100*beyond > all {
					t.Errorf("backends disagree by more than %g in %d of %d values", limit, beyond, all)
				}
			})
		}
	}
	for dtype, w := range worst {
		t.Logf("%s: the worst disagreement is %.2g", dtype, w)
	}
}

// In a training step on XLA for the CPU, layers of splines are built in another form, for speed.
// Points, log-dets and their gradients are the same as those of the Go backend, which compiles
// nothing, outside a training step.
//
//	go test ./f4f/bijection -run TrainingSteps -long -v
func TestTrainingStepsComputeTheSame(t *testing.T) {
	xla, plain := open(t, "xla"), open(t, "go")
	for _, c := range cases() {
		switch c.Bijection.(type) {
		case bijection.Autoregressive, bijection.Coupling:
		default:
			continue // without splines there is only one form
		}
		if !*long && !slices.Contains(oneOfEach, c.Name) {
			continue
		}
		for dtype, limit := range map[dtypes.DType]float64{dtypes.Float32: 1e-4, dtypes.Float64: 1e-12} {
			if _, coupling := c.Bijection.(bijection.Coupling); dtype == dtypes.Float32 && !coupling && !*long {
				continue // its splines are the coupling layer's
			}
			t.Run(c.Name+"/"+dtype.String(), func(t *testing.T) {
				const n = 97
				weights, rng := weightsOf(t, c, dtype), rand.New(rand.NewPCG(5, uint64(c.Dim)))
				x, condition := asTensor(dtype, asFloats(t, noise(rng, n, c.Dim)), n, c.Dim), asTensor(dtype, asFloats(t, noise(rng, n, max(c.Condition, 1))), n, max(c.Condition, 1))
				store, other := storeOf(t, weights), storeOf(t, weights)
				defer store.Finalize()
				defer other.Finalize()
				want, got := given(t, plain, c, other, x, condition, false), given(t, xla, c, store, x, condition, true)
				if in, out := nodes(t, xla, c, store, x, condition, true), nodes(t, xla, c, store, x, condition, false); in == out {
					t.Errorf("the graph has %d nodes in training as well as otherwise: nothing is built otherwise", in)
				}
				for name := range want {
					if off := furthest(got[name], want[name]); !(off <= limit) {
						t.Errorf("%s is up to %g off in training", name, off)
					}
				}
			})
		}
	}
}

// nodes returns the number of nodes in the graph that everything builds.
func nodes(t *testing.T, b compute.Backend, c bijectiontest.Case, store *model.Store, x, condition *tensors.Tensor, training bool) int {
	t.Helper()
	g := NewGraph(b, "to be counted")
	defer g.Finalize()
	model.SetStore(g, store)
	everything(c, store.RootScope(), Parameter(g, "x", x.Shape()), Parameter(g, "c", condition.Shape()), training)
	return len(g.Nodes())
}

// weightsOf returns weights for a case, moved at random from where training starts.
func weightsOf(t *testing.T, c bijectiontest.Case, dtype dtypes.DType) map[string]*tensors.Tensor {
	t.Helper()
	store := model.NewStore()
	defer store.Finalize()
	if err := store.SetRNGStateFromSeed(7); err != nil {
		t.Fatal(err)
	}
	evaluate(t, "go", c, dtype, store)
	rng := rand.New(rand.NewPCG(11, 13))
	weights := map[string]*tensors.Tensor{}
	for v := range store.IterVariables() {
		if v.DType() != dtype {
			continue // the generator's state
		}
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		moved := asFloats(t, value)
		for i := range moved {
			moved[i] += 0.05 * rng.NormFloat64()
		}
		weights[v.Path()] = asTensor(dtype, moved, v.Shape().Dimensions...)
	}
	return weights
}

// run is evaluate with given weights.
func run(t *testing.T, choice string, c bijectiontest.Case, dtype dtypes.DType, weights map[string]*tensors.Tensor) [][]float64 {
	t.Helper()
	store := storeOf(t, weights)
	defer store.Finalize()
	return evaluate(t, choice, c, dtype, store)
}

// storeOf returns a store with copies of the weights.
func storeOf(t *testing.T, weights map[string]*tensors.Tensor) *model.Store {
	t.Helper()
	store := model.NewStore()
	for path, w := range weights {
		own, err := w.LocalClone()
		if err == nil {
			_, err = store.CreateVariable(path, own)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// evaluate returns a case's points and log-dets, in both directions, at random points within the
// bound and beyond.
func evaluate(t *testing.T, choice string, c bijectiontest.Case, dtype dtypes.DType, store *model.Store) (outputs [][]float64) {
	t.Helper()
	const n = 97
	rng := rand.New(rand.NewPCG(5, uint64(c.Dim)))
	draw := func(count int, scale float64) []float64 {
		values := make([]float64, count)
		for i := range values {
			values[i] = float64(float32(scale * rng.NormFloat64()))
		}
		return values
	}
	inputs := []any{asTensor(dtype, draw(n*c.Dim, 2), n, c.Dim)}
	if c.Condition > 0 {
		inputs = append(inputs, asTensor(dtype, draw(n*c.Condition, 1), n, c.Condition))
	}
	results, err := model.CallOnceN(open(t, choice), store, func(scope *model.Scope, in []*Node) []*Node {
		x, condition := in[0], (*Node)(nil)
		if len(in) > 1 {
			condition = in[1]
		}
		y, logDet := c.Bijection.Forward(scope, x, condition)
		back, backLogDet := c.Bijection.Inverse(scope, x, condition)
		return []*Node{MulScalar(y, 1), MulScalar(logDet, 1), MulScalar(back, 1), MulScalar(backLogDet, 1)}
	}, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		outputs = append(outputs, asFloats(t, r))
	}
	return outputs
}
