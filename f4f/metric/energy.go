package metric

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Energy says how many points EnergyDistance looks at. The zero value is sensible.
type Energy struct {
	// Most is the number of points of either set that are used; of a larger set as many are drawn,
	// without replacement. 0 stands for 4096. The time grows with its square.
	Most int
	Seed uint64 // of that draw
}

const defaultMost = 4096

// EnergyDistance is how far apart two distributions are, in the points' unit, judged by draws x [N,
// D] and y [M, D]:
//
//	2 E|X − Y| − E|X − X'| − E|Y − Y'|,
//
// with Euclidean distances (Székely and Rizzo, "Energy statistics: A class of statistics based on
// distances", 2013). It is 0 only for equal distributions, and is not the square root that others
// give under this name.
//
// The means are over pairs of different points, so the estimate has no bias: two sets of draws of
// one distribution give 0 on average, hence often a little less. Each set needs two points.
func EnergyDistance(x, y data.Points, options Energy) (float64, error) {
	if options.Most == 0 {
		options.Most = defaultMost
	}
	if options.Most < 2 {
		return 0, fmt.Errorf("metric: an energy distance must use at least 2 points of either set, got %d", options.Most)
	}
	if err := checkPair(x, y); err != nil {
		return 0, err
	}
	if x.Len() < 2 || y.Len() < 2 {
		return 0, fmt.Errorf("metric: an energy distance needs at least 2 points in either set, got %d and %d", x.Len(), y.Len())
	}
	r := rand.New(rand.NewPCG(options.Seed, energyStream))
	a, b := rowsOf(x, options.Most, r), rowsOf(y, options.Most, r)
	return 2*meanBetween(a, b) - meanWithin(a) - meanWithin(b), nil
}

// energyStream keeps the draw of points apart from what else is drawn with the same seed.
const energyStream = 0x656e65726779 // "energy"

// rowsOf is the rows [D] of p, or of most of its points where it has more.
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

// meanBetween is the mean distance of a row of a from a row of b.
func meanBetween(a, b [][]float32) float64 {
	sum := 0.0
	for _, u := range a {
		sum += sumTo(u, b)
	}
	return sum / (float64(len(a)) * float64(len(b)))
}

// meanWithin is the mean distance of two different rows of a.
func meanWithin(a [][]float32) float64 {
	sum := 0.0
	for i, u := range a {
		sum += sumTo(u, a[:i])
	}
	return 2 * sum / (float64(len(a)) * float64(len(a)-1))
}

// sumTo is the sum of the distances of u from each row.
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
