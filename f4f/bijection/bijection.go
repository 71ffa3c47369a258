package bijection

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Bijection is an invertible map of R^D, possibly under a condition, as a pair of graph builders.
//
// Both methods take points [batch, D] and the conditions [batch, C] of their rows, or nil if the
// map takes no condition. Both return points [batch, D] and the logarithm of the absolute
// determinant of the Jacobian [batch]. Both find their weights in scope, and create them there if
// it has none. Inverse undoes Forward under the same condition, and its log-det at y is minus
// Forward's at x. Both panic on shapes that don't fit.
//
// First derivatives of the results are right. Second derivatives are not: the layers define their
// gradients by hand, for speed.
type Bijection interface {
	Forward(scope *model.Scope, x, c *Node) (y, logDet *Node)
	Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node)
}

// checkShapes panics unless x is [batch, dim] and c is [batch, condition], or nil where condition
// is 0.
func checkShapes(kind string, dim, condition int, x, c *Node) {
	if x.Rank() != 2 || x.Shape().Dim(1) != dim {
		panic(fmt.Errorf("bijection: %s of dimension %d needs points [batch, %d], got %s", kind, dim, dim, x.Shape()))
	}
	switch {
	case condition == 0 && c != nil:
		panic(fmt.Errorf("bijection: %s has no condition, but was given one of shape %s", kind, c.Shape()))
	case condition > 0 && c == nil:
		panic(fmt.Errorf("bijection: %s needs a condition [batch, %d], got none", kind, condition))
	case c != nil && (c.Rank() != 2 || c.Shape().Dim(1) != condition || c.Shape().Dim(0) != x.Shape().Dim(0)):
		panic(fmt.Errorf("bijection: %s needs a condition [%d, %d], got %s", kind, x.Shape().Dim(0), condition, c.Shape()))
	}
}

// columns returns columns from (included) to to (excluded) of x [batch, D], as [batch, to−from].
func columns(x *Node, from, to int) *Node { return SliceAxis(x, -1, AxisRange(from, to)) }

// features returns features from (included) to to (excluded) of x [D, batch], as [to−from, batch].
func features(x *Node, from, to int) *Node { return SliceAxis(x, -2, AxisRange(from, to)) }

// transposed returns x [batch, features] as [features, batch], or the reverse; nil stays nil.
func transposed(x *Node) *Node {
	if x == nil {
		return nil
	}
	return Transpose(x, -2, -1)
}

// zeroLogDet returns the log-det of a map that preserves volume: zeros [batch] for x [batch, D], or
// [flows, batch] for x [flows, batch, D].
func zeroLogDet(x *Node) *Node {
	return BroadcastToDims(number(x, 0), x.Shape().Dimensions[:x.Rank()-1]...)
}
