package bijection

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/fnn"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// Embedded is a bijection that sees its condition through a network of its own, a plain one with
// ReLU. All the learned layers of the wrapped bijection share the network's output. It keeps the
// network's weights under the sub-scope "embedding", beside those of the wrapped bijection. It
// can't be stacked: it panics on a store with several flows.
type Embedded struct {
	Bijection Bijection // the wrapped bijection, with a condition of Width features
	Condition int       // C, at least 1
	Width     int       // the network's outputs, at least 1
	Hidden    int       // units of a hidden layer, at least 1
	Layers    int       // hidden layers, at least 0
}

// Validate returns an error that names the first field of the network that can't work, or nil. It
// doesn't check the wrapped bijection.
func (b Embedded) Validate() error {
	switch {
	case b.Condition < 1:
		return fmt.Errorf("bijection: an embedding needs a condition of at least 1 feature, got %d", b.Condition)
	case b.Width < 1:
		return fmt.Errorf("bijection: an embedding must be at least 1 feature wide, got %d", b.Width)
	case b.Hidden < 1:
		return fmt.Errorf("bijection: hidden units of an embedding must be at least 1, got %d", b.Hidden)
	case b.Layers < 0:
		return fmt.Errorf("bijection: hidden layers of an embedding must be at least 0, got %d", b.Layers)
	}
	return nil
}

// Forward is the wrapped bijection's Forward, under the embedding of c [batch, C].
func (b Embedded) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	return b.Bijection.Forward(scope, x, b.embed(scope, x, c))
}

// Inverse is the wrapped bijection's Inverse, under the embedding of c [batch, C].
func (b Embedded) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	return b.Bijection.Inverse(scope, y, b.embed(scope, y, c))
}

// embed returns the embedding [batch, Width] of c [batch, C].
func (b Embedded) embed(scope *model.Scope, x, c *Node) *Node {
	checkShapes("an embedding", x.Shape().Dim(1), b.Condition, x, c)
	if stack.Flows(scope) > 1 {
		panic(fmt.Errorf("bijection: an embedding can be of one flow alone, got a stack of %d", stack.Flows(scope)))
	}
	return fnn.New(scope.At("embedding"), c, b.Width).NumHiddenLayers(b.Layers, b.Hidden).Activation(activation.TypeRelu).Done()
}
