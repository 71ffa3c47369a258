package data

import (
	"math"
	"math/rand/v2"
)

const (
	spiralTurn  = 3 * math.Pi // the largest n
	spiralShift = 0.5         // of each coordinate, before it is divided by three
	spiralStd   = 0.1
)

// TwoSpirals returns a spiral arm and its mirror image through the origin, equally likely:
//
//	n = 3π √U(0, 1),  ± (−n cos n + U(0, ½), n sin n + U(0, ½)) / 3,  plus normal noise of standard deviation 0.1
func TwoSpirals() *Plane { return twoSpirals }

var twoSpirals = newPlane("two spirals", 2.645450,
	func(rng *rand.Rand) (x, y float64) {
		n := spiralTurn * math.Sqrt(rng.Float64())
		sin, cos := math.Sincos(n)
		x, y = (-n*cos+spiralShift*rng.Float64())/3, (n*sin+spiralShift*rng.Float64())/3
		if rng.IntN(2) == 0 {
			x, y = -x, -y
		}
		return x + spiralStd*rng.NormFloat64(), y + spiralStd*rng.NormFloat64()
	},
	func() func(x, y float64) float64 {
		// The integral is over n rather than over u = (n/3π)², in which the arm's speed is infinite
		// at the start: p(n) = 2n/(3π)².
		ns, ws := gaussLegendre(400, 0, spiralTurn)
		nodes := make([]node, 0, 2*len(ns))
		for i, n := range ns {
			sin, cos := math.Sincos(n)
			// This is the middle of the square that the uniform shifts fill. The square is its own
			// mirror image.
			x, y := (-n*cos+spiralShift/2)/3, (n*sin+spiralShift/2)/3
			logWeight := math.Log(ws[i] * n / (spiralTurn * spiralTurn)) // each arm gets half
			nodes = append(nodes, node{x, y, logWeight}, node{-x, -y, logWeight})
		}
		return newSmearedCurve(nodes, spiralStd, spiralShift/6).logDensity
	})
