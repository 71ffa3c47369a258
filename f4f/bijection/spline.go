package bijection

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Spline is the monotone rational-quadratic spline of one feature on [−Bound, Bound], continued by
// the identity outside (linear tails of slope 1). Values beyond the bound pass unchanged, so
// standardise the data first.
//
// It is described by 3·Bins−1 unconstrained parameters for each feature: Bins widths, Bins heights,
// and the derivatives at the Bins−1 inner knots. See Durkan et al., "Neural Spline Flows",
// arXiv:1906.04032, section 3.1. Equation numbers in this package refer to that paper.
type Spline struct {
	Bins  int     // K, at least 2
	Bound float64 // B, above 0; knots run from −B to B on either axis, and end exactly there
	// MinWidth and MinHeight are the smallest size of a bin as a share of 2B, and MinDerivative is
	// the smallest slope at a knot. 0 stands for 1e-3. MinWidth·Bins and MinHeight·Bins must be
	// below 1.
	MinWidth, MinHeight, MinDerivative float64
	// FreeEnds makes the slopes at the outermost knots, ±B, parameters too: a spline has those at all
	// Bins+1 knots, in order. At ±B the slope then jumps to the 1 of the tails, so this is for
	// features that don't leave [−B, B], such as those of a uniform distribution.
	FreeEnds bool

	trained bool // built in a training step, where gradients are computed too; affects speed alone
	looped  bool // built in the body of a loop, where reductions are not available
}

const defaultMinimum = 1e-3

// Parameters returns the number of unconstrained parameters of one feature's spline: 3·Bins−1, or
// 3·Bins+1 with FreeEnds.
func (s Spline) Parameters() int { return 2*s.Bins + s.knots() }

// knots returns the number of knots whose slope is a parameter.
func (s Spline) knots() int {
	if s.FreeEnds {
		return s.Bins + 1
	}
	return s.Bins - 1
}

// Validate returns an error that names the first field that can't work, or nil.
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

// TailBound returns Bound.
func (s Spline) TailBound() float64 { return s.Bound }

// InTraining returns the spline in the form for a training step.
func (s Spline) InTraining() Transformer {
	s.trained = true
	return s
}

// InLoop returns the spline in the form for the body of a loop.
func (s Spline) InLoop() Transformer {
	s.looped = true
	return s
}

// IdentityParameters returns the parameters for which the spline is the identity: equal
// bins, slope 1 at every knot.
func (s Spline) IdentityParameters() []float64 {
	s = s.withDefaults()
	p := make([]float64, s.Parameters())
	for i := 2 * s.Bins; i < len(p); i++ {
		p[i] = s.slopeOfOne()
	}
	return p
}

// slopeOfOne returns the parameter of a slope of 1 at a knot.
func (s Spline) slopeOfOne() float64 {
	return math.Log(math.Expm1(1 - s.withDefaults().MinDerivative)) // softplus of it is 1 − MinDerivative
}

// ScaleOutputs returns outputs [features, 3K−1, batch] with widths and heights divided by √hidden.
// Their softmax then starts near equal bins, however wide the network is. nflows does so in a
// coupling layer, and not in an autoregressive one.
func (s Spline) ScaleOutputs(outputs *Node, hidden int) *Node {
	k := s.Bins
	sizes := MulScalar(SliceAxis(outputs, 1, AxisRange(0, 2*k)), 1/math.Sqrt(float64(hidden)))
	return Concatenate([]*Node{sizes, SliceAxis(outputs, 1, AxisRangeToEnd(2*k))}, 1)
}
