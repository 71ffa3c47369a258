package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// point is a place in a bin of a spline, with the terms that its formulas share. Every field is
// shaped like the values, [n, batch]. Equations are those of arXiv:1906.04032.
type point struct {
	bin
	ξ           *Node // position within the bin as a share of its width, in [0, 1], eq. 3
	slope       *Node // of the bin, height/width, s_k
	mixed       *Node // ξ(1−ξ)
	rest        *Node // δ_{k+1} + δ_k − 2s_k
	denominator *Node // β, eq. 4
	curve       *Node // δ_{k+1}ξ² + 2s_k ξ(1−ξ) + δ_k(1−ξ)², eq. 5
}

// at returns the point at which the spline is evaluated for x.
func (f bin) at(x *Node) point {
	return f.point(func(point) *Node { return Div(Sub(x, f.left), f.width) })
}

// solve returns the point at which the spline is y, eqs. 6 to 8.
func (f bin) solve(y *Node) point {
	return f.point(func(p point) *Node {
		η := within(Div(Sub(y, f.low), f.height), 0, 1)
		// a ξ² + b ξ + c = 0, divided by the bin's height.
		a := Add(Sub(p.slope, f.start), Mul(η, p.rest))
		b := Sub(f.start, Mul(η, p.rest))
		c := Neg(Mul(η, p.slope))
		// The discriminant is positive in exact arithmetic; rounding may bring it below zero, where
		// the root would be NaN.
		root := Sqrt(atLeast(Sub(Square(b), scaled(Mul(a, c), 4)), 1e-30))
		// Of the two forms of the same root, the one without cancellation is used: −2c/(b + √) for
		// b ≥ 0, else (√ − b)/2a. The denominator is kept away from zero.
		positive := GreaterOrEqual(b, filled(b, 0))
		return Div(
			Where(positive, scaled(c, -2), Sub(root, b)),
			atLeast(Where(positive, Add(b, root), scaled(a, 2)), 1e-30))
	})
}

// point returns the point at the position that share computes from the bin's slope and rest.
func (f bin) point(share func(point) *Node) point {
	p := point{bin: f, slope: Div(f.height, f.width)}
	p.rest = Sub(Add(f.end, f.start), scaled(p.slope, 2))
	p.ξ = within(share(p), 0, 1) // rounding may have pushed it outside
	p.mixed = Mul(p.ξ, oneMinus(p.ξ))
	p.denominator = Add(p.slope, Mul(p.rest, p.mixed))
	p.curve = Add(Add(
		Mul(f.end, Square(p.ξ)),
		scaled(Mul(p.slope, p.mixed), 2)),
		Mul(f.start, Square(oneMinus(p.ξ))))
	return p
}

// share returns the height of the spline within the bin, as a share of the bin's height, eq. 4.
func (p point) share() *Node { return Div(p.numerator(), p.denominator) }

// numerator returns α of eq. 4, divided by the bin's height.
func (p point) numerator() *Node { return Add(Mul(p.slope, Square(p.ξ)), Mul(p.start, p.mixed)) }

// logSlope returns log ∂y/∂x, eq. 5.
func (p point) logSlope() *Node {
	return Sub(Log(Mul(Square(p.slope), p.curve)), scaled(Log(p.denominator), 2))
}
