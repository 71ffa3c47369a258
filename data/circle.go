package data

import (
	"math"
	"math/rand/v2"
)

// noisyCircle is the distribution of a point that is uniform on a circle about the origin, with
// normal noise in both coordinates.
type noisyCircle struct{ radius, std float64 }

// scaled returns the distribution of s times the point. Radius and noise are both scaled.
func (c noisyCircle) scaled(s float64) noisyCircle { return noisyCircle{s * c.radius, s * c.std} }

// draw draws one point.
func (c noisyCircle) draw(rng *rand.Rand) (x, y float64) {
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	return c.radius*cos + c.std*rng.NormFloat64(), c.radius*sin + c.std*rng.NormFloat64()
}

// logDensity returns the log-density. With r² = x² + y², the circle's radius R and the noise's
// standard deviation s it is
//
//	log p = −(r² + R²)/2s² + log I₀(rR/s²) − log 2πs² = −(r − R)²/2s² + log(exp(−rR/s²) I₀(rR/s²)) − log 2πs²
func (c noisyCircle) logDensity(x, y float64) float64 {
	r, variance := math.Hypot(x, y), c.std*c.std
	d := r - c.radius
	return -d*d/(2*variance) + logScaledBesselI0(r*c.radius/variance) - math.Log(2*math.Pi*variance)
}
