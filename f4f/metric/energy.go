package metric

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Energy holds the options of EnergyDistance. The zero value is sensible.
type Energy struct {
	// MaxPoints is the largest number of points taken from either set. From a larger set, this many
	// are drawn without replacement. 0 means 4096. The time grows with its square.
	MaxPoints int
	Seed      uint64 // of the draw
}

const defaultMaxPoints = 4096

// EnergyDistance estimates the energy distance between two distributions, in the points' unit, from
// draws x [N, D] and y [M, D], in either order:
//
//	2 E|X − Y| − E|X − X'| − E|Y − Y'|,
//
// with Euclidean distances (Székely and Rizzo, "Energy statistics: A class of statistics based on
// distances", 2013). It is 0 only if the distributions are equal. Some libraries return its square
// root under this name; EnergyDistance doesn't.
//
// The means are over pairs of different points, so the estimate has no bias: for two sets drawn
// from one distribution it is 0 on average and often slightly negative. It returns an error if
// either set has fewer than two points, if the dimensions differ, or if a feature isn't finite.
func EnergyDistance(x, y data.Points, options Energy) (float64, error) {
	if options.MaxPoints == 0 {
		options.MaxPoints = defaultMaxPoints
	}
	if options.MaxPoints < 2 {
		return 0, fmt.Errorf("metric: an energy distance must use at least 2 points of either set, got %d", options.MaxPoints)
	}
	if err := checkPair(x, y); err != nil {
		return 0, err
	}
	if x.Len() < 2 || y.Len() < 2 {
		return 0, fmt.Errorf("metric: an energy distance needs at least 2 points in either set, got %d and %d", x.Len(), y.Len())
	}
	r := rand.New(rand.NewPCG(options.Seed, energyStream))
	a, b := rowsOf(x, options.MaxPoints, r), rowsOf(y, options.MaxPoints, r)
	return 2*meanBetween(a, b) - meanWithin(a) - meanWithin(b), nil
}

// energyStream makes the draw of points independent of other draws with the same seed.
const energyStream = 0x656e65726779 // "energy"

// rowsOf returns the rows [D] of p, or a random choice of most of them if p has more.
func rowsOf(p data.Points, most int, r *rand.Rand) [][]float32 {
	if p.Len() <= most {
		rows := make([][]float32, p.Len())
		for i := range rows {
			rows[i] = p.Row(i)
		}
		return rows
	}
	rows := make([][]float32, most)
	for k, i := range r.Perm(p.Len())[:most] {
		rows[k] = p.Row(i)
	}
	return rows
}

// meanBetween returns the mean distance between a row of a and a row of b.
func meanBetween(a, b [][]float32) float64 {
	sum := 0.0
	for _, u := range a {
		sum += sumTo(u, b)
	}
	return sum / (float64(len(a)) * float64(len(b)))
}

// meanWithin returns the mean distance between two different rows of a.
func meanWithin(a [][]float32) float64 {
	sum := 0.0
	for i, u := range a {
		sum += sumTo(u, a[:i])
	}
	return 2 * sum / (float64(len(a)) * float64(len(a)-1))
}

// sumTo returns the sum of the distances between u and each row.
func sumTo(u []float32, rows [][]float32) float64 {
	sum := 0.0
	for _, v := range rows {
		square := 0.0
		for j := range u {
			gap := float64(u[j]) - float64(v[j])
			square += gap * gap
		}
		sum += math.Sqrt(square)
	}
	return sum
}
