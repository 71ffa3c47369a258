package bijection

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// start is where a network's last layer starts from other than at random: at outputs that are the
// same whatever the input, or near them.
type start struct {
	outputs []float64 // [out]
	near    float64   // the weights' spread as a share of the ordinary one; 0 for zero weights, which give the outputs themselves
}

// startOf is that of a network which gives the parameters of so many features: the identity, near
// it, or nil for at random.
func startOf(t Transformer, features int, identity bool, near float64) *start {
	if !identity && near == 0 {
		return nil
	}
	outputs := make([]float64, 0, features*t.Parameters())
	for range features {
		outputs = append(outputs, t.IdentityParameters()...)
	}
	return &start{outputs: outputs, near: near}
}

// weights draws them, where a layer's ordinary ones are uniform within spread.
func (s start) weights(scope *model.Scope, spread float64) initializer.VariableInitializer {
	if s.near == 0 {
		return initializer.Zero
	}
	return initializer.RandomUniformFn(scope, -s.near*spread, s.near*spread)
}

// biases are the outputs, in the shape [1, out] or that of stacked layers.
func (s start) biases(g *Graph, shape shapes.Shape) *Node {
	return BroadcastToShape(ConvertDType(Const(g, [][]float64{s.outputs}), shape.DType), shape)
}
