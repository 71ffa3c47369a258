package bijection

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Autoregressive is a layer that applies a transformer to each feature. A masked residual network
// computes the parameters of feature i from features 0 … i−1 (and the condition).
//
//	y_i = transformer(x_i; θ_i(x_0 … x_{i−1}, c))
//
// Forward takes one pass of the network. Inverse takes D steps, one for each feature; all of them
// together compute each hidden unit once, so they cost little more than one pass. On XLA, for D ≥
// 5, the steps are a loop if the transformer is a LoopTransformer; outside training, for D ≥ 8,
// they are two loops, one after the other. So the program doesn't grow with D.
type Autoregressive struct {
	Dim         int         // D, at least 1
	Condition   int         // C, 0 for none
	Hidden      int         // units of a hidden layer
	Blocks      int         // residual blocks of two hidden layers
	Transformer Transformer // of each feature
	// Angles are the numbers of the features that are angles, for which [−TailBound, TailBound)
	// stands for the whole circle; see circular. Features are taken and returned modulo that
	// period. They need a Spline as the Transformer.
	Angles []int
	// IdentityStart makes the layer start as the identity.
	IdentityStart bool
	// NearIdentity makes the layer start near the identity instead. The biases of the network's
	// last layer then start at the values that give the identity. Its weights are drawn by the
	// default initialiser, then scaled by this factor. Parameters that depend on no feature and no
	// condition start at the identity itself. 0 means a random start, or the identity with
	// IdentityStart.
	NearIdentity float64
	// NflowsDegrees hides the condition from the first feature, as nflows' masks do. Set it for
	// weights that come from nflows.
	NflowsDegrees bool

	looped bool // built in the body of a loop, where reductions are not available
}

// inLoop returns the layer in the form for the body of a loop, and false if its transformer is no
// LoopTransformer.
func (b Autoregressive) inLoop() (Bijection, bool) {
	t, ok := b.Transformer.(LoopTransformer)
	if !ok {
		return nil, false
	}
	b.Transformer, b.looped = t.InLoop(), true
	return b, true
}

// Validate returns an error that names the first field that can't work, or nil.
func (b Autoregressive) Validate() error {
	return validateLayer("autoregressive", b.Angles, b.Dim, b.Condition, b.Hidden, b.Blocks, b.Transformer, b.IdentityStart, b.NearIdentity)
}

// Forward returns y [batch, D] and log|det ∂y/∂x| [batch].
func (b Autoregressive) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	return b.forward(scope, x, c, b.move, Add)
}

// ForwardByFeature returns y [batch, D] and log|∂y_i/∂x_i| [batch, D], whose sum over features is
// the log-det.
func (b Autoregressive) ForwardByFeature(scope *model.Scope, x, c *Node) (y, logDerivatives *Node) {
	y, logDerivatives = b.forward(scope, x, c, b.moveEach, below)
	return y, batchFirst(logDerivatives)
}

// mover transforms some features; see move.
type mover func(network *growing, x, known *Node, from, to int, transform func(x, θ *Node) (y, logDerivative *Node)) (y, logs *Node)

// forward returns y [batch, D], and the logs that move returns for the first feature, joined with
// those for the others.
func (b Autoregressive) forward(scope *model.Scope, x, c *Node, move mover, join func(first, rest *Node) *Node) (y, logs *Node) {
	checkShapes("an autoregressive layer", b.Dim, b.Condition, x, c)
	x = featuresFirst(scope, x)
	network, t := b.network().growing(scope, x, featuresFirst(scope, c)), variantFor(b.Transformer, scope, x.Graph())
	// The first feature goes by itself: its parameters depend on the condition at most, and without
	// one on nothing at all.
	y, logs = move(network, x, nil, 0, 1, b.circle().of(t, span(0, 1)).Forward)
	if b.Dim > 1 {
		known := b.circle().seen(features(x, 0, b.Dim-1), span(0, b.Dim-1))
		rest, logsOfRest := move(network, x, known, 1, b.Dim, b.circle().of(t, span(1, b.Dim)).Forward)
		y, logs = below(y, rest), join(logs, logsOfRest)
	}
	return batchFirst(y), logs
}

// Inverse returns x [batch, D] and log|det ∂x/∂y| [batch].
func (b Autoregressive) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("an autoregressive layer", b.Dim, b.Condition, y, c)
	logDet = zeroLogDet(y)
	y = featuresFirst(scope, y)
	network, t := b.network().growing(scope, y, featuresFirst(scope, c)), variantFor(b.Transformer, scope, y.Graph())
	if looper, ok := t.(LoopTransformer); ok && b.byLoop(y.Graph()) {
		x, logDet = b.inverseByLoop(network, y, looper, scope.IsTraining(y.Graph()))
		return batchFirst(x), logDet
	}
	var known *Node // what the network sees of x
	for i := range b.Dim {
		xi, logDetOfOne := b.move(network, y, known, i, i+1, b.circle().of(t, span(i, i+1)).Inverse)
		x, logDet = below(x, xi), Add(logDet, logDetOfOne)
		if known = x; !b.circle().none() {
			known = b.circle().seen(x, span(0, i+1))
		}
	}
	return batchFirst(x), logDet
}

// leastLooped is the smallest D whose inverse is a loop. With fewer features, writing the steps out
// one after another makes a program that is little larger and runs faster, in training and outside
// it.
var leastLooped = 5

// byLoop reports whether the inverse is built as a loop in a graph.
func (b Autoregressive) byLoop(g *Graph) bool { return b.Dim >= max(leastLooped, 2) && loops(g) }

// inverseByLoop returns x [D, batch] for y [D, batch], and the log-det [batch].
func (b Autoregressive) inverseByLoop(network *growing, y *Node, t LoopTransformer, training bool) (x, logDet *Node) {
	l := network.looped(b.Dim, b.circle())
	found := l.invert(StopGradient(y), t.InLoop(), training)
	logDet = b.overFeatures(found.logDet)
	if b.looped {
		return found.x, logDet
	}
	return l.differentiable(found, logDet, y, b.circle().of(t, span(0, b.Dim)).(LoopTransformer))
}

// circle returns which features are angles.
func (b Autoregressive) circle() circle { return circleOf(b.Angles, b.Dim, b.Transformer) }

// move transforms features from (included) to to (excluded) of x [D, batch]. Their parameters
// depend on what the network sees of the features before to−1, or on none if known is nil. It
// returns the results [to−from, batch] and their log-det [batch].
func (b Autoregressive) move(network *growing, x, known *Node, from, to int, transform func(x, θ *Node) (y, logDerivative *Node)) (y, logDet *Node) {
	y, logDerivatives := b.moveEach(network, x, known, from, to, transform)
	return y, b.overFeatures(logDerivatives)
}

// moveEach is move, but returns the log-derivative of each feature [to−from, batch].
func (b Autoregressive) moveEach(network *growing, x, known *Node, from, to int, transform func(x, θ *Node) (y, logDerivative *Node)) (y, logDerivatives *Node) {
	t := b.circle().of(b.Transformer, nil)
	p := t.Parameters()
	θ := parametersOf(t, network.outputs(known, to-1, from*p, to*p))
	x = features(x, from, to)
	each := mergeFeatures(x)
	// Parameters that depend on nothing are the same for the whole batch.
	θ = BroadcastToDims(θ, each.Shape().Dim(0), p, each.Shape().Dim(1))
	y, logDerivative := transform(each, θ)
	return splitFeatures(x, y), splitFeatures(x, logDerivative)
}

// sumOverFeatures returns the sum over features [batch] of x [D, batch].
func (b Autoregressive) overFeatures(x *Node) *Node {
	if !b.looped {
		return sumOverFeatures(x)
	}
	return mergeRows(Squeeze(overAxis(x, x.Rank()-2, Add), -2))
}

// HiddenDegrees returns the degrees of the hidden units [Hidden], in ascending order. A unit of
// degree d sees only the first d features.
func (b Autoregressive) HiddenDegrees() []int {
	least := min(1, b.Dim-1)
	if b.Condition > 0 && !b.NflowsDegrees {
		least = 0
	}
	return hiddenDegrees(b.Hidden, b.Dim, least)
}

func (b Autoregressive) network() made {
	t := b.circle().of(b.Transformer, nil)
	return made{
		condition: b.Condition, blocks: b.Blocks,
		in: b.circle().inputs(b.Dim), hidden: b.HiddenDegrees(), out: featureDegrees(b.Dim, t.Parameters()),
		start: startOf(t, b.Dim, b.IdentityStart, b.NearIdentity),
	}
}

// validateLayer implements Validate for Autoregressive and Coupling.
func validateLayer(kind string, angles []int, dim, condition, hidden, blocks int, t Transformer, identity bool, near float64) error {
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
	if err := validateAngles(kind, angles, dim, t); err != nil {
		return err
	}
	return t.Validate()
}

// span returns the numbers from from (included) to to (excluded).
func span(from, to int) []int {
	numbers := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		numbers = append(numbers, i)
	}
	return numbers
}
