package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Coupling is a layer that applies a transformer to every other feature. The features in between
// pass unchanged, and the parameters are computed from them (and the condition). Both directions
// take one pass of the network.
//
// With D = 1 there are no features in between, and the parameters depend on the condition alone.
//
// Coupling layers with splines are due to Durkan et al., arXiv:1906.04032; those with affine maps
// to Dinh, Sohl-Dickstein and Bengio ("Density estimation using Real NVP", arXiv:1605.08803).
type Coupling struct {
	Dim         int         // D, at least 1
	Condition   int         // C, 0 for none
	Hidden      int         // units of a hidden layer
	Blocks      int         // residual blocks of two hidden layers
	Transformer Transformer // of each transformed feature
	// Angles are the numbers of the features that are angles, for which [−TailBound, TailBound)
	// stands for the whole circle; see circular. Features are taken and returned modulo that
	// period. They need a Spline as the Transformer.
	Angles []int
	// Odd selects features 1, 3, … to be transformed, given 0, 2, …; otherwise 0, 2, … are
	// transformed, given 1, 3, … Alternate the two in a chain. With D = 1 the single feature is
	// transformed either way.
	Odd bool
	// IdentityStart makes the layer start as the identity.
	IdentityStart bool
	// NearIdentity makes the layer start near the identity instead. The biases of the network's
	// last layer then start at the values that give the identity. Its weights are drawn by the
	// default initialiser, then scaled by this factor. Parameters that depend on no feature and no
	// condition start at the identity itself. 0 means a random start, or the identity with
	// IdentityStart.
	NearIdentity float64
}

// Validate returns an error that names the first field that can't work, or nil.
func (b Coupling) Validate() error {
	return validateLayer("coupling", b.Angles, b.Dim, b.Condition, b.Hidden, b.Blocks, b.Transformer, b.IdentityStart, b.NearIdentity)
}

// Forward returns y [batch, D] and log|det ∂y/∂x| [batch].
func (b Coupling) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	return b.apply(scope, x, c, b.transformer(scope, x.Graph()).Forward)
}

// Inverse returns x [batch, D] and log|det ∂x/∂y| [batch].
func (b Coupling) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	return b.apply(scope, y, c, b.transformer(scope, y.Graph()).Inverse)
}

// circle returns which features are angles.
func (b Coupling) circle() circle { return circleOf(b.Angles, b.Dim, b.Transformer) }

// transformer returns the transformer of the transformed features.
func (b Coupling) transformer(scope *model.Scope, g *Graph) Transformer {
	moved, _ := b.halves()
	return b.circle().of(variantFor(b.Transformer, scope, g), moved)
}

func (b Coupling) apply(scope *model.Scope, x, c *Node, transform func(x, θ *Node) (y, logDerivative *Node)) (y, logDet *Node) {
	checkShapes("a coupling layer", b.Dim, b.Condition, x, c)
	x = featuresFirst(scope, x)
	moved, seen := b.split(x)
	if _, numbers := b.halves(); seen != nil {
		seen = b.circle().seen(seen, numbers)
	} else {
		seen = ZerosLike(x) // D = 1
	}
	t := b.circle().of(b.Transformer, nil)
	n := network{
		in: seen.Shape().Dim(-2), condition: b.Condition, hidden: b.Hidden, blocks: b.Blocks,
		out:   moved.Shape().Dim(-2) * t.Parameters(),
		start: startOf(t, moved.Shape().Dim(-2), b.IdentityStart, b.NearIdentity),
	}
	θ := parametersOf(t, n.apply(scope, seen, featuresFirst(scope, c)))
	if scaler, ok := t.(OutputScaler); ok {
		θ = scaler.ScaleOutputs(θ, b.Hidden)
	}
	there, logDerivative := transform(mergeFeatures(moved), θ)
	there = splitFeatures(moved, there)

	all, next := make([]*Node, b.Dim), 0
	for i := range all {
		if b.moves(i) {
			all[i] = features(there, next, next+1)
			next++
		} else {
			all[i] = features(x, i, i+1)
		}
	}
	return batchFirst(Concatenate(all, -2)), sumOverFeatures(splitFeatures(moved, logDerivative))
}

// moves reports whether feature i is transformed.
func (b Coupling) moves(i int) bool { return b.Dim == 1 || i%2 == 1 == b.Odd }

// halves returns the numbers of the features that are transformed and of those that are not.
func (b Coupling) halves() (moved, rest []int) {
	for i := range b.Dim {
		if b.moves(i) {
			moved = append(moved, i)
		} else {
			rest = append(rest, i)
		}
	}
	return moved, rest
}

// split returns the features of x [D, batch] that are transformed and those that the network sees.
// seen is nil if there are none.
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
