package bijection

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Spline is the monotone rational-quadratic spline of one feature on [−Bound, Bound], continued by the identity outside
// (linear tails of slope 1). Features beyond the bound pass unchanged: standardise data first.
//
// It is described by 3·Bins−1 unconstrained numbers a feature: Bins widths, Bins heights, and the derivatives at the Bins−1 inner
// knots. Durkan et al., "Neural Spline Flows", arXiv:1906.04032, section 3.1; equations are named after it.
type Spline struct {
	Bins  int     // K, at least 2
	Bound float64 // B, above 0; knots run from −B to B on either axis, and end exactly there
	// MinWidth and MinHeight are the least size of a bin as a share of 2B, and MinDerivative the least slope at a knot; 0
	// stands for 1e-3. The first two times Bins must stay below 1.
	MinWidth, MinHeight, MinDerivative float64
}

const defaultMinimum = 1e-3

// Parameters is how many unconstrained numbers describe the spline of one feature: 3·Bins−1.
func (s Spline) Parameters() int { return 3*s.Bins - 1 }

// Validate errs when a field can't work, naming it.
func (s Spline) Validate() error {
	s = s.withDefaults()
	switch {
	case s.Bins < 2:
		return fmt.Errorf("bijection: spline bins must be at least 2, got %d", s.Bins)
	case !(s.Bound > 0) || math.IsInf(s.Bound, 0):
		return fmt.Errorf("bijection: spline tail bound must be positive and finite, got %g", s.Bound)
	case !(s.MinWidth > 0) || s.MinWidth*float64(s.Bins) >= 1:
		return fmt.Errorf("bijection: spline minimum width must be above 0 and below 1/bins = %g, got %g", 1/float64(s.Bins), s.MinWidth)
	case !(s.MinHeight > 0) || s.MinHeight*float64(s.Bins) >= 1:
		return fmt.Errorf("bijection: spline minimum height must be above 0 and below 1/bins = %g, got %g", 1/float64(s.Bins), s.MinHeight)
	case !(s.MinDerivative > 0) || s.MinDerivative >= 1:
		return fmt.Errorf("bijection: spline minimum derivative must be above 0 and below 1, got %g", s.MinDerivative)
	}
	return nil
}

func (s Spline) withDefaults() Spline {
	for _, v := range []*float64{&s.MinWidth, &s.MinHeight, &s.MinDerivative} {
		if *v == 0 {
			*v = defaultMinimum
		}
	}
	return s
}

// IdentityParameters are the 3·Bins−1 numbers for which the spline is the identity: even bins, slope 1 at every knot.
func (s Spline) IdentityParameters() []float64 {
	s = s.withDefaults()
	p := make([]float64, s.Parameters())
	for i := 2 * s.Bins; i < len(p); i++ {
		p[i] = math.Log(math.Expm1(1 - s.MinDerivative)) // softplus of it is 1 − MinDerivative
	}
	return p
}

// Forward is y and log ∂y/∂x, both shaped like x [...], for parameters [..., 3·Bins−1].
func (s Spline) Forward(x, parameters *Node) (y, logDerivative *Node) {
	s = s.withDefaults()
	inside := LessOrEqual(Abs(x), Scalar(x.Graph(), x.DType(), s.Bound))
	// Clipped before the search and the arithmetic: the branch that Where throws away must be finite too, or it poisons gradients.
	b := s.bin(within(x, -s.Bound, s.Bound), parameters, false)

	ξ := rounded(Div(b.offset, b.width))
	slope := Div(b.height, b.width)                                 // s_k, eq. 3
	rest := Sub(Add(b.right, b.left), MulScalar(slope, 2))          // δ_{k+1} + δ_k − 2s_k
	mixed := Mul(ξ, OneMinus(ξ))                                    // ξ(1−ξ)
	denominator := Add(slope, Mul(rest, mixed))                     // β, eq. 4
	numerator := Add(Mul(slope, Square(ξ)), Mul(b.left, mixed))     // α over the bin's height, eq. 4
	inner := Add(b.low, Div(Mul(b.height, numerator), denominator)) // eq. 4
	return Where(inside, inner, x), Where(inside, logSlope(ξ, mixed, slope, denominator, b), ZerosLike(x))
}

// Inverse is x and log ∂x/∂y, both shaped like y [...], for parameters [..., 3·Bins−1].
func (s Spline) Inverse(y, parameters *Node) (x, logDerivative *Node) {
	s = s.withDefaults()
	g, dtype := y.Graph(), y.DType()
	inside := LessOrEqual(Abs(y), Scalar(g, dtype, s.Bound))
	bin := s.bin(within(y, -s.Bound, s.Bound), parameters, true)

	η := rounded(Div(bin.offset, bin.height))
	slope := Div(bin.height, bin.width)
	rest := Sub(Add(bin.right, bin.left), MulScalar(slope, 2))
	// aξ² + bξ + c = 0, eqs. 6 to 8, divided by the bin's height.
	a := Add(Sub(slope, bin.left), Mul(η, rest))
	b := Sub(bin.left, Mul(η, rest))
	c := Neg(Mul(η, slope))
	// The discriminant is positive in exact arithmetic; rounding may bring it below zero, where the root would be NaN.
	root := Sqrt(MaxScalar(Sub(Square(b), MulScalar(Mul(a, c), 4)), 1e-30))
	// The same root of the two written so that nothing cancels: for b ≥ 0, −2c/(b + √) and else (√ − b)/2a. Each
	// denominator is kept from zero where the other branch is taken.
	positive := GreaterOrEqual(b, ZerosLike(b))
	one := OnesLike(b)
	ξ := Where(positive,
		Div(MulScalar(c, -2), Where(positive, MaxScalar(Add(b, root), 1e-30), one)),
		Div(Sub(root, b), Where(positive, one, MaxScalar(MulScalar(a, 2), 1e-30))))
	ξ = rounded(ξ)

	mixed := Mul(ξ, OneMinus(ξ))
	denominator := Add(slope, Mul(rest, mixed))
	inner := Add(bin.low, Mul(ξ, bin.width))
	return Where(inside, inner, y), Where(inside, Neg(logSlope(ξ, mixed, slope, denominator, bin)), ZerosLike(y))
}

// within clips x to [least, most]. Unlike GoMLX's Clip it lets the gradient through at the limits themselves, where data may well lie: a
// feature at the bound is still in the last bin.
func within(x *Node, least, most float64) *Node {
	g, dtype := x.Graph(), x.DType()
	lower, upper := Scalar(g, dtype, least), Scalar(g, dtype, most)
	return Where(LessThan(x, lower), lower, Where(GreaterThan(x, upper), upper, x))
}

// rounded takes a share of a bin that rounding may have pushed out of [0, 1] back into it, and lets the gradient through as if it had not.
func rounded(share *Node) *Node {
	return Add(share, StopGradient(Sub(ClipScalar(share, 0, 1), share)))
}

// logSlope is log ∂y/∂x at ξ in [0, 1] of a bin, eq. 5.
func logSlope(ξ, mixed, slope, denominator *Node, b bin) *Node {
	curve := Add(Add(
		Mul(b.right, Square(ξ)),
		MulScalar(Mul(slope, mixed), 2)),
		Mul(b.left, Square(OneMinus(ξ))))
	return Sub(Log(Mul(Square(slope), curve)), MulScalar(Log(denominator), 2))
}

// bin is the bin that each value fell into; every field is shaped like the values.
type bin struct {
	width, height *Node // of the bin, w_k and h_k
	offset        *Node // of the value from the bin's lower edge, on the axis searched
	low           *Node // the bin's lower edge on the other axis
	left, right   *Node // derivatives at its edges, δ_k and δ_{k+1}
}

// bin finds the bin of values [...] within ±Bound: by heights if byHeight, else by widths.
func (s Spline) bin(values, parameters *Node, byHeight bool) bin {
	k := s.Bins
	g, dtype := values.Graph(), values.DType()
	if got := parameters.Shape().Dim(-1); got != s.Parameters() || parameters.Rank() != values.Rank()+1 {
		panic(fmt.Errorf("bijection: a spline of %d bins needs %d parameters for each of %s, got %s", k, s.Parameters(), values.Shape(), parameters.Shape()))
	}
	last := parameters.Rank() - 1
	part := func(from, to int) *Node { return SliceAxis(parameters, last, AxisRange(from, to)) }
	widths, lefts := s.partition(part(0, k), s.MinWidth)
	heights, lows := s.partition(part(k, 2*k), s.MinHeight)

	edges := lefts
	if byHeight {
		edges = lows
	}
	// here [..., K] is 1 at the bin whose lower edge is the last at or below the value, else 0.
	reached := ConvertDType(GreaterOrEqual(ExpandAxes(values, -1), edges), dtype)
	beyond := Concatenate([]*Node{SliceAxis(reached, last, AxisRangeToEnd(1)), ZerosLike(SliceAxis(reached, last, AxisElem(0)))}, last)
	here := Sub(reached, beyond)
	pick := func(of *Node) *Node { return ReduceSum(Mul(here, of), -1) }

	b := bin{width: pick(widths), height: pick(heights)}
	left, low := pick(lefts), pick(lows)
	if byHeight {
		b.offset, b.low = Sub(values, low), left
	} else {
		b.offset, b.low = Sub(values, left), low
	}
	// Inner knot j is the right edge of bin j and the left edge of bin j+1; the outermost have slope 1, as the tails.
	inner := part(2*k, 3*k-1)
	atLeft, atRight := SliceAxis(here, last, AxisRangeToEnd(1)), SliceAxis(here, last, AxisRangeFromStart(-1))
	one := ScalarOne(g, dtype)
	first, final := Squeeze(SliceAxis(here, last, AxisElem(0)), -1), Squeeze(SliceAxis(here, last, AxisElem(k-1)), -1)
	half := Scalar(g, dtype, 0.5)
	b.left = Where(GreaterThan(first, half), one, s.derivative(ReduceSum(Mul(atLeft, inner), -1)))
	b.right = Where(GreaterThan(final, half), one, s.derivative(ReduceSum(Mul(atRight, inner), -1)))
	return b
}

// partition divides [−B, B] by a softmax of u [..., K]: the bins' sizes and their lower edges, both [..., K].
func (s Spline) partition(u *Node, minimum float64) (sizes, edges *Node) {
	g, dtype, k, last := u.Graph(), u.DType(), s.Bins, u.Rank()-1
	shares := AddScalar(MulScalar(Softmax(u, -1), 1-minimum*float64(k)), minimum)
	sizes = MulScalar(shares, 2*s.Bound)
	// A running sum as a product with a triangle of ones: cheaper on XLA than a windowed reduction.
	before := ConvertDType(LessThan(
		Iota(g, shapes.Make(dtype, k, k), 0),
		Iota(g, shapes.Make(dtype, k, k), 1)), dtype) // [j, k] is 1 where bin j lies before bin k
	edges = AddScalar(DotGeneral(sizes, []int{last}, nil, before, []int{0}, nil), -s.Bound)
	// The last bin ends exactly at B, whatever the sum's rounding.
	final := AddScalar(Neg(SliceAxis(edges, last, AxisElem(k-1))), s.Bound)
	sizes = Concatenate([]*Node{SliceAxis(sizes, last, AxisRangeFromStart(-1)), final}, last)
	return sizes, edges
}

// derivative is a slope above MinDerivative from an unconstrained number.
func (s Spline) derivative(u *Node) *Node {
	return AddScalar(Softplus(u), s.MinDerivative)
}
