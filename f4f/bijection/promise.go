package bijection

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/mat"
)

// Promise is how exactly a bijection keeps its word in a precision. Package bijectiontest holds
// bijections to it, and f4f's Check trained flows.
type Promise struct {
	// RoundTrip is |x − f⁻¹(f(x))| of a feature, as a share of |x| where that exceeds 1, on top of
	// what Rounding grants.
	RoundTrip float64
	// LogDet is the log-det's error against the other direction's, and against that of a Jacobian
	// by automatic differentiation; Numerical against that of one by finite differences in float64.
	LogDet, Numerical float64

	epsilon float64 // from 1 to the next number
}

// PromiseOf is the promise in float32 or float64.
func PromiseOf(dtype dtypes.DType) Promise {
	if dtype == dtypes.Float64 {
		return Promise{RoundTrip: 1e-9, LogDet: 1e-6, Numerical: 1e-3, epsilon: math.Nextafter(1, 2) - 1}
	}
	return Promise{RoundTrip: 1e-4, LogDet: 1e-3, Numerical: 1e-3, epsilon: float64(math.Nextafter32(1, 2)) - 1}
}

// Rounding is what a round trip may lose besides: where the map squeezes, rounding y loses digits
// of x for good, whoever undoes it.
func (p Promise) Rounding(stretch float64) float64 { return 4 * p.epsilon * stretch }

// Stretch is how much the way back stretches the rounding of y [D], for the Jacobian ∂y/∂x [D, D]:
// ‖(∂y/∂x)⁻¹‖∞ · max(1, |y|). It is infinite where nothing leads back.
func Stretch(jacobian mat.Matrix, y []float64) float64 {
	largest := 1.0
	for _, v := range y {
		largest = math.Max(largest, math.Abs(v))
	}
	var inverse mat.Dense
	if inverse.Inverse(jacobian) != nil {
		return math.Inf(1)
	}
	return mat.Norm(&inverse, math.Inf(1)) * largest
}
