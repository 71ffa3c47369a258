package bijection

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Autoregressive is a layer that applies a transformer to each feature, the parameters of feature i
// coming from features 0 … i−1 (and the condition) through a masked residual network.
//
//	y_i = transformer(x_i; θ_i(x_0 … x_{i−1}, c))
//
// Forward takes one pass of the network. Inverse takes little more, but in D steps, each for the
// hidden units that see one feature more. On XLA, from D = 5, the steps are a loop where the
// transformer is a Looper, and outside training from D = 8 two loops in turn, so that the program
// doesn't grow with D.
type Autoregressive struct {
	Dim         int         // D, at least 1
	Condition   int         // C, 0 for none
	Hidden      int         // units of a hidden layer
	Blocks      int         // residual blocks of two hidden layers
	Transformer Transformer // of each feature
	// IdentityStart makes the layer the identity until the first training step.
	IdentityStart bool
	// NearIdentity makes the layer start near the identity instead: the biases of its network's last
	// layer are those that give the identity, and the weights there are drawn by the default
	// initialiser, then scaled by this factor. What depends on no feature and no condition is then
	// the identity itself. 0 is for a start at random, or at the identity.
	NearIdentity float64
	// NflowsDegrees keeps the first feature from seeing the condition, as nflows' masks do: for
	// weights that come from there.
	NflowsDegrees bool

	looped bool // it stands in the body of a loop, where there are no reductions
}

// inLoop is the layer in the body of a loop.
func (b Autoregressive) inLoop() (Bijection, bool) {
	t, ok := b.Transformer.(Looper)
	if !ok {
		return nil, false
	}
	b.Transformer, b.looped = t.InLoop(), true
	return b, true
}

// Validate errs when a field can't work, naming it.
func (b Autoregressive) Validate() error {
	return validateLayer("autoregressive", b.Dim, b.Condition, b.Hidden, b.Blocks, b.Transformer, b.IdentityStart, b.NearIdentity)
}

// Forward is y [batch, D] and log|det ∂y/∂x| [batch].
func (b Autoregressive) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	checkShapes("an autoregressive layer", b.Dim, b.Condition, x, c)
	x = inward(scope, x)
	network, t := b.network().growing(scope, x, inward(scope, c)), standing(b.Transformer, scope, x.Graph())
	// The first feature by itself: its parameters depend on the condition at most, and on nothing at
	// all without one.
	y, logDet = b.move(network, x, nil, 0, 1, t.Forward)
	if b.Dim > 1 {
		rest, logDetRest := b.move(network, x, features(x, 0, b.Dim-1), 1, b.Dim, t.Forward)
		y, logDet = below(y, rest), Add(logDet, logDetRest)
	}
	return outward(y), logDet
}

// Inverse is x [batch, D] and log|det ∂x/∂y| [batch].
func (b Autoregressive) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("an autoregressive layer", b.Dim, b.Condition, y, c)
	logDet = zeroLogDet(y)
	y = inward(scope, y)
	network, t := b.network().growing(scope, y, inward(scope, c)), standing(b.Transformer, scope, y.Graph())
	if looper, ok := t.(Looper); ok && b.byLoop(y.Graph()) {
		x, logDet = b.inverseByLoop(network, y, looper, scope.IsTraining(y.Graph()))
		return outward(x), logDet
	}
	for i := range b.Dim {
		xi, logDetOfOne := b.move(network, y, x, i, i+1, t.Inverse)
		x, logDet = below(x, xi), Add(logDet, logDetOfOne)
	}
	return outward(x), logDet
}

// move sends the features from (included) to to (excluded) of x [D, batch] through the
// transformer, with parameters that see the known features [to−1, batch] or, where they are nil,
// none. The results are [to−from, batch] and the log-det of the move [batch].
func (b Autoregressive) move(network *growing, x, known *Node, from, to int, transform func(x, θ *Node) (y, logDerivative *Node)) (y, logDet *Node) {
	p := b.Transformer.Parameters()
	θ := parametersOf(b.Transformer, network.outputs(known, to-1, from*p, to*p))
	x = features(x, from, to)
	each := eachFeature(x)
	θ = BroadcastToDims(θ, each.Shape().Dim(0), p, each.Shape().Dim(1)) // parameters that see nothing are the same for the whole batch
	y, logDerivative := transform(each, θ)
	return featuresLike(x, y), b.overFeatures(featuresLike(x, logDerivative))
}

// overFeatures is the sum over features [batch] of x [D, batch].
func (b Autoregressive) overFeatures(x *Node) *Node {
	if !b.looped {
		return overFeatures(x)
	}
	return ofEachRow(Squeeze(overAxis(x, x.Rank()-2, Add), -2))
}

// HiddenDegrees are those of the hidden units [Hidden], in order: a unit of degree d sees the first
// d features alone.
func (b Autoregressive) HiddenDegrees() []int {
	least := min(1, b.Dim-1)
	if b.Condition > 0 && !b.NflowsDegrees {
		least = 0
	}
	return hiddenDegrees(b.Hidden, b.Dim, least)
}

func (b Autoregressive) network() made {
	return made{
		condition: b.Condition, blocks: b.Blocks,
		in: featureDegrees(b.Dim, 1), hidden: b.HiddenDegrees(), out: featureDegrees(b.Dim, b.Transformer.Parameters()),
		start: startOf(b.Transformer, b.Dim, b.IdentityStart, b.NearIdentity),
	}
}

// validateLayer is Validate of the two layers that learn.
func validateLayer(kind string, dim, condition, hidden, blocks int, t Transformer, identity bool, near float64) error {
	switch {
	case dim < 1:
		return fmt.Errorf("bijection: %s dimension must be at least 1, got %d", kind, dim)
	case condition < 0:
		return fmt.Errorf("bijection: %s condition width must be at least 0, got %d", kind, condition)
	case hidden < 1:
		return fmt.Errorf("bijection: %s hidden units must be at least 1, got %d", kind, hidden)
	case blocks < 0:
		return fmt.Errorf("bijection: %s residual blocks must be at least 0, got %d", kind, blocks)
	case !(near >= 0) || math.IsInf(near, 1):
		return fmt.Errorf("bijection: %s start near the identity must be at least 0 (0 for none) and finite, got %g", kind, near)
	case identity && near > 0:
		return fmt.Errorf("bijection: %s start is either the identity or near it, got both, near it by %g", kind, near)
	case t == nil:
		return fmt.Errorf("bijection: %s needs a transformer, such as a Spline, got none", kind)
	}
	return t.Validate()
}
