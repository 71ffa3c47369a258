package bijection

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// start describes how a network's last layer starts if not at random: with outputs that are the
// same for every input, or near them.
type start struct {
	outputs []float64 // [out]
	near    float64   // the range of the initial weights as a share of the ordinary one; 0 for zero weights, so that the network returns exactly outputs
}

// startOf returns the start of a network that computes the parameters of so many features: at the
// identity, near it, or nil for a random start.
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

// weights returns the initialiser of the weights. spread is the bound of the layer's ordinary,
// uniform ones.
func (s start) weights(scope *model.Scope, spread float64) initializer.VariableInitializer {
	if s.near == 0 {
		return initializer.Zero
	}
	return initializer.RandomUniformFn(scope, -s.near*spread, s.near*spread)
}

// biases returns the outputs in the shape [1, out], or in that of stacked layers.
func (s start) biases(g *Graph, shape shapes.Shape) *Node {
	return BroadcastToShape(ConvertDType(Const(g, [][]float64{s.outputs}), shape.DType), shape)
}
