package data

import (
	"math"
	"math/rand/v2"
)

const (
	diamondWidth = 20 // normal distributions along a side
	diamondBound = 2.5
	diamondStd   = 0.04
)

// Diamond returns a square standing on its corner, filled with 20×20 small, equally likely normal
// distributions. Their centres form a grid on [−2.5, 2.5]² and their standard deviation is 0.04;
// the whole is rotated by 45°. It is the diamond of nflows, and hard to learn because of its 400
// modes.
func Diamond() *Plane { return diamond }

// diamondCentre returns the coordinate of the k-th row or column of the grid.
func diamondCentre(k int) float64 {
	return diamondBound * (2*float64(k)/(diamondWidth-1) - 1)
}

var diamond = newPlane("diamond", 2.386083,
	func(rng *rand.Rand) (x, y float64) {
		u := diamondCentre(rng.IntN(diamondWidth)) + diamondStd*rng.NormFloat64()
		v := diamondCentre(rng.IntN(diamondWidth)) + diamondStd*rng.NormFloat64()
		return (u - v) / math.Sqrt2, (u + v) / math.Sqrt2
	},
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			// Rotated back, the two coordinates are independent.
			return logComb((x+y)/math.Sqrt2) + logComb((y-x)/math.Sqrt2)
		}
	})

// logComb returns the log-density of one coordinate of the grid: a mixture of 20 normal
// distributions in a row.
func logComb(z float64) float64 {
	total := math.Inf(-1)
	for k := range diamondWidth {
		total = logAdd(total, logGaussian(z-diamondCentre(k), diamondStd))
	}
	return total - math.Log(diamondWidth)
}
