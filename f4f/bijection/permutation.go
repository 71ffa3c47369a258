package bijection

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Permutation reorders features: y_i = x_{p[i]}. Its log-det is 0. It has no weights and takes no condition.
type Permutation []int

// Reversal is the Permutation that puts the features of a dim-dimensional point in opposite order.
func Reversal(dim int) Permutation {
	p := make(Permutation, dim)
	for i := range p {
		p[i] = dim - 1 - i
	}
	return p
}

// Forward is y [batch, D] with y_i = x_{p[i]}, and zeros [batch].
func (p Permutation) Forward(_ *model.Scope, x, c *Node) (y, logDet *Node) {
	checkShapes("a permutation", len(p), 0, x, c)
	return p.reorder(x), zeroLogDet(x)
}

// Inverse is x [batch, D] with x_{p[i]} = y_i, and zeros [batch].
func (p Permutation) Inverse(_ *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("a permutation", len(p), 0, y, c)
	return p.inverse().reorder(y), zeroLogDet(y)
}

func (p Permutation) ignoresCondition() {}

// reorder picks columns one by one: GoMLX's Reverse has no gradient (v0.28), hence slices and a concatenation.
func (p Permutation) reorder(x *Node) *Node {
	picked := make([]*Node, len(p))
	for i, from := range p {
		picked[i] = columns(x, from, from+1)
	}
	return Concatenate(picked, -1)
}

// inverse is the permutation that undoes p. It panics when p doesn't name each feature once.
func (p Permutation) inverse() Permutation {
	q := make(Permutation, len(p))
	seen := make([]bool, len(p))
	for i, from := range p {
		if from < 0 || from >= len(p) || seen[from] {
			panic(fmt.Errorf("bijection: a permutation of %d features must name each of 0 to %d once, got %v", len(p), len(p)-1, []int(p)))
		}
		seen[from] = true
		q[from] = i
	}
	return q
}
