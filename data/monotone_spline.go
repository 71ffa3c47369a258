package data

import (
	"fmt"
	"math"
	"slices"
)

// monotoneSpline is a strictly increasing rational-quadratic spline through knots, with straight
// lines beyond the first and the last. It is continuous with its derivative, and both directions
// are closed forms (Gregory and Delbourgo, "Piecewise rational quadratic interpolation to monotonic
// data", 1982; Durkan et al., "Neural spline flows", 2019, section 3.1).
type monotoneSpline struct {
	X     []float64 `json:"x"` // of the knots, strictly increasing
	Y     []float64 `json:"y"` // of the knots, strictly increasing
	slope []float64 // at the knots; fillSlopes computes it
}

// leastKnots is the smallest number of knots that a spline can have.
const leastKnots = 3

// fillSlopes sets the slopes at the knots to those of Fritsch and Butland ("A method for
// constructing local monotone piecewise cubic interpolants", 1984): harmonic means of the slopes on
// either side, which are of second order where the knots are even, and never 0.
func (m *monotoneSpline) fillSlopes() {
	last := len(m.X) - 1
	m.slope = make([]float64, len(m.X))
	secant := func(k int) float64 { return (m.Y[k+1] - m.Y[k]) / (m.X[k+1] - m.X[k]) }
	for k := 1; k < last; k++ {
		before, after := m.X[k]-m.X[k-1], m.X[k+1]-m.X[k]
		share := (before + 2*after) / (3 * (before + after))
		m.slope[k] = 1 / (share/secant(k-1) + (1-share)/secant(k))
	}
	// Beyond the ends the lines go on as the bins there do.
	m.slope[0], m.slope[last] = secant(0), secant(last-1)
}

// at returns y, and log dy/dx there.
func (m *monotoneSpline) at(x float64) (y, logDerivative float64) {
	last := len(m.X) - 1
	switch {
	case x <= m.X[0]:
		return m.Y[0] + (x-m.X[0])*m.slope[0], math.Log(m.slope[0])
	case x >= m.X[last]:
		return m.Y[last] + (x-m.X[last])*m.slope[last], math.Log(m.slope[last])
	}
	k := bin(m.X, x)
	width, height := m.X[k+1]-m.X[k], m.Y[k+1]-m.Y[k]
	s, from, to := height/width, m.slope[k], m.slope[k+1]
	t := (x - m.X[k]) / width
	under := s + (from+to-2*s)*t*(1-t)
	return m.Y[k] + height*(s*t*t+from*t*(1-t))/under, m.logSlope(k, t)
}

// back returns x, and log dx/dy there.
func (m *monotoneSpline) back(y float64) (x, logDerivative float64) {
	last := len(m.X) - 1
	switch {
	case y <= m.Y[0]:
		return m.X[0] + (y-m.Y[0])/m.slope[0], -math.Log(m.slope[0])
	case y >= m.Y[last]:
		return m.X[last] + (y-m.Y[last])/m.slope[last], -math.Log(m.slope[last])
	}
	k := bin(m.Y, y)
	width, height := m.X[k+1]-m.X[k], m.Y[k+1]-m.Y[k]
	s, from, to := height/width, m.slope[k], m.slope[k+1]
	// The root in [0, 1] of a t² + b t + c = 0, in the form that doesn't cancel.
	r := (y - m.Y[k]) / height
	a := s - from + r*(from+to-2*s)
	b := from - r*(from+to-2*s)
	c := -s * r
	t := 2 * c / (-b - math.Sqrt(math.Max(b*b-4*a*c, 0)))
	t = math.Min(math.Max(t, 0), 1)
	return m.X[k] + t*width, -m.logSlope(k, t)
}

// logSlope returns log dy/dx at the share t of bin k.
func (m *monotoneSpline) logSlope(k int, t float64) float64 {
	s, from, to := (m.Y[k+1]-m.Y[k])/(m.X[k+1]-m.X[k]), m.slope[k], m.slope[k+1]
	under := s + (from+to-2*s)*t*(1-t)
	return 2*math.Log(s) + math.Log(to*t*t+2*s*t*(1-t)+from*(1-t)*(1-t)) - 2*math.Log(under)
}

// bin returns the number k of the bin with knots[k] ≤ v < knots[k+1].
func bin(knots []float64, v float64) int {
	k, found := slices.BinarySearch(knots, v)
	if !found {
		k--
	}
	return min(max(k, 0), len(knots)-2)
}

// validate returns an error unless there are enough knots, not more than most, and both their
// coordinates increase.
func (m *monotoneSpline) validate(most int) error {
	if len(m.X) != len(m.Y) || len(m.X) < leastKnots || len(m.X) > most {
		return fmt.Errorf("data: a spline must have from %d to %d knots, got %d and %d coordinates", leastKnots, most, len(m.X), len(m.Y))
	}
	for _, knots := range [][]float64{m.X, m.Y} {
		for k, v := range knots {
			if !finite(v) || k > 0 && !(v > knots[k-1]) {
				return fmt.Errorf("data: the knots of a spline must be finite and increase, got %g as number %d", v, k)
			}
		}
	}
	for k, slope := range m.slope {
		if !finite(slope) || !(slope > 0) {
			return fmt.Errorf("data: the slopes of a spline must be positive and finite, got %g at knot %d", slope, k)
		}
	}
	return nil
}
