package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// This file has arithmetic with constants for the body of a loop (see loop.go). GoMLX's own
// functions (AddScalar, OneMinus, ZerosLike and the like) take constants from a cache of the graph.
// A body can't see constants that were made outside it, and the rest of the graph can't see those
// that were made in a body. So each constant is created anew here, and XLA merges the copies.

// number returns v as a scalar in x's dtype.
func number(x *Node, v float64) *Node { return ConstAsDType(x.Graph(), x.DType(), v) }

// filled returns v in x's shape and dtype.
func filled(x *Node, v float64) *Node { return BroadcastToShape(number(x, v), x.Shape()) }

func plus(x *Node, v float64) *Node    { return Add(x, number(x, v)) }
func scaled(x *Node, v float64) *Node  { return Mul(x, number(x, v)) }
func atLeast(x *Node, v float64) *Node { return Max(x, number(x, v)) }
func oneMinus(x *Node) *Node           { return Sub(number(x, 1), x) }

// within returns x clipped to [least, most].
func within(x *Node, least, most float64) *Node { return Min(atLeast(x, least), number(x, most)) }

// softplus returns log(1 + eˣ), and x itself where x is infinite or NaN.
func softplus(x *Node) *Node {
	finite := IsFinite(x)
	small := Log1p(Exp(Neg(Abs(Where(finite, x, filled(x, 0))))))
	return Where(finite, Add(atLeast(x, 0), small), x)
}

// relu returns max(x, 0).
func relu(x *Node) *Node { return Max(x, filled(x, 0)) }

// overAxis reduces x over an axis, which it keeps with size 1, by a tree of pairwise calls of pair.
// It replaces GoMLX's reductions in the body of a loop: go-xla (v0.4) allows reductions of one kind
// in only one function of a program.
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
