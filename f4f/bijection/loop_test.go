package bijection_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// On XLA the inverse of an autoregressive layer is a loop over features, with a gradient defined by
// hand. On GoMLX's Go backend the features are written one after another, and the graph has its own
// gradient. In float64 both give the same points, log-dets and gradients. The gradients agree with
// central differences along a direction in which points, conditions and all weights change.
func TestInverseByLoopAgrees(t *testing.T) {
	defer bijection.LoopFrom(2)()
	type row struct {
		dim, condition, flows, hidden, blocks int
		angles                                []int
	}
	var rows []row
	for dim := 1; dim <= 16; dim++ {
		for _, condition := range []int{0, 2} {
			if *long || dim == 1 && condition == 0 {
				rows = append(rows, row{dim, condition, 1, 11, 1, nil})
			}
		}
	}
	rows = append(rows, row{8, 0, 1, 3, 2, nil}, row{5, 2, 1, 37, 0, nil}, row{4, 2, 3, 11, 2, nil}, row{5, 2, 2, 11, 1, []int{0, 3}})
	for _, r := range rows {
		t.Run(fmt.Sprintf("dim=%d/condition=%d/flows=%d/hidden=%d/blocks=%d/angles=%d", r.dim, r.condition, r.flows, r.hidden, r.blocks, len(r.angles)), func(t *testing.T) {
			layer := bijection.Autoregressive{Dim: r.dim, Condition: r.condition, Hidden: r.hidden, Blocks: r.blocks, Transformer: spline, Angles: r.angles}
			on := func(b compute.Backend, at ...float64) []float64 { return along(t, b, layer, r.flows, at) }
			const step = 1e-6
			looped, unrolled := on(open(t, "xla"), 0, step, -step), on(open(t, "go"), 0)
			for i, what := range []string{"x", "the log-det", "both"} {
				value, slope := looped[2*i], looped[2*i+1]
				differences := (looped[6+2*i] - looped[12+2*i]) / (2 * step)
				for _, pair := range []struct {
					name             string
					got, want, limit float64
				}{
					{"value", value, unrolled[2*i], 1e-11}, {"gradient", slope, unrolled[2*i+1], 1e-9}, {"gradient against differences", slope, differences, 1e-6},
				} {
					if !(math.Abs(pair.got-pair.want) <= pair.limit*math.Max(1, math.Abs(pair.want))) {
						t.Errorf("%s of %s: %v, want %v", pair.name, what, pair.got, pair.want)
					}
				}
			}
		})
	}
}

// along moves a layer's points, conditions and weights along a direction, to each of the places.
// There it returns a function of x, one of the log-det and one of both, each with its derivative.
func along(t *testing.T, b compute.Backend, layer bijection.Autoregressive, flows int, places []float64) (all []float64) {
	t.Helper()
	const batch = 7
	rng := rand.New(rand.NewPCG(uint64(layer.Dim), 3))
	draw := func(n int, scale float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = scale * rng.NormFloat64()
		}
		return values
	}
	store := model.NewStore()
	defer store.Finalize()
	stack.SetFlows(store, flows)
	if err := store.SetRNGStateFromSeed(7); err != nil {
		t.Fatal(err)
	}
	n := flows * batch
	y, c := draw(n*layer.Dim, 1.5), draw(n*max(layer.Condition, 1), 1)
	ofY, ofC := draw(len(y), 1), draw(len(c), 1)
	inverse := func(scope *model.Scope, y, c *Node) (x, logDet *Node) {
		if layer.Condition == 0 {
			c = nil
		}
		return layer.Inverse(scope, y, c)
	}
	// Weights are drawn here, since the backends' generators differ.
	g := NewGraph(b, "weights")
	model.SetStore(g, store)
	inverse(store.RootScope(), Const(g, tensors.FromFlatDataAndDimensions(y, n, layer.Dim).Value()), Const(g, tensors.FromFlatDataAndDimensions(c, n, len(c)/n).Value()))
	g.Finalize()
	directions := map[string]*tensors.Tensor{}
	for _, v := range trainable(store) {
		dims, size := v.Shape().Dimensions, v.Shape().Size()
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(draw(size, 0.3), dims...)); err != nil {
			t.Fatal(err)
		}
		directions[v.Path()] = tensors.FromFlatDataAndDimensions(draw(size, 0.3), dims...)
	}
	exec, err := model.NewExec(b, store, func(scope *model.Scope, inputs []*Node) []*Node {
		at, y, ofY, c, ofC := inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]
		var weights []*Node
		for i, v := range trainable(store) {
			weights = append(weights, v.NodeValue(at))
			v.SetNodeValue(Add(weights[i], Mul(inputs[5+i], at)))
		}
		x, logDet := inverse(scope, Add(y, Mul(ofY, at)), Add(c, Mul(ofC, at)))
		var outputs []*Node
		for _, f := range []*Node{ReduceAllSum(Sin(x)), ReduceAllSum(Sin(logDet)), ReduceAllSum(Mul(ReduceSum(Cos(x), -1), Square(logDet)))} {
			outputs = append(outputs, f, Gradient(f, at)[0])
		}
		for i, v := range trainable(store) {
			v.SetNodeValue(weights[i]) // or the next call would start where this one ended
		}
		return outputs
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	inputs := []any{nil, asTensor(dtypes.Float64, y, n, layer.Dim), asTensor(dtypes.Float64, ofY, n, layer.Dim), asTensor(dtypes.Float64, c, n, len(c)/n), asTensor(dtypes.Float64, ofC, n, len(c)/n)}
	for _, v := range trainable(store) {
		inputs = append(inputs, directions[v.Path()])
	}
	for _, at := range places {
		inputs[0] = at
		outputs, err := exec.Call(inputs...)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outputs[:6] {
			all = append(all, tensors.ToScalar[float64](o))
		}
	}
	return all
}

// trainable returns a store's weights, sorted by name.
func trainable(store *model.Store) (variables []*model.Variable) {
	for v := range store.IterVariables() {
		if v.Name() != model.RNGStateVariableName {
			variables = append(variables, v)
		}
	}
	slices.SortFunc(variables, func(a, b *model.Variable) int { return cmp.Compare(a.Path(), b.Path()) })
	return variables
}

// The size of a program depends neither on the number of features nor on that of bins: what a loop
// repeats is in it once.
func TestProgramsDoNotGrow(t *testing.T) {
	b := open(t, "xla")
	nodes := func(dim, bins int) (evaluating, training int) {
		layer := bijection.Autoregressive{Dim: dim, Hidden: 128, Blocks: 2, Transformer: bijection.Spline{Bins: bins, Bound: 4}}
		store := model.NewStore()
		defer store.Finalize()
		g := NewGraph(b, "of one size")
		defer g.Finalize()
		model.SetStore(g, store)
		x, logDet := layer.Inverse(store.RootScope(), Parameter(g, "y", shapes.Make(dtypes.Float32, 7, dim)), nil)
		evaluating = len(g.Nodes())
		var weights []*Node
		for _, v := range trainable(store) {
			weights = append(weights, v.NodeValue(g))
		}
		Gradient(Add(ReduceAllSum(x), ReduceAllSum(logDet)), weights...)
		return evaluating, len(g.Nodes())
	}
	for _, pair := range [][2][2]int{{{8, 8}, {64, 8}}, {{8, 34}, {8, 130}}} { // features and bins; 34 and 130 bins fill whole turns of the search
		few, many := pair[0], pair[1]
		evaluating, training := nodes(few[0], few[1])
		evaluatingMany, trainingMany := nodes(many[0], many[1])
		// Sums over bins are trees in the body of a loop.
		slack := 0
		if few[1] != many[1] {
			slack = 100
		}
		if evaluatingMany > evaluating+slack || trainingMany > training+slack {
			t.Errorf("of %d features and %d bins a layer's inverse has %d nodes, with its gradient %d; of %d and %d it has %d and %d",
				few[0], few[1], evaluating, training, many[0], many[1], evaluatingMany, trainingMany)
		}
	}
}
