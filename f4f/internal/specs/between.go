package specs

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Between is a transport as graphs, over the scopes of its flow and its bases.
type Between struct {
	Left, Right Normal
	Flow        bijection.Bijection // nil for a base transfer, which has no flow of its own
	Relation    *plan.Relation      // nil for none
	among       bool                // both sides are one conditional distribution
	Way         way                 // the way that all points go, if among; see move
}

// Map is one direction of a transport. It maps points [batch, D], under the conditions of
// both sides [batch, C_x+C_y] or nil, to points [batch, D], and returns their log-det [batch].
type Map func(scope *model.Scope, x, c *Node) (y, logDet *Node)

// Direction returns the map from left to right, or from right to left, and the density of the side
// that it leads to.
func (b Between) Direction(leftToRight bool) (f Map, far LogDensity) {
	if leftToRight {
		return b.Forward, b.OnRight
	}
	return b.inverse, b.OnLeft
}

// LogDensity returns the log-density [batch] of a base at points [batch, D], given the conditions of
// both sides.
type LogDensity func(scope *model.Scope, x, c *Node) *Node

// sides splits the conditions of both sides. The results are nil if c is nil.
func (b Between) sides(c *Node) (cx, cy *Node) {
	if c == nil {
		return nil, nil
	}
	return SplitCondition(c, b.Left.condition)
}

// Forward is f_γ, from left to right, between the scalers of both sides. For a base transfer it is
// f_right ∘ f_left⁻¹.
func (b Between) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	cx, cy := b.sides(c)
	switch {
	case b.Flow == nil:
		return throughNormal(scope, x, b.Left, b.Right, LeftScope, RightScope, cx, cy)
	case b.among:
		return b.move(scope, x, cx, cy)
	}
	x, in := b.Left.Scaler.standardise(scope, x)
	y, logDet = b.Flow.Forward(scope.At(FlowScope), x, b.seen(scope, cx, cy))
	y, out := b.Right.Scaler.restore(scope, y)
	return y, out.to(in.to(logDet))
}

// inverse is f_γ⁻¹, from right to left.
func (b Between) inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	cx, cy := b.sides(c)
	switch {
	case b.Flow == nil:
		return throughNormal(scope, y, b.Right, b.Left, RightScope, LeftScope, cy, cx)
	case b.among:
		return b.move(scope, y, cy, cx)
	}
	y, in := b.Right.Scaler.standardise(scope, y)
	x, logDet = b.Flow.Inverse(scope.At(FlowScope), y, b.seen(scope, cx, cy))
	x, out := b.Left.Scaler.restore(scope, x)
	return x, out.to(in.to(logDet))
}

// seen returns what the flow sees of the conditions, or nil if there is no relation.
func (b Between) seen(scope *model.Scope, cx, cy *Node) *Node {
	if b.Relation == nil {
		return nil
	}
	return b.see(scope, cx, cy)
}

// throughNormal encodes points by one density and decodes them by another.
func throughNormal(scope *model.Scope, x *Node, from, to Normal, fromScope, toScope string, cFrom, cTo *Node) (y, logDet *Node) {
	z, in := from.Encode(scope.At("%s", fromScope), x, cFrom)
	y, out := to.Decode(scope.At("%s", toScope), z, cTo)
	return y, Add(in, out)
}

// leftLogProb returns the log-density of x under the left base and its condition cx.
func (b Between) leftLogProb(scope *model.Scope, x, cx *Node) *Node {
	return b.Left.LogProb(scope.At(LeftScope), x, cx)
}

// rightLogProb returns the log-density of y under the right base and its condition cy.
func (b Between) rightLogProb(scope *model.Scope, y, cy *Node) *Node {
	return b.Right.LogProb(scope.At(RightScope), y, cy)
}

// OnLeft returns the log-density of x under the left base, given the conditions of both sides.
func (b Between) OnLeft(scope *model.Scope, x, c *Node) *Node {
	cx, _ := b.sides(c)
	return b.leftLogProb(scope, x, cx)
}

// OnRight returns the log-density of y under the right base, given the conditions of both sides.
func (b Between) OnRight(scope *model.Scope, y, c *Node) *Node {
	_, cy := b.sides(c)
	return b.rightLogProb(scope, y, cy)
}
