package data

import (
	"math"
	"math/rand/v2"
)

// crescentStd is the standard deviation of x given y, e⁻¹; the variance is e⁻².
const crescentStd = 1 / math.E

// Crescent returns a parabola lying on its side, with normal noise: y is N(0, 1), and x given y is
// normal about ½y² − 1 with standard deviation e⁻¹. It is the crescent of nflows.
func Crescent() *Plane { return crescent }

// y and x − (½y² − 1) are independent, so the entropy is the sum of those of two normal
// distributions: (½ log 2πe) + (½ log 2πe − 1) = log 2π.
var crescent = newPlane("crescent", 1.8378770664,
	func(rng *rand.Rand) (x, y float64) {
		y = rng.NormFloat64()
		return y*y/2 - 1 + crescentStd*rng.NormFloat64(), y
	},
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			return logGaussian(y, 1) + logGaussian(x-(y*y/2-1), crescentStd)
		}
	})
