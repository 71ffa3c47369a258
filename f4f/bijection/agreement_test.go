package bijection_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
)

// XLA and GoMLX's Go backend give the same points and log-dets of the same weights, either way. In float64 to the last digits; in float32 to 1e-5, but for one value in a hundred where the
// map is so steep that rounding alone is more.
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

// In a training step on XLA's CPU layers of splines are built otherwise, for speed: points, log-dets and their gradients are the same there.
//
//	go test ./f4f/bijection -run TrainingSteps -long -v
func TestTrainingStepsComputeTheSame(t *testing.T) {
	for _, c := range cases() {
		switch c.Bijection.(type) {
		case bijection.Autoregressive, bijection.Coupling:
		default:
			continue // what has no splines is built the same
		}
		if !*long && !slices.Contains(compiledInShort, c.Name) {
			continue
		}
		for dtype, limit := range map[dtypes.DType]float64{dtypes.Float32: 1e-4, dtypes.Float64: 1e-12} {
			t.Run(c.Name+"/"+dtype.String(), func(t *testing.T) {
				weights := weightsOf(t, c, dtype)
				want, nodes := gradients(t, c, dtype, weights, false)
				got, more := gradients(t, c, dtype, weights, true)
				if more <= nodes {
					t.Errorf("the graph has %d nodes in training and %d otherwise: nothing is built otherwise", more, nodes)
				}
				for i := range want {
					scale := 1.0
					for _, v := range want[i] {
						scale = math.Max(scale, math.Abs(v))
					}
					for k, v := range want[i] {
						if !(math.Abs(got[i][k]-v) <= limit*scale) {
							t.Fatalf("output %d, value %d: %v in training, %v otherwise", i, k, got[i][k], v)
						}
					}
				}
			})
		}
	}
}

// gradients gives what evaluate does and the gradients of it by the points and by every weight, in a training step's graph or another, and how many nodes the graph has.
func gradients(t *testing.T, c bijectiontest.Case, dtype dtypes.DType, weights map[string]*tensors.Tensor, training bool) (outputs [][]float64, nodes int) {
	t.Helper()
	store := storeOf(t, weights)
	defer store.Finalize()
	outputs = call(t, "xla", store, pointsOf(c, dtype), func(scope *model.Scope, in []*Node) []*Node {
		scope.Store().SetTraining(in[0].Graph(), training)
		all := bothWays(scope, c, in)
		loss := ReduceAllSum(Sin(all[0]))
		for _, n := range all[1:] {
			loss = Add(loss, ReduceAllSum(Sin(n)))
		}
		by := []*Node{in[0]}
		for _, path := range slices.Sorted(maps.Keys(weights)) {
			by = append(by, store.GetVariable(path).NodeValue(in[0].Graph()))
		}
		all = append(all, Gradient(loss, by...)...)
		nodes = len(in[0].Graph().Nodes())
		return all
	})
	return outputs, nodes
}

// weightsOf are weights for a case, moved at random from where training starts.
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

// run is evaluate with the weights given.
func run(t *testing.T, choice string, c bijectiontest.Case, dtype dtypes.DType, weights map[string]*tensors.Tensor) [][]float64 {
	t.Helper()
	store := storeOf(t, weights)
	defer store.Finalize()
	return evaluate(t, choice, c, dtype, store)
}

// storeOf has copies of the weights.
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

// evaluate gives a case's points and log-dets, both ways, at pointsOf.
func evaluate(t *testing.T, choice string, c bijectiontest.Case, dtype dtypes.DType, store *model.Store) [][]float64 {
	t.Helper()
	return call(t, choice, store, pointsOf(c, dtype), func(scope *model.Scope, in []*Node) []*Node { return bothWays(scope, c, in) })
}

// call builds a graph over a store's weights, runs it once and gives its outputs.
func call(t *testing.T, choice string, store *model.Store, inputs []any, build func(scope *model.Scope, in []*Node) []*Node) (outputs [][]float64) {
	t.Helper()
	results, err := model.CallOnceN(open(t, choice), store, build, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		outputs = append(outputs, asFloats(t, r))
	}
	return outputs
}

// pointsOf are random points within a case's bound and beyond, and their conditions where it has some.
func pointsOf(c bijectiontest.Case, dtype dtypes.DType) []any {
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
	return inputs
}

// bothWays are the points and log-dets of pointsOf, forward and back.
func bothWays(scope *model.Scope, c bijectiontest.Case, in []*Node) []*Node {
	x, condition := in[0], (*Node)(nil)
	if len(in) > 1 {
		condition = in[1]
	}
	y, logDet := c.Bijection.Forward(scope, x, condition)
	back, backLogDet := c.Bijection.Inverse(scope, x, condition)
	return []*Node{MulScalar(y, 1), MulScalar(logDet, 1), MulScalar(back, 1), MulScalar(backLogDet, 1)}
}
