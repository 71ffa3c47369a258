package bijection

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Autoregressive is a layer of splines, one a feature, the parameters of feature i coming from features 0 … i−1 (and the condition)
// through a masked residual network.
//
//	y_i = spline(x_i; θ_i(x_0 … x_{i−1}, c))
//
// Forward takes one pass of the network. Inverse takes one a feature, of which the first, without a condition, is of a single row.
type Autoregressive struct {
	Dim       int // D, at least 1
	Condition int // C, 0 for none
	Hidden    int // units of a hidden layer
	Blocks    int // residual blocks of two hidden layers
	Spline    Spline
	// IdentityStart makes the layer the identity until the first training step.
	IdentityStart bool
	// NflowsDegrees keeps the first feature from seeing the condition, as nflows' masks do: for weights that come from there.
	NflowsDegrees bool
}

// Validate errs when a field can't work, naming it.
func (b Autoregressive) Validate() error {
	return validateLayer("autoregressive", b.Dim, b.Condition, b.Hidden, b.Blocks, b.Spline)
}

// Forward is y [batch, D] and log|det ∂y/∂x| [batch].
func (b Autoregressive) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	checkShapes("an autoregressive layer", b.Dim, b.Condition, x, c)
	n := b.network()
	θ := splineParameters(n.apply(scope, x, c, 0, n.out), b.Spline)
	y, logDerivative := b.Spline.Forward(x, θ)
	return y, ReduceSum(logDerivative, -1)
}

// Inverse is x [batch, D] and log|det ∂x/∂y| [batch].
func (b Autoregressive) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("an autoregressive layer", b.Dim, b.Condition, y, c)
	n, p, batch := b.network(), b.Spline.Parameters(), y.Shape().Dim(0)
	known := make([]*Node, 0, b.Dim) // the features found so far, each [batch, 1]
	logDet = zeroLogDet(y)
	for i := range b.Dim {
		input := b.network().padded(known, y)
		if i == 0 && c == nil {
			input = SliceAxis(input, 0, AxisElem(0)) // one row will do: the first feature's parameters are the same for all
		}
		θ := splineParameters(n.apply(scope, input, c, i*p, (i+1)*p), b.Spline)
		if i == 0 && c == nil {
			θ = BroadcastToDims(θ, batch, 1, p)
		}
		xi, logDerivative := b.Spline.Inverse(columns(y, i, i+1), θ)
		known = append(known, xi)
		logDet = Add(logDet, Squeeze(logDerivative, -1))
	}
	return Concatenate(known, -1), logDet
}

// padded is the known features, followed by zeros up to like's shape [batch, D].
func (n network) padded(known []*Node, like *Node) *Node {
	if missing := n.in - len(known); missing > 0 {
		known = append(known[:len(known):len(known)], ZerosLike(columns(like, 0, missing)))
	}
	return Concatenate(known, -1)
}

func (b Autoregressive) network() network {
	least := min(1, b.Dim-1)
	if b.Condition > 0 && !b.NflowsDegrees {
		least = 0
	}
	p := b.Spline.Parameters()
	n := network{
		in: b.Dim, condition: b.Condition, hidden: b.Hidden, blocks: b.Blocks, out: b.Dim * p,
		masked: &madeDegrees{in: featureDegrees(b.Dim, 1), hidden: hiddenDegrees(b.Hidden, b.Dim, least), out: featureDegrees(b.Dim, p)},
	}
	if b.IdentityStart {
		n.start = identityStart(b.Spline, b.Dim)
	}
	return n
}

// validateLayer is Validate of the two layers that learn.
func validateLayer(kind string, dim, condition, hidden, blocks int, s Spline) error {
	switch {
	case dim < 1:
		return fmt.Errorf("bijection: %s dimension must be at least 1, got %d", kind, dim)
	case condition < 0:
		return fmt.Errorf("bijection: %s condition width must be at least 0, got %d", kind, condition)
	case hidden < 1:
		return fmt.Errorf("bijection: %s hidden units must be at least 1, got %d", kind, hidden)
	case blocks < 0:
		return fmt.Errorf("bijection: %s residual blocks must be at least 0, got %d", kind, blocks)
	}
	return s.Validate()
}
