package bijection

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// affine is Wᵀh + b [out, batch] of h [in, batch] for W [in, out] and b [1, out].
//
// Its gradients are stated here rather than left to the graph, for speed alone. XLA's fast matrix product on the CPU takes A·B and A·Bᵀ; for
// Aᵀ·B it falls back on one that takes three times as long, and one of the three products of an ordinary layer's step is of that kind whichever way
// the layer is laid out. So Wᵀ is written out, and the other two products are of h and W as they stand. A row of ones below h carries the bias, whose gradient
// then comes with that of W.
func affine(w, b, h *Node) *Node {
	in := w.Shape().Dim(0)
	ones := Ones(h.Graph(), shapes.Make(h.DType(), 1, h.Shape().Dim(1)))

	var of tap // the gradient of the result, [out, batch]
	ofBoth := func() *Node {
		return DotGeneral(Concatenate([]*Node{h, ones}, 0), []int{1}, nil, of.gradient, []int{1}, nil) // [in+1, out]
	}
	weight := IdentityWithCustomGradient(w, func(_, _ *Node) *Node { return Slice(ofBoth(), AxisRange(0, in)) })
	bias := IdentityWithCustomGradient(b, func(_, _ *Node) *Node { return Slice(ofBoth(), AxisRangeToEnd(in)) })
	from := IdentityWithCustomGradient(h, func(_, _ *Node) *Node { return MatMul(w, of.gradient) })
	// Concatenated: a transposition by itself XLA would fold into the product, and be slow again.
	matrix := Concatenate([]*Node{Transpose(weight, 0, 1), Transpose(bias, 0, 1)}, 1)
	return of.on(MatMul(matrix, Concatenate([]*Node{from, ones}, 0)))
}

// tap notes the gradient that arrives at a node on the way back, for a gradient stated by hand further up.
type tap struct{ gradient *Node }

// on is x, watched.
func (t *tap) on(x *Node) *Node {
	return IdentityWithCustomGradient(x, func(_, v *Node) *Node {
		t.gradient = v
		return v
	})
}
