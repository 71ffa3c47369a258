package template

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Count is an expected number of events.
type Count struct {
	Value float64 // the expectation
	Error float64 // one standard deviation
}

// Expected returns the number of background events expected in the region of a window, by the
// spectrum that was fitted to a number of events in its sidebands. The error is that of the fit and
// of this number.
func (s Spectrum) Expected(sidebands int, w Window) Count {
	if w.Validate() != nil || sidebands < 1 {
		return Count{}
	}
	sides := w.sidebands()
	outside, t0, covariance := s.moments(sides[:]...)
	inside, t1, _ := s.moments([2]float64{w.From, w.To})
	n := float64(sidebands)
	value := n * inside / outside
	// The parameters of an exponential family have the covariance (N cov t)⁻¹, and the logarithm of
	// the ratio of two of its integrals the gradient ⟨t⟩ − ⟨t⟩'.
	var gradient, solved mat.VecDense
	gradient.SubVec(mat.NewVecDense(3, t1[:]), mat.NewVecDense(3, t0[:]))
	var factor mat.Cholesky
	if !factor.Factorize(covariance) {
		return Count{value, math.Inf(1)}
	}
	_ = factor.SolveVecTo(&solved, &gradient) // its error is a warning of a bad condition
	return Count{value, value * math.Sqrt((1+mat.Dot(&gradient, &solved))/n)}
}
