package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// affine returns Wᵀh + b [out, batch] for h [in, batch], W [in, out] and b [1, out]. For several
// flows each is [flows, …].
//
// Its gradients are stated here rather than left to the graph, for speed alone. XLA's fast matrix
// product on the CPU takes A·B and A·Bᵀ; for Aᵀ·B it falls back on one that takes three times as
// long, and one of the three products of an ordinary layer's step is of that kind whichever way the
// layer is laid out. So Wᵀ is written out, and the other two products are of h and W as they stand.
// A row of ones below h carries the bias, whose gradient then comes with that of W.
func affine(w, b, h *Node) *Node {
	in := w.Shape().Dim(-2)
	row := h.Shape().Clone()
	row.Dimensions[row.Rank()-2] = 1
	ones := BroadcastToShape(number(h, 1), row)

	var of tap // the gradient of the result, [out, batch]
	ofBoth := func() *Node {
		return times(Concatenate([]*Node{h, ones}, -2), -1, of.gradient, -1) // [in+1, out]
	}
	weight := IdentityWithCustomGradient(w, func(_, _ *Node) *Node { return features(ofBoth(), 0, in) })
	bias := IdentityWithCustomGradient(b, func(_, _ *Node) *Node { return features(ofBoth(), in, in+1) })
	from := IdentityWithCustomGradient(h, func(_, _ *Node) *Node { return times(w, -1, of.gradient, -2) })
	// Concatenated: a transposition by itself XLA would fold into the product, and be slow again.
	matrix := Concatenate([]*Node{transposed(weight), transposed(bias)}, -1)
	return of.on(times(matrix, -1, Concatenate([]*Node{from, ones}, -2), -2))
}

// times returns a product of matrices that contracts one axis of each, ofA and ofB, −1 or −2. For
// several flows it multiplies those of each flow.
func times(a *Node, ofA int, b *Node, ofB int) *Node {
	var flows []int
	if a.Rank() > 2 {
		flows = []int{0}
	}
	return DotGeneral(a, []int{a.Rank() + ofA}, flows, b, []int{b.Rank() + ofB}, flows)
}

// tap records the gradient that arrives at a node in the backward pass, for a gradient that is
// defined by hand further up.
type tap struct{ gradient *Node }

// on returns x, and records the gradient that arrives there.
func (t *tap) on(x *Node) *Node {
	return IdentityWithCustomGradient(x, func(_, v *Node) *Node {
		t.gradient = v
		return v
	})
}

// take returns the recorded gradient and clears it.
func (t *tap) take() *Node {
	g := t.gradient
	t.gradient = nil
	return g
}
