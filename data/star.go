package data

import (
	"math"
	"math/rand/v2"
)

// A bar of a star is uniform along its axis from barFrom to barTo, with normal noise in both
// coordinates.
const (
	barFrom, barTo = 0.6, 2.6
	barStd         = 0.1
)

// Star returns four bars, equally likely, from 0.6 to 2.6 along the positive and negative axes,
// with normal noise of standard deviation 0.1.
func Star() *Plane { return star }

// EightStar returns eight bars, equally likely, from 0.6 to 2.6 along directions 45° apart, with
// normal noise of standard deviation 0.1.
func EightStar() *Plane { return eightStar }

var (
	star      = newStar("star", 4, 1.286114)
	eightStar = newStar("eight star", 8, 1.976548)
)

// newStar returns a star with that many bars, the first along the positive x axis and the others at
// equal angles.
func newStar(name string, bars int, entropy float64) *Plane {
	directions := make([][2]float64, bars)
	for k := range directions {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(bars))
		directions[k] = [2]float64{cos, sin}
	}
	draw := func(rng *rand.Rand) (x, y float64) {
		d := directions[rng.IntN(bars)]
		along := barFrom + (barTo-barFrom)*rng.Float64() + barStd*rng.NormFloat64()
		across := barStd * rng.NormFloat64()
		return d[0]*along - d[1]*across, d[1]*along + d[0]*across
	}
	return newPlane(name, entropy, draw, func() func(x, y float64) float64 {
		const middle, half = (barFrom + barTo) / 2, (barTo - barFrom) / 2
		return func(x, y float64) float64 {
			total := math.Inf(-1)
			for _, d := range directions {
				along, across := d[0]*x+d[1]*y, d[0]*y-d[1]*x
				total = logAdd(total, logSmearedBox(along-middle, half, barStd)+logGaussian(across, barStd))
			}
			return total - math.Log(float64(bars))
		}
	})
}
