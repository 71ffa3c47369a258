package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Coupling is a layer that applies a transformer to every other feature, with parameters from the
// features in between (and the condition), which pass unchanged. Both directions take one pass of
// the network.
//
// A one-dimensional point has nothing in between: its parameters depend on the condition alone.
//
// Splines were first coupled so by Durkan et al., arXiv:1906.04032, affine maps by Dinh,
// Sohl-Dickstein and Bengio ("Density estimation using Real NVP", arXiv:1605.08803).
type Coupling struct {
	Dim         int         // D, at least 1
	Condition   int         // C, 0 for none
	Hidden      int         // units of a hidden layer
	Blocks      int         // residual blocks of two hidden layers
	Transformer Transformer // of each transformed feature
	// Odd makes the layer transform features 1, 3, … and look at 0, 2, …; otherwise it transforms
	// 0, 2, … and looks at 1, 3, … Stack the two in turn. With D = 1 the one feature is transformed
	// either way.
	Odd bool
	// IdentityStart makes the layer the identity until the first training step.
	IdentityStart bool
	// NearIdentity makes the layer start near the identity instead: the biases of its network's last
	// layer are those that give the identity, and the weights there are drawn by the default
	// initialiser, then scaled by this factor. What depends on no feature and no condition is then
	// the identity itself. 0 is for a start at random, or at the identity.
	NearIdentity float64
}

// Validate errs when a field can't work, naming it.
func (b Coupling) Validate() error {
	return validateLayer("coupling", b.Dim, b.Condition, b.Hidden, b.Blocks, b.Transformer, b.IdentityStart, b.NearIdentity)
}

// Forward is y [batch, D] and log|det ∂y/∂x| [batch].
func (b Coupling) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	return b.apply(scope, x, c, standing(b.Transformer, scope, x.Graph()).Forward)
}

// Inverse is x [batch, D] and log|det ∂x/∂y| [batch].
func (b Coupling) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	return b.apply(scope, y, c, standing(b.Transformer, scope, y.Graph()).Inverse)
}

func (b Coupling) apply(scope *model.Scope, x, c *Node, transform func(x, θ *Node) (y, logDerivative *Node)) (y, logDet *Node) {
	checkShapes("a coupling layer", b.Dim, b.Condition, x, c)
	x = inward(scope, x)
	moved, seen := b.split(x)
	if seen == nil {
		seen = ZerosLike(x) // D = 1
	}
	n := network{
		in: seen.Shape().Dim(-2), condition: b.Condition, hidden: b.Hidden, blocks: b.Blocks,
		out:   moved.Shape().Dim(-2) * b.Transformer.Parameters(),
		start: startOf(b.Transformer, moved.Shape().Dim(-2), b.IdentityStart, b.NearIdentity),
	}
	θ := parametersOf(b.Transformer, n.apply(scope, seen, inward(scope, c)))
	if scaler, ok := b.Transformer.(OutputScaler); ok {
		θ = scaler.ScaleOutputs(θ, b.Hidden)
	}
	there, logDerivative := transform(eachFeature(moved), θ)
	there = featuresLike(moved, there)

	all, next := make([]*Node, b.Dim), 0
	for i := range all {
		if b.moves(i) {
			all[i] = features(there, next, next+1)
			next++
		} else {
			all[i] = features(x, i, i+1)
		}
	}
	return outward(Concatenate(all, -2)), overFeatures(featuresLike(moved, logDerivative))
}

// moves tells whether feature i is transformed.
func (b Coupling) moves(i int) bool { return b.Dim == 1 || i%2 == 1 == b.Odd }

// split is the features of x [D, batch] that the layer transforms and those it looks at, nil for none.
func (b Coupling) split(x *Node) (moved, seen *Node) {
	var m, s []*Node
	for i := range b.Dim {
		if f := features(x, i, i+1); b.moves(i) {
			m = append(m, f)
		} else {
			s = append(s, f)
		}
	}
	if len(s) > 0 {
		seen = Concatenate(s, -2)
	}
	return Concatenate(m, -2), seen
}
