package bijection_test

import (
	"context"
	"fmt"
	"log"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/bijection"
)

// through maps points, with their conditions if c is not nil, through a bijection with new weights
// and back. It returns the points and log-dets of the forward pass, and whether the inverse undoes
// it: to 1e-4 in the points and 1e-3 in the log-det.
func through(b bijection.Bijection, x [][]float32, c [][]float32) (y [][]float32, logDet []float32, undone bool) {
	on, err := backend.Open(context.Background(), "go")
	if err != nil {
		log.Fatal(err)
	}
	inputs := []any{x}
	if c != nil {
		inputs = append(inputs, c)
	}
	weights := model.NewStore()
	if err := weights.SetRNGStateFromSeed(1); err != nil {
		log.Fatal(err)
	}
	exec, err := model.NewExec(on.Backend, weights, func(scope *model.Scope, inputs []*Node) []*Node {
		var c *Node
		if len(inputs) > 1 {
			c = inputs[1]
		}
		y, there := b.Forward(scope, inputs[0], c)
		x, back := b.Inverse(scope, y, c)
		return []*Node{y, there, ReduceAllMax(Abs(Sub(x, inputs[0]))), ReduceAllMax(Abs(Add(there, back)))}
	})
	if err != nil {
		log.Fatal(err)
	}
	defer exec.Finalize()
	outputs, err := exec.Exec(inputs...)
	if err != nil {
		log.Fatal(err)
	}
	flat := tensors.MustCopyFlatData[float32](outputs[0])
	for len(flat) > 0 {
		y, flat = append(y, flat[:len(x[0])]), flat[len(x[0]):]
	}
	far, off := tensors.MustCopyFlatData[float32](outputs[2])[0], tensors.MustCopyFlatData[float32](outputs[3])[0]
	return y, tensors.MustCopyFlatData[float32](outputs[1]), far < 1e-4 && off < 1e-3
}

// The flow of the paper, on three features: layers of splines with a reversal between them.
func ExampleChain() {
	layer := bijection.Autoregressive{Dim: 3, Hidden: 16, Blocks: 1, Transformer: bijection.Spline{Bins: 8, Bound: 4}}
	flow := bijection.Chain{layer, bijection.Reversal(3), layer}
	y, logDet, undone := through(flow, [][]float32{{0, 1, -2}, {3, -3, 0.5}}, nil)
	fmt.Println(len(y), len(logDet), undone)
	// Output: 2 2 true
}

// A spline on its own. Parameters of all zeros aren't the identity, whose inner slopes are 1.
func ExampleSpline() {
	spline := bijection.Spline{Bins: 2, Bound: 4}
	identity := spline.IdentityParameters()
	fmt.Printf("%d numbers; the slope's is %.4f, and softplus of it, with the least slope, is %.4f\n", spline.Parameters(), identity[4], 1e-3+math.Log1p(math.Exp(identity[4])))
	fmt.Println(bijection.Spline{Bins: 1, Bound: 4}.Validate())
	// Output:
	// 5 numbers; the slope's is 0.5397, and softplus of it, with the least slope, is 1.0000
	// bijection: spline bins must be at least 2, got 1
}

// Coupling transforms every other feature and leaves the others unchanged. The next layer swaps the
// two.
func ExampleCoupling() {
	even := bijection.Coupling{Dim: 2, Hidden: 16, Blocks: 1, Transformer: bijection.Spline{Bins: 8, Bound: 4}}
	y, _, undone := through(even, [][]float32{{1, 2}}, nil)
	fmt.Println(y[0][0] == 1, y[0][1] == 2, undone)

	odd := even
	odd.Odd = true
	y, _, undone = through(odd, [][]float32{{1, 2}}, nil)
	fmt.Println(y[0][0] == 1, y[0][1] == 2, undone)
	// Output:
	// false true true
	// true false true
}

// The condition is seen through a network of its own.
func ExampleEmbedded() {
	layer := bijection.Autoregressive{Dim: 2, Condition: 4, Hidden: 16, Blocks: 1, Transformer: bijection.Spline{Bins: 8, Bound: 4}}
	flow := bijection.Embedded{Bijection: layer, Condition: 1, Width: 4, Hidden: 8, Layers: 1}
	y, _, undone := through(flow, [][]float32{{1, 2}, {1, 2}}, [][]float32{{0}, {1}})
	fmt.Println("one point under two conditions:", y[0][0] != y[1][0], undone)
	// Output: one point under two conditions: true true
}

// Maps that mix features, and an inverted one.
func ExampleInverted() {
	cycle := bijection.Permutation{1, 2, 0} // y_i = x_{p[i]}
	x := [][]float32{{10, 20, 30}}
	there, _, _ := through(cycle, x, nil)
	back, _, _ := through(bijection.Inverted{Bijection: cycle}, x, nil)
	fmt.Println(there, back)

	y, _, undone := through(bijection.LULinear{Dim: 3}, x, nil) // learned, starts as the identity
	fmt.Printf("%.3f %v\n", y, undone)
	// Output:
	// [[20 30 10]] [[30 10 20]]
	// [[10.000 20.000 30.000]] true
}

// A transformer is a value. Both of these can be built in a loop, and one has another form for
// training.
func ExampleTransformer() {
	for _, t := range []bijection.Transformer{bijection.Spline{Bins: 8, Bound: 4}, bijection.Affine{}} {
		_, loops := t.(bijection.LoopTransformer)
		_, training := t.(bijection.TrainingTransformer)
		_, scales := t.(bijection.OutputScaler)
		fmt.Printf("%T: %d parameters, acts within ±%g; %v %v %v\n", t, t.Parameters(), t.TailBound(), loops, training, scales)
	}
	// Output:
	// bijection.Spline: 23 parameters, acts within ±4; true true true
	// bijection.Affine: 2 parameters, acts within ±+Inf; true false false
}

// A layer reports how large it is and where it acts, before anything is built.
func ExampleLayer() {
	for _, transformer := range []bijection.Transformer{bijection.Spline{Bins: 8, Bound: 4}, bijection.Affine{}} {
		var layer bijection.Layer = bijection.Coupling{Dim: 4, Hidden: 16, Blocks: 1, Transformer: transformer}
		fmt.Println(layer.Weights(), layer.TailBound())
	}
	// Output:
	// 1374 4
	// 660 +Inf
}

// An autoregressive layer keeps the order of features, and so do several in a chain. With a reversal
// between them they do not.
func ExampleTriangular() {
	layer := bijection.Autoregressive{Dim: 3, Hidden: 16, Blocks: 1, Transformer: bijection.Affine{}}
	var _ bijection.Triangular = layer
	for _, flow := range []bijection.Bijection{layer, bijection.Chain{layer, layer}, bijection.Chain{layer, bijection.Reversal(3), layer}} {
		fmt.Println(bijection.ForwardByFeature(flow) != nil)
	}
	// Output:
	// true
	// true
	// false
}

// The gradient of a convex function of three features starts as the identity.
func ExampleConvexPotential() {
	layer := bijection.ConvexPotential{Dim: 3, Hidden: 16, Depth: 2}
	y, logDet, undone := through(layer, [][]float32{{0.3, -1.2, 2.5}}, nil)
	fmt.Println(y, logDet, undone)
	// Output: [[0.3 -1.2 2.5]] [0] true
}
