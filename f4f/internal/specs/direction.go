package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Map is one direction of a transport. It maps points [batch, D], under the conditions of both
// sides [batch, C_x+C_y] or nil, to points [batch, D], and returns their log-det [batch].
type Map func(scope *model.Scope, x, c *Node) (y, logDet *Node)

// LogDensity returns the log-density [batch] of a base at points [batch, D], given the conditions
// of both sides.
type LogDensity func(scope *model.Scope, x, c *Node) *Node

// Direction returns the map from left to right (f_γ) or from right to left (f_γ⁻¹), and the density
// of the side that it leads to.
func (b Between) Direction(leftToRight bool) (f Map, far LogDensity) {
	f = func(scope *model.Scope, x, c *Node) (y, logDet *Node) { return b.mapped(scope, x, c, leftToRight) }
	return f, func(scope *model.Scope, y, c *Node) *Node { return b.logProb(scope, y, c, leftToRight) }
}

// mapped maps points x [batch, D] from one side to the other, between the scalers of both sides. A
// base transfer goes through the standard normal: forward it is f_right ∘ f_left⁻¹.
func (b Between) mapped(scope *model.Scope, x, c *Node, leftToRight bool) (y, logDet *Node) {
	from, to := b.sides(leftToRight)
	cx, cy := b.conditions(c)
	cFrom, cTo := cx, cy
	if !leftToRight {
		cFrom, cTo = cy, cx
	}
	switch {
	case b.Flow == nil:
		z, in := from.Encode(scope.At("%s", from.scope), x, cFrom)
		y, out := to.Decode(scope.At("%s", to.scope), z, cTo)
		return y, Add(in, out)
	case b.among:
		return b.move(scope, x, cFrom, cTo)
	}
	x, in := b.scaling(!leftToRight).standardise(scope, x)
	run := b.Flow.Forward
	if !leftToRight {
		run = b.Flow.Inverse
	}
	y, logDet = run(scope.At(FlowScope), x, b.seen(scope, cx, cy))
	y, out := b.scaling(leftToRight).restore(scope, y)
	return y, out.to(in.to(logDet))
}

// seen returns what the flow sees of the conditions, or nil if there is no relation.
func (b Between) seen(scope *model.Scope, cx, cy *Node) *Node {
	if b.Relation == nil {
		return nil
	}
	return b.see(scope, cx, cy)
}

// logProb returns the log-density [batch] of points y [batch, D] under the right base, or under the
// left one, given the conditions of both sides.
func (b Between) logProb(scope *model.Scope, y, c *Node, right bool) *Node {
	_, far := b.sides(right)
	return far.LogProb(scope.At("%s", far.scope), y, b.conditionOf(c, right))
}
