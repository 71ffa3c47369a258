package data

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// planeScale keeps a square of half-width 4, such as the checkerboard, within ±4 at every angle of
// rotation.
var planeScale = 4 / math.Sqrt(32)

// Rotated returns a source of the plane rotated about the origin and scaled by 4/√32. The angle is
// uniform from 0 to maxDegrees. The condition is angle/maxDegrees, from 0 to 1 (section 3.3 of the
// paper). maxDegrees must be above 0 and at most 360, and the source of dimension 2; otherwise
// drawing returns an error.
func Rotated(source Source, maxDegrees float64) *Warped {
	w := Warp{
		Name:         fmt.Sprintf("rotated by up to %g°", maxDegrees),
		ConditionDim: 1,
		Draw:         func(rng *rand.Rand, c []float64) { c[0] = rng.Float64() },
		Forward: func(c, x, y []float64) {
			sin, cos := math.Sincos(c[0] * maxDegrees * math.Pi / 180)
			y[0], y[1] = planeScale*(cos*x[0]-sin*x[1]), planeScale*(sin*x[0]+cos*x[1])
		},
		Inverse: func(c, y, x []float64) float64 {
			sin, cos := math.Sincos(c[0] * maxDegrees * math.Pi / 180)
			x[0], x[1] = (cos*y[0]+sin*y[1])/planeScale, (cos*y[1]-sin*y[0])/planeScale
			return -2 * math.Log(planeScale)
		},
	}
	switch {
	case !(maxDegrees > 0 && maxDegrees <= 360):
		return failed(source, w, fmt.Errorf("data: the largest angle of a rotation must be above 0 and at most 360 degrees, got %g", maxDegrees))
	case source != nil && source.Dim() != 2:
		return failed(source, w, fmt.Errorf("data: only points of the plane can be rotated, got %s of dimension %d", source.Name(), source.Dim()))
	}
	return NewWarped(source, w)
}

// Radial returns a source scaled about the origin by s = ½ + ½√u, with u uniform from 0 to 1. The
// condition is s (appendix B of the paper).
func Radial(source Source) *Warped {
	return NewWarped(source, Warp{
		Name:         "scaled",
		ConditionDim: 1,
		Draw:         func(rng *rand.Rand, c []float64) { c[0] = 0.5 + 0.5*math.Sqrt(rng.Float64()) },
		Forward: func(c, x, y []float64) {
			for j := range x {
				y[j] = c[0] * x[j]
			}
		},
		Inverse: func(c, y, x []float64) float64 {
			for j := range y {
				x[j] = y[j] / c[0]
			}
			return -float64(len(y)) * math.Log(c[0])
		},
	})
}

// Elliptic returns a source whose axes are scaled independently, each by √u with u uniform from 0
// to 1. The condition holds these scales, one for each axis (appendix B of the paper).
func Elliptic(source Source) *Warped {
	w := Warp{
		Name: "scaled along each axis",
		Draw: func(rng *rand.Rand, c []float64) {
			for j := range c {
				c[j] = math.Sqrt(1 - rng.Float64()) // above 0: a scale of 0 has no inverse
			}
		},
		Forward: func(c, x, y []float64) {
			for j := range x {
				y[j] = c[j] * x[j]
			}
		},
		Inverse: func(c, y, x []float64) (logDet float64) {
			for j := range y {
				x[j] = y[j] / c[j]
				logDet -= math.Log(c[j])
			}
			return logDet
		},
	}
	if source != nil {
		w.ConditionDim = source.Dim()
	}
	return NewWarped(source, w)
}
