package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// Potential returns the convex function whose gradient the map from left to right is, [batch] at
// points x [batch, D] under the conditions of both sides, and whether there is one. Points are
// those that the flow sees, standardised if the left side is, and so are the gradient's.
//
// Among the conditions of one distribution the way back is the gradient of the convex conjugate
// F*(y) = x·y − F(x) at ∇F(x) = y.
func (b Between) Potential() (f LogDensity, ok bool) {
	of, ok := bijection.PotentialOf(b.Flow)
	return func(scope *model.Scope, x, c *Node) *Node {
		cx, cy := b.conditions(c)
		x, _ = b.Left.Scaler.standardise(scope, x)
		flow := scope.At(FlowScope)
		switch {
		case b.among && b.Way == back:
			seen := b.see(scope, cy, cx)
			from, _ := b.Flow.Inverse(flow, x, seen)
			return Sub(ReduceSum(Mul(from, x), -1), of(flow, from, seen))
		case b.among && b.Way == nowhere:
			return MulScalar(ReduceSum(Square(x), -1), 0.5)
		}
		return of(flow, x, b.seen(scope, cx, cy))
	}, ok
}
