package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// The weights of a flow live under these scopes of its GoMLX store: the flow's own, and the two of
// a transport's frozen bases.
const (
	FlowScope  = "flow"
	LeftScope  = "left"
	RightScope = "right"
)

// Normal is a normalizing flow as graphs: it standardises points x by the scaler and encodes them
// by the bijection, and the result has the base distribution.
//
// The bijection's Forward runs from data to noise, which is its fast direction. It is f_φ⁻¹ in the
// paper's notation.
type Normal struct {
	dim, condition int
	Bijection      bijection.Bijection
	Scaler         scaling // of points
	conditions     scaling // of conditions
	base           base
	angles         []int // columns that are angles
	// conditionAngles are the columns of the condition that are angles. The flow sees them as their
	// cosines and sines.
	conditionAngles []int
	noise           *noise // of whole numbers, if it is learned; nil for uniform noise
	given           given  // the density, if it is given instead of learned: then there is no bijection and no base
}

// given is a density that is given instead of learned, as graphs over its scope.
type given interface {
	// logProb returns the log-density [batch] of points x [batch, D].
	logProb(scope *model.Scope, x *Node) *Node
	// make makes points [batch, D] from those of Density.SampleRoot.
	make(scope *model.Scope, root *Node) *Node
	// softened returns the density as training sees it: with a gradient everywhere.
	softened() given
}

// scaled returns the conditions [batch, C] standardised, as the flow sees them. It is nil for no
// conditions.
func (n Normal) scaled(scope *model.Scope, c *Node) *Node {
	if c == nil {
		return nil
	}
	raw := c
	c, _ = n.conditions.standardise(scope, c)
	return onCircle(c, raw, n.conditionAngles)
}

// Encode returns z = f_φ⁻¹(x) [batch, D] and log|det ∂z/∂x| [batch].
func (n Normal) Encode(scope *model.Scope, x, c *Node) (z, logDet *Node) {
	x, scaled := n.Scaler.standardise(scope, x)
	z, logDet = n.Bijection.Forward(scope, x, n.scaled(scope, c))
	return z, scaled.to(logDet)
}

// Decode returns x = f_φ(z) [batch, D] and log|det ∂x/∂z| [batch].
func (n Normal) Decode(scope *model.Scope, z, c *Node) (x, logDet *Node) {
	x, logDet = n.Bijection.Inverse(scope, z, n.scaled(scope, c))
	x, scaled := n.Scaler.restore(scope, x)
	return x, scaled.to(logDet)
}

// LogProb returns log p(x|c) [batch], eq. 1.
func (n Normal) LogProb(scope *model.Scope, x, c *Node) *Node {
	if n.given != nil {
		return n.given.logProb(scope, x)
	}
	z, logDet := n.Encode(scope, x, c)
	return Add(n.base.logProb(z), logDet)
}

// Make builds points [batch, D] of the density from those of Density.SampleRoot: points of the base
// distribution for a flow.
func (n Normal) Make(scope *model.Scope, root *Node) *Node {
	if n.given != nil {
		return n.given.make(scope, root)
	}
	x, _ := n.Decode(scope, root, nil)
	return x
}

// softened returns the density as training sees it, if it is given.
func (n Normal) softened() Normal {
	if n.given != nil {
		n.given = n.given.softened()
	}
	return n
}

// BaseLogProb returns the log-density [batch] of points z [batch, D] in the space of the base
// distribution.
func (n Normal) BaseLogProb(z *Node) *Node { return n.base.logProb(z) }

// Unlearned returns the flow with uniform noise in place of learned noise.
func (n Normal) Unlearned() Normal { n.noise = nil; return n }

// LearnsNoise reports whether the noise of whole numbers is learned.
func (n Normal) LearnsNoise() bool { return n.noise != nil }

// Encoding builds the map from points, with learned noise if there is any, to the base distribution,
// without the log-det.
func Encoding(n Normal) engine.Build {
	return func(scope *model.Scope, x, c *Node) []*Node {
		scope = scope.At(FlowScope)
		x, _ = n.noisy(scope, x, c, nil)
		z, _ := n.Encode(scope, x, c)
		return []*Node{z}
	}
}

// split splits rows that hold a point, its condition and, in weighted data, its weight, into points
// x [batch, D], conditions c [batch, C], nil for none, and weights w [batch], nil for none.
func (n Normal) split(rows *Node) (x, c, w *Node) {
	if width := n.dim + n.condition; rows.Shape().Dim(1) > width {
		w = Squeeze(Slice(rows, AxisRange(), AxisRange(width, width+1)), 1)
		rows = Slice(rows, AxisRange(), AxisRange(0, width))
	}
	x, c = SplitCondition(rows, n.dim)
	return x, c, w
}

// weighted returns values [batch] times the weights of their points [batch], or as they are if
// there are no weights.
func weighted(values, w *Node) *Node {
	if w == nil {
		return values
	}
	return Mul(values, w)
}

// SplitCondition splits rows that hold a point and its condition into points x [batch, D] and
// conditions c [batch, C]. c is nil if rows are as wide as points.
func SplitCondition(rows *Node, dim int) (x, c *Node) {
	width := rows.Shape().Dim(1)
	if width == dim {
		return rows, nil
	}
	return Slice(rows, AxisRange(), AxisRange(0, dim)), Slice(rows, AxisRange(), AxisRange(dim, width))
}
