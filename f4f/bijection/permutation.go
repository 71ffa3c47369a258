package bijection

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Permutation reorders features: y_i = x_{p[i]}. Its log-det is 0. It has no weights and takes no
// condition. It panics unless p names each feature once.
type Permutation []int

// Reversal returns the Permutation that reverses the order of dim features.
func Reversal(dim int) Permutation {
	p := make(Permutation, dim)
	for i := range p {
		p[i] = dim - 1 - i
	}
	return p
}

// Forward returns y [batch, D] with y_i = x_{p[i]}, and zeros [batch].
func (p Permutation) Forward(_ *model.Scope, x, c *Node) (y, logDet *Node) {
	checkShapes("a permutation", len(p), 0, x, c)
	return p.reorder(x), zeroLogDet(x)
}

// Inverse returns x [batch, D] with x_{p[i]} = y_i, and zeros [batch].
func (p Permutation) Inverse(_ *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("a permutation", len(p), 0, y, c)
	return p.inverse().reorder(y), zeroLogDet(y)
}

func (p Permutation) ignoresCondition() {}

// reorder returns x [batch, D] with its features in the order of p. Its gradient is defined by
// hand: the arriving gradient in the opposite order. GoMLX's Reverse has no gradient (v0.28). The
// gradient of columns picked one by one is a sum of D columns, each padded to the size of x, which
// took longer at D = 16 than the splines.
func (p Permutation) reorder(x *Node) *Node {
	back := p.inverse()
	var of tap
	from := IdentityWithCustomGradient(x, func(_, _ *Node) *Node { return back.pick(of.gradient) })
	never := BroadcastToShape(Const(x.Graph(), false), shapes.Make(dtypes.Bool, x.Shape().Dimensions...))
	// The first branch is never selected. It is the path by which gradients reach x.
	return of.on(Where(never, from, p.pick(StopGradient(from))))
}

// pick is reorder without a gradient.
func (p Permutation) pick(x *Node) *Node {
	if slices.Equal(p, Reversal(len(p))) {
		return Reverse(x, -1)
	}
	rows := make([][]int32, len(p))
	for i, from := range p {
		rows[i] = []int32{int32(from)}
	}
	return transposed(Gather(transposed(x), Const(x.Graph(), rows)))
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
