package bijection

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
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

	trained bool // it stands in a training step, so gradients are wanted as well; speed alone depends on it
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

// under is the spline as it stands in a scope's graph.
func (s Spline) under(scope *model.Scope, g *Graph) Spline {
	s.trained = scope.IsTraining(g)
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

// Forward is y and log ∂y/∂x, both shaped like x [n, batch], for parameters [n, 3·Bins−1, batch].
func (s Spline) Forward(x, parameters *Node) (y, logDerivative *Node) {
	s = s.withDefaults()
	inside := LessOrEqual(Abs(x), Scalar(x.Graph(), x.DType(), s.Bound))
	// Clipped before the search and the arithmetic: the branch that Where throws away must be finite too, or it poisons gradients.
	x0 := within(x, -s.Bound, s.Bound)
	b := s.bin(x0, parameters, false)

	ξ := rounded(Div(Sub(x0, b.left), b.width))
	slope := Div(b.height, b.width)                                 // s_k, eq. 3
	rest := Sub(Add(b.end, b.start), MulScalar(slope, 2))           // δ_{k+1} + δ_k − 2s_k
	mixed := Mul(ξ, OneMinus(ξ))                                    // ξ(1−ξ)
	denominator := Add(slope, Mul(rest, mixed))                     // β, eq. 4
	numerator := Add(Mul(slope, Square(ξ)), Mul(b.start, mixed))    // α over the bin's height, eq. 4
	inner := Add(b.low, Div(Mul(b.height, numerator), denominator)) // eq. 4
	return Where(inside, inner, x), Where(inside, logSlope(ξ, mixed, slope, denominator, b), ZerosLike(x))
}

// Inverse is x and log ∂x/∂y, both shaped like y [n, batch], for parameters [n, 3·Bins−1, batch].
func (s Spline) Inverse(y, parameters *Node) (x, logDerivative *Node) {
	s = s.withDefaults()
	g, dtype := y.Graph(), y.DType()
	inside := LessOrEqual(Abs(y), Scalar(g, dtype, s.Bound))
	y0 := within(y, -s.Bound, s.Bound)
	bin := s.bin(y0, parameters, true)

	η := rounded(Div(Sub(y0, bin.low), bin.height))
	slope := Div(bin.height, bin.width)
	rest := Sub(Add(bin.end, bin.start), MulScalar(slope, 2))
	// aξ² + bξ + c = 0, eqs. 6 to 8, divided by the bin's height.
	a := Add(Sub(slope, bin.start), Mul(η, rest))
	b := Sub(bin.start, Mul(η, rest))
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
	inner := Add(bin.left, Mul(ξ, bin.width))
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
		Mul(b.end, Square(ξ)),
		MulScalar(Mul(slope, mixed), 2)),
		Mul(b.start, Square(OneMinus(ξ))))
	return Sub(Log(Mul(Square(slope), curve)), MulScalar(Log(denominator), 2))
}
