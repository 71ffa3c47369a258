package bijection

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/fnn"
	"github.com/gomlx/gomlx/ml/model"
)

// Embedded is a bijection that sees its condition through a network of its own, a plain one with
// ReLU: all the learned layers of the bijection share what it makes of the condition. Its flows
// can't be stacked. It keeps the network's weights under the sub-scope "embedding" and those of the
// bijection beside it.
type Embedded struct {
	Bijection Bijection // under a condition of Width features
	Condition int       // C, at least 1
	Width     int       // of what the bijection sees, at least 1
	Hidden    int       // units of a hidden layer, at least 1
	Layers    int       // hidden layers, at least 0
}

// Validate errs when a field of the network can't work, naming it.
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

// Forward is the wrapped map's, under the embedding of c [batch, C].
func (b Embedded) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	return b.Bijection.Forward(scope, x, b.embed(scope, x, c))
}

// Inverse is the wrapped map's, likewise.
func (b Embedded) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	return b.Bijection.Inverse(scope, y, b.embed(scope, y, c))
}

// embed is [batch, Width] of c [batch, C].
func (b Embedded) embed(scope *model.Scope, x, c *Node) *Node {
	checkShapes("an embedding", x.Shape().Dim(1), b.Condition, x, c)
	if Flows(scope) > 1 {
		panic(fmt.Errorf("bijection: an embedding can be of one flow alone, got a stack of %d", Flows(scope)))
	}
	return fnn.New(scope.At("embedding"), c, b.Width).NumHiddenLayers(b.Layers, b.Hidden).Activation(activation.TypeRelu).Done()
}
