package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// point is a place in a bin of a spline and what its formulas share; every field is shaped like the values, [n, batch]. Equations are of arXiv:1906.04032.
type point struct {
	bin
	ξ           *Node // the share of the bin's width on the left of it, in [0, 1], eq. 3
	slope       *Node // of the bin, height over width, s_k
	mixed       *Node // ξ(1−ξ)
	rest        *Node // δ_{k+1} + δ_k − 2s_k
	denominator *Node // β, eq. 4
	curve       *Node // δ_{k+1}ξ² + 2s_k ξ(1−ξ) + δ_k(1−ξ)², eq. 5
}

// at is the point at a share of the bin's width.
func (b bin) at(ξ *Node) point {
	ξ = ClipScalar(ξ, 0, 1) // out of which rounding may have pushed it
	p := point{bin: b, ξ: ξ, slope: Div(b.height, b.width), mixed: Mul(ξ, OneMinus(ξ))}
	p.rest = Sub(Add(b.end, b.start), MulScalar(p.slope, 2))
	p.denominator = Add(p.slope, Mul(p.rest, p.mixed))
	p.curve = Add(Add(
		Mul(b.end, Square(ξ)),
		MulScalar(Mul(p.slope, p.mixed), 2)),
		Mul(b.start, Square(OneMinus(ξ))))
	return p
}

// solve is the point of the bin where the spline is y, eqs. 6 to 8.
func (b bin) solve(y *Node) point {
	η := ClipScalar(Div(Sub(y, b.low), b.height), 0, 1)
	slope := Div(b.height, b.width)
	rest := Sub(Add(b.end, b.start), MulScalar(slope, 2))
	// a ξ² + c ξ + d = 0, divided by the bin's height.
	a := Add(Sub(slope, b.start), Mul(η, rest))
	c := Sub(b.start, Mul(η, rest))
	d := Neg(Mul(η, slope))
	// The discriminant is positive in exact arithmetic; rounding may bring it below zero, where the root would be NaN.
	root := Sqrt(MaxScalar(Sub(Square(c), MulScalar(Mul(a, d), 4)), 1e-30))
	// The same root of the two written so that nothing cancels: for c ≥ 0, −2d/(c + √) and else (√ − c)/2a. The denominator is kept from zero.
	positive := GreaterOrEqual(c, ZerosLike(c))
	return b.at(Div(
		Where(positive, MulScalar(d, -2), Sub(root, c)),
		MaxScalar(Where(positive, Add(c, root), MulScalar(a, 2)), 1e-30)))
}

// share is how far up the bin the spline is, as a share of its height, eq. 4.
func (p point) share() *Node { return Div(p.numerator(), p.denominator) }

// numerator is α of eq. 4 over the bin's height.
func (p point) numerator() *Node { return Add(Mul(p.slope, Square(p.ξ)), Mul(p.start, p.mixed)) }

// logSlope is log ∂y/∂x, eq. 5.
func (p point) logSlope() *Node {
	return Sub(Log(Mul(Square(p.slope), p.curve)), MulScalar(Log(p.denominator), 2))
}
