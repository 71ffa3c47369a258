package data

import (
	"math"
	"math/rand/v2"
)

// thickCircle is the circle that Ring and Annulus scale.
var thickCircle = noisyCircle{radius: 2, std: 0.3}

// ringScale is 0.5·(1.25 + 1.0).
const ringScale = 1.125

// Ring returns one thick ring: the circle of radius 2 with normal noise of standard deviation 0.3,
// scaled by 1.125.
func Ring() *Plane { return ring }

var ring = newPlane("ring", 2.975761, thickCircle.scaled(ringScale).draw,
	func() func(x, y float64) float64 { return thickCircle.scaled(ringScale).logDensity })

// Annulus returns the circle of radius 2 with normal noise of standard deviation 0.3, where each
// point is multiplied by its own 0.5·(u + 1), u uniform on [0, 1]. The result is a ring that covers
// scales from 0.5 to 1 of the circle.
func Annulus() *Plane { return annulus }

var annulus = newPlane("annulus", 2.625975,
	func(rng *rand.Rand) (x, y float64) {
		s := 0.5 * (rng.Float64() + 1)
		x, y = thickCircle.draw(rng)
		return s * x, s * y
	},
	func() func(x, y float64) float64 {
		// p(x) = ∫ p_circle(x | scaled by s(u)) du is smooth in u: 64 nodes are ample.
		u, w := gaussLegendre(64, 0, 1)
		return func(x, y float64) float64 {
			total := math.Inf(-1)
			for i := range u {
				total = logAdd(total, math.Log(w[i])+thickCircle.scaled(0.5*(u[i]+1)).logDensity(x, y))
			}
			return total
		}
	})
