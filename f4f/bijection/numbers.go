package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Arithmetic with constants for what may stand in the body of a loop (see loop.go). GoMLX's own
// (AddScalar, OneMinus, ZerosLike and the like) takes constants from a cache of the graph; a body
// can't see those that were made outside of it, nor the rest of the graph those that were made in a
// body. Here each is made anew, which XLA undoes.

// number is v as a scalar in x's dtype.
func number(x *Node, v float64) *Node { return ConstAsDType(x.Graph(), x.DType(), v) }

// filled is v in x's shape.
func filled(x *Node, v float64) *Node { return BroadcastToShape(number(x, v), x.Shape()) }

func plus(x *Node, v float64) *Node    { return Add(x, number(x, v)) }
func scaled(x *Node, v float64) *Node  { return Mul(x, number(x, v)) }
func atLeast(x *Node, v float64) *Node { return Max(x, number(x, v)) }
func oneMinus(x *Node) *Node           { return Sub(number(x, 1), x) }

// within is x clipped to [least, most].
func within(x *Node, least, most float64) *Node { return Min(atLeast(x, least), number(x, most)) }

// softplus is log(1 + eˣ), and x itself where that is infinite or NaN.
func softplus(x *Node) *Node {
	finite := IsFinite(x)
	small := Log1p(Exp(Neg(Abs(Where(finite, x, filled(x, 0))))))
	return Where(finite, Add(atLeast(x, 0), small), x)
}

// relu is max(x, 0).
func relu(x *Node) *Node { return Max(x, filled(x, 0)) }

// overAxis is a reduction of x over an axis, which stays with one element, by a function of pairs:
// a tree of them. In the body of a loop it stands for GoMLX's reductions: go-xla (v0.4) allows
// those of a kind in one function of a program alone.
func overAxis(x *Node, axis int, pair func(a, b *Node) *Node) *Node {
	var rest *Node
	for n := x.Shape().Dim(axis); n > 1; n = x.Shape().Dim(axis) {
		if n%2 == 1 {
			last := SliceAxis(x, axis, AxisElem(n-1))
			if rest != nil {
				last = pair(last, rest)
			}
			rest = last
		}
		x = pair(SliceAxis(x, axis, AxisRange(0, n/2)), SliceAxis(x, axis, AxisRange(n/2, n/2*2)))
	}
	if rest != nil {
		x = pair(x, rest)
	}
	return x
}
