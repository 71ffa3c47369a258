package data

import (
	"math"
	"math/rand/v2"
)

const (
	moonRadius = 2.0
	moonStd    = 0.2
)

// TwoMoons returns two interleaved half circles, equally likely. With t uniform on [0, π] they are
// 2·(cos t, sin t) + (−1, −0.2) and 2·(1 − cos t, ½ − sin t) + (−1, −0.2), plus normal noise with
// standard deviation 0.2. It is scikit-learn's make_moons with noise 0.1, doubled and centred about
// the origin as in FFJORD.
func TwoMoons() *Plane { return twoMoons }

// upperMoon returns the point of the upper half circle at t.
func upperMoon(t float64) (x, y float64) {
	sin, cos := math.Sincos(t)
	return moonRadius*cos - 1, moonRadius*sin - 0.2
}

// lowerMoon returns the point of the lower half circle at t.
func lowerMoon(t float64) (x, y float64) {
	sin, cos := math.Sincos(t)
	return moonRadius*(1-cos) - 1, moonRadius*(0.5-sin) - 0.2
}

var twoMoons = newPlane("two moons", 2.393879,
	func(rng *rand.Rand) (x, y float64) {
		moon := upperMoon
		if rng.IntN(2) == 1 {
			moon = lowerMoon
		}
		x, y = moon(math.Pi * rng.Float64())
		return x + moonStd*rng.NormFloat64(), y + moonStd*rng.NormFloat64()
	},
	func() func(x, y float64) float64 {
		// Nodes are at most 0.08 apart on the curve.
		ts, ws := gaussLegendre(128, 0, math.Pi)
		var nodes []node
		for i, t := range ts {
			logWeight := math.Log(ws[i] / (2 * math.Pi))
			x, y := upperMoon(t)
			nodes = append(nodes, node{x, y, logWeight})
			x, y = lowerMoon(t)
			nodes = append(nodes, node{x, y, logWeight})
		}
		return newSmearedCurve(nodes, moonStd, 0).logDensity
	})
