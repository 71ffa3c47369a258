// Package accuracy says how exactly a bijection and its inverse must agree.
package accuracy

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/mat"
)

// Tolerance holds the largest errors that a bijection may have in a precision. Package
// bijectiontest tests bijections against it, and f4f's Check tests trained flows.
type Tolerance struct {
	// RoundTrip is the largest error |x − f⁻¹(f(x))| of a feature, relative to |x| where |x|
	// exceeds 1. What Rounding returns is allowed on top.
	RoundTrip float64
	// LogDet is the largest error of the log-det against that of the other direction, and against
	// that of a Jacobian by automatic differentiation. Numerical is the largest error against that
	// of a Jacobian by finite differences in float64.
	LogDet, Numerical float64

	epsilon float64 // from 1 to the next larger number
}

// Of returns the tolerance for float32 or float64.
func Of(dtype dtypes.DType) Tolerance {
	if dtype == dtypes.Float64 {
		return Tolerance{RoundTrip: 1e-9, LogDet: 1e-6, Numerical: 1e-3, epsilon: math.Nextafter(1, 2) - 1}
	}
	return Tolerance{RoundTrip: 1e-4, LogDet: 1e-3, Numerical: 1e-3, epsilon: float64(math.Nextafter32(1, 2)) - 1}
}

// Rounding returns the additional error that a round trip may have: where the map squeezes,
// rounding y loses digits of x that no inverse can recover.
func (t Tolerance) Rounding(stretch float64) float64 { return 4 * t.epsilon * stretch }

// Stretch returns how much the inverse stretches the rounding of y [D], for the Jacobian ∂y/∂x [D,
// D]: ‖(∂y/∂x)⁻¹‖∞ · max(1, |y|). It returns +Inf if the Jacobian is singular.
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
