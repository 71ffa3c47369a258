package data

import (
	"math"
	"math/rand/v2"
)

// thinCircle is the circle that ConcentricRings and FourCircles repeat.
var thinCircle = noisyCircle{radius: 2, std: 0.1}

// ConcentricRings returns four rings about the origin, equally likely: the circle of radius 2 with
// normal noise of standard deviation 0.1, scaled by 0.4, 0.8, 1.2 and 1.6. The noise is scaled too.
func ConcentricRings() *Plane { return concentricRings }

var ringScales = [4]float64{0.4, 0.8, 1.2, 1.6}

var concentricRings = newPlane("concentric rings", 2.786440,
	func(rng *rand.Rand) (x, y float64) { return thinCircle.scaled(ringScales[rng.IntN(4)]).draw(rng) },
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			total := math.Inf(-1)
			for _, s := range ringScales {
				total = logAdd(total, thinCircle.scaled(s).logDensity(x, y))
			}
			return total - math.Log(4)
		}
	})

// FourCircles returns four overlapping circles, equally likely, of radius 2 with normal noise of
// standard deviation 0.1. Their centres are (±1, ±1).
func FourCircles() *Plane { return fourCircles }

var circleCentres = [4][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}}

var fourCircles = newPlane("four circles", 2.870819,
	func(rng *rand.Rand) (x, y float64) {
		centre := circleCentres[rng.IntN(4)]
		x, y = thinCircle.draw(rng)
		return x + centre[0], y + centre[1]
	},
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			total := math.Inf(-1)
			for _, centre := range circleCentres {
				total = logAdd(total, thinCircle.logDensity(x-centre[0], y-centre[1]))
			}
			return total - math.Log(4)
		}
	})
