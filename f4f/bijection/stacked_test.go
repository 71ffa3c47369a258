package bijection_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// everything builds a bijection's results in both directions, and the gradients, by name, of a
// scalar that depends on all of them, in the graph of a training step or in another.
func everything(c bijectiontest.Case, scope *model.Scope, x, condition *Node, training bool) (names []string, outputs []*Node) {
	if c.Condition == 0 {
		condition = nil
	}
	scope.Store().SetTraining(x.Graph(), training)
	y, logDet := c.Bijection.Forward(scope, x, condition)
	back, backLogDet := c.Bijection.Inverse(scope, x, condition)
	sum := Add(Add(ReduceAllSum(Square(y)), ReduceAllSum(logDet)), Add(ReduceAllSum(Square(back)), ReduceAllSum(Sin(backLogDet))))
	names = []string{"y", "log-det", "x", "log-det of the inverse", "gradient of the points"}
	of := []*Node{x}
	for v := range scope.Store().IterVariables() {
		if v.Name() != model.RNGStateVariableName {
			names, of = append(names, v.Path()), append(of, v.NodeValue(x))
		}
	}
	// Multiplied by 1, since GoMLX's Go backend fails on a program that returns one of its inputs.
	return names, append([]*Node{MulScalar(y, 1), logDet, MulScalar(back, 1), backLogDet}, Gradient(sum, of...)...)
}

// given returns the values of everything.
func given(t *testing.T, b compute.Backend, c bijectiontest.Case, store *model.Store, x, condition *tensors.Tensor, training bool) (all map[string][]float64) {
	t.Helper()
	var inputs [2]*tensors.Tensor // copies, since a tensor belongs to the backend that has used it
	for i, tensor := range []*tensors.Tensor{x, condition} {
		var err error
		if inputs[i], err = tensor.LocalClone(); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	outputs, err := model.CallOnceN(b, store, func(scope *model.Scope, in []*Node) (outputs []*Node) {
		names, outputs = everything(c, scope, in[0], in[1], training)
		return outputs
	}, inputs[0], inputs[1])
	if err != nil {
		t.Fatal(err)
	}
	all = map[string][]float64{}
	for i, o := range outputs {
		all[names[i]] = asFloats(t, o)
	}
	return all
}

// The Go backend, which compiles nothing, computes what each flow gives alone.
func TestStackedFlowsGiveWhatEachGivesAlone(t *testing.T) {
	const flows, rows = 3, 37
	for _, choice := range []string{"go", "xla"} {
		for _, c := range cases() {
			alone := false
			switch c.Bijection.(type) {
			case bijection.Embedded, bijection.ConvexPotential:
				alone = true
			}
			short := slices.Contains(map[string][]string{"go": oneOfEach, "xla": compiledInShort}[choice], c.Name)
			if alone || !*long && !short {
				continue
			}
			t.Run(choice+"/"+c.Name, func(t *testing.T) {
				b, alone, rng := open(t, choice), open(t, "go"), rand.New(rand.NewPCG(3, 5))
				x, condition := noise(rng, flows*rows, c.Dim), noise(rng, flows*rows, max(c.Condition, 1))
				want := make([]map[string][]float64, flows)
				weights, stacked := map[string][]float32{}, model.NewStore()
				stack.SetFlows(stacked, flows)
				for k := range flows {
					x, condition, store := part(x, k, rows), part(condition, k, rows), model.NewStore()
					given(t, alone, c, store, x, condition, false) // creates the weights
					for v := range store.IterVariables() {
						if v.Name() == model.RNGStateVariableName {
							continue
						}
						value := tensors.MustCopyFlatData[float32](v.MustValue())
						for i := range value {
							value[i] += float32(0.05 * rng.NormFloat64())
						}
						if err := v.SetValue(tensors.FromFlatDataAndDimensions(value, v.Shape().Dimensions...)); err != nil {
							t.Fatal(err)
						}
						if weights[v.Path()] = append(weights[v.Path()], value...); k < flows-1 {
							continue
						}
						all := tensors.FromFlatDataAndDimensions(weights[v.Path()], append([]int{flows}, v.Shape().Dimensions...)...)
						if _, err := stacked.CreateVariable(v.Path(), all); err != nil {
							t.Fatal(err)
						}
					}
					want[k] = given(t, alone, c, store, x, condition, false)
				}
				got := given(t, b, c, stacked, x, condition, false)
				for name, all := range got {
					share := len(all) / flows
					for k := range flows {
						if off := furthest(all[k*share:(k+1)*share], want[k][name]); !(off <= 1e-4) {
							t.Errorf("%s of flow %d is up to %g off what the flow gives alone", name, k, off)
						}
					}
				}
			})
		}
	}
}

// noise returns [n, width] values that sometimes lie beyond the bound of a spline.
func noise(rng *rand.Rand, n, width int) *tensors.Tensor {
	values := make([]float32, n*width)
	for i := range values {
		values[i] = float32(1.5 * rng.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(values, n, width)
}

// part returns the rows of flow k.
func part(all *tensors.Tensor, k, rows int) *tensors.Tensor {
	flat, width := tensors.MustCopyFlatData[float32](all), all.Shape().Dim(1)
	return tensors.FromFlatDataAndDimensions(flat[k*rows*width:(k+1)*rows*width], rows, width)
}

// furthest returns the largest difference, relative to the largest value where that exceeds 1, and
// +Inf if the numbers of values differ.
func furthest(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	size, worst := 1.0, 0.0
	for i, v := range want {
		size, worst = math.Max(size, math.Abs(v)), math.Max(worst, math.Abs(v-got[i]))
	}
	return worst / size
}

func TestEmbeddedFlowsAreNotStacked(t *testing.T) {
	store := model.NewStore()
	stack.SetFlows(store, 2)
	b := bijection.Embedded{Bijection: autoregressive(2, 3), Condition: 1, Width: 3, Hidden: 5, Layers: 1}
	_, err := model.CallOnceN(open(t, "go"), store, func(scope *model.Scope, in []*Node) []*Node {
		y, logDet := b.Forward(scope, in[0], in[1])
		return []*Node{y, logDet}
	}, [][]float32{{0, 0}, {0, 0}}, [][]float32{{0}, {0}})
	if err == nil {
		t.Error("an embedding was stacked")
	}
}
