package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/gomlx/gomlx/ml/model"
)

// between is a transport as graphs, over the scopes of its flow and its bases.
type between struct {
	left, right normal
	flow        bijection.Bijection // nil for a base transfer, which has no flow of its own
	relation    *Relation           // nil for none
	among       bool                // both sides are one conditional distribution
	way         way                 // the way that all points go, if among; see move
}

// direction is one direction of a transport. It maps points [batch, D], under the conditions of
// both sides [batch, C_x+C_y] or nil, to points [batch, D], and returns their log-det [batch].
type direction func(scope *model.Scope, x, c *Node) (y, logDet *Node)

// direction returns the map from left to right, or from right to left, and the density of the side
// that it leads to.
func (b between) direction(leftToRight bool) (f direction, far density) {
	if leftToRight {
		return b.forward, b.onRight
	}
	return b.inverse, b.onLeft
}

// density returns the log-density [batch] of a base at points [batch, D], given the conditions of
// both sides.
type density func(scope *model.Scope, x, c *Node) *Node

// sides splits the conditions of both sides. The results are nil if c is nil.
func (b between) sides(c *Node) (cx, cy *Node) {
	if c == nil {
		return nil, nil
	}
	return apart(c, b.left.condition)
}

// forward is f_γ, from left to right, between the scalers of both sides. For a base transfer it is
// f_right ∘ f_left⁻¹.
func (b between) forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	cx, cy := b.sides(c)
	switch {
	case b.flow == nil:
		return throughNormal(scope, x, b.left, b.right, leftScope, rightScope, cx, cy)
	case b.among:
		return b.move(scope, x, cx, cy)
	}
	x, in := b.left.scaler.standardise(scope, x)
	y, logDet = b.flow.Forward(scope.At(flowScope), x, b.seen(scope, cx, cy))
	y, out := b.right.scaler.restore(scope, y)
	return y, out.to(in.to(logDet))
}

// inverse is f_γ⁻¹, from right to left.
func (b between) inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	cx, cy := b.sides(c)
	switch {
	case b.flow == nil:
		return throughNormal(scope, y, b.right, b.left, rightScope, leftScope, cy, cx)
	case b.among:
		return b.move(scope, y, cy, cx)
	}
	y, in := b.right.scaler.standardise(scope, y)
	x, logDet = b.flow.Inverse(scope.At(flowScope), y, b.seen(scope, cx, cy))
	x, out := b.left.scaler.restore(scope, x)
	return x, out.to(in.to(logDet))
}

// seen returns what the flow sees of the conditions, or nil if there is no relation.
func (b between) seen(scope *model.Scope, cx, cy *Node) *Node {
	if b.relation == nil {
		return nil
	}
	return b.see(scope, cx, cy)
}

// throughNormal encodes points by one density and decodes them by another.
func throughNormal(scope *model.Scope, x *Node, from, to normal, fromScope, toScope string, cFrom, cTo *Node) (y, logDet *Node) {
	z, in := from.encode(scope.At("%s", fromScope), x, cFrom)
	y, out := to.decode(scope.At("%s", toScope), z, cTo)
	return y, Add(in, out)
}

// leftLogProb returns the log-density of x under the left base and its condition cx.
func (b between) leftLogProb(scope *model.Scope, x, cx *Node) *Node {
	return b.left.logProb(scope.At(leftScope), x, cx)
}

// rightLogProb returns the log-density of y under the right base and its condition cy.
func (b between) rightLogProb(scope *model.Scope, y, cy *Node) *Node {
	return b.right.logProb(scope.At(rightScope), y, cy)
}

// onLeft returns the log-density of x under the left base, given the conditions of both sides.
func (b between) onLeft(scope *model.Scope, x, c *Node) *Node {
	cx, _ := b.sides(c)
	return b.leftLogProb(scope, x, cx)
}

// onRight returns the log-density of y under the right base, given the conditions of both sides.
func (b between) onRight(scope *model.Scope, y, c *Node) *Node {
	_, cy := b.sides(c)
	return b.rightLogProb(scope, y, cy)
}
