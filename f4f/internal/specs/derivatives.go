package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// Scoring builds the score ∇_x log p(x|c) [batch, D].
func Scoring(n Normal) engine.Build {
	return func(scope *model.Scope, x, c *Node) []*Node {
		bijection.WithGradient(scope, x.Graph())
		return Gradient(ReduceAllSum(n.LogProb(scope.At(FlowScope), x, c)), x)
	}
}

// A Jacobian takes one gradient for each feature of the result. They are computed at rows of their
// own rather than one after another in the graph, so that the program doesn't grow with D.

// JacobianRows returns the rows at which JacobianOf is evaluated for points x [N, D]: each point D
// times, with the unit vectors to its right, [N·D, 2D]. The condition of row i·D+j is that of point
// i.
func JacobianRows(x data.Points) (data.Points, error) {
	d := x.Dim()
	values := make([]float32, 0, 2*x.Len()*d*d)
	for i := range x.Len() {
		for j := range d {
			values = append(values, x.Row(i)...)
			for k := range d {
				unit := float32(0)
				if k == j {
					unit = 1
				}
				values = append(values, unit)
			}
		}
	}
	return data.NewPoints(2*d, values)
}

// JacobianOf builds the rows of the Jacobian of f. For a point x and a vector v side by side,
// [batch, 2D], it returns ∇_x v·f(x) [batch, D].
func JacobianOf(f Map) engine.Build {
	return func(scope *model.Scope, rows, c *Node) []*Node {
		bijection.WithGradient(scope, rows.Graph())
		x, v := SplitCondition(rows, rows.Shape().Dim(1)/2)
		y, _ := f(scope, x, c)
		return Gradient(ReduceAllSum(Mul(y, v)), x)
	}
}

// Leading builds the terms [batch, D] of log p(x|c), such that the sum of the first k is the
// log-density of the first k features, for each k. It is nil if the bijection isn't triangular; see
// bijection.Triangular.
func (n Normal) Leading() engine.Build {
	each := bijection.ForwardByFeature(n.Bijection)
	if each == nil {
		return nil
	}
	return func(scope *model.Scope, x, c *Node) []*Node {
		scope = scope.At(FlowScope)
		x, scaled := n.Scaler.standardiseEach(scope, x)
		z, logDerivatives := each(scope, x, n.scaled(scope, c))
		return []*Node{Add(n.base.eachLogProb(z), scaled.to(logDerivatives))}
	}
}
