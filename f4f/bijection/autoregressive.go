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
// Forward takes one pass of the network. Inverse takes no more, but in D steps, each for the hidden units that see one feature more.
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
	x = inward(scope, x)
	θ := splineParameters(n.apply(scope, x, inward(scope, c)), b.Spline)
	y, logDerivative := b.Spline.Forward(eachFeature(x), θ)
	return outward(featuresLike(x, y)), overFeatures(featuresLike(x, logDerivative))
}

// Inverse is x [batch, D] and log|det ∂x/∂y| [batch].
func (b Autoregressive) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("an autoregressive layer", b.Dim, b.Condition, y, c)
	p := b.Spline.Parameters()
	logDet = zeroLogDet(y)
	y = inward(scope, y)
	batch := y.Shape().Dim(-1)
	network := b.network().growing(scope, y, inward(scope, c))
	var known *Node // the features found so far, [i, batch]
	for i := range b.Dim {
		θ := splineParameters(network.outputs(known, i, i*p, (i+1)*p), b.Spline)
		θ = BroadcastToDims(θ, Flows(scope), p, batch) // the first feature's parameters are the same for all
		yi := features(y, i, i+1)
		xi, logDerivative := b.Spline.Inverse(eachFeature(yi), θ)
		known = below(known, featuresLike(yi, xi))
		logDet = Add(logDet, overFeatures(featuresLike(yi, logDerivative)))
	}
	return outward(known), logDet
}

// HiddenDegrees are those of the hidden units [Hidden], in order: a unit of degree d sees the first d features alone.
func (b Autoregressive) HiddenDegrees() []int {
	least := min(1, b.Dim-1)
	if b.Condition > 0 && !b.NflowsDegrees {
		least = 0
	}
	return hiddenDegrees(b.Hidden, b.Dim, least)
}

func (b Autoregressive) network() network {
	p := b.Spline.Parameters()
	n := network{
		in: b.Dim, condition: b.Condition, hidden: b.Hidden, blocks: b.Blocks, out: b.Dim * p,
		masked: &madeDegrees{in: featureDegrees(b.Dim, 1), hidden: b.HiddenDegrees(), out: featureDegrees(b.Dim, p)},
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
