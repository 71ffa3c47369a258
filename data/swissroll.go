package data

import (
	"math"
	"math/rand/v2"
)

const (
	rollFrom, rollTo = 1.5 * math.Pi, 4.5 * math.Pi // t of the inner and the outer end
	rollScale        = 0.2
	rollStd          = 0.2
)

// SwissRoll returns one spiral arm. With t uniform on [1.5π, 4.5π] it is (t cos t, t sin t)/5 plus
// normal noise with standard deviation 0.2. It is scikit-learn's make_swiss_roll seen from the side
// and scaled as in FFJORD.
func SwissRoll() *Plane { return swissRoll }

var swissRoll = newPlane("swiss roll", 2.669646,
	func(rng *rand.Rand) (x, y float64) {
		t := rollFrom + (rollTo-rollFrom)*rng.Float64()
		sin, cos := math.Sincos(t)
		return rollScale*t*cos + rollStd*rng.NormFloat64(), rollScale*t*sin + rollStd*rng.NormFloat64()
	},
	func() func(x, y float64) float64 {
		// Nodes are at most 0.08 apart on the curve.
		ts, ws := gaussLegendre(400, rollFrom, rollTo)
		nodes := make([]node, len(ts))
		for i, t := range ts {
			sin, cos := math.Sincos(t)
			nodes[i] = node{rollScale * t * cos, rollScale * t * sin, math.Log(ws[i] / (rollTo - rollFrom))}
		}
		return newSmearedCurve(nodes, rollStd, 0).logDensity
	})
