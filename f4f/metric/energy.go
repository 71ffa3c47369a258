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
// from one distribution it is 0 on average and often slightly negative. Weights of the points, of
// any sign, count as the product of those of a pair:
//
//	E|X − X'| = Σ_{i≠j} w_i w_j |x_i − x_j| / ((Σw)² − Σw²)
//
// An angle (data.Points.WithPeriod) counts as its cosine and sine times period/2π, so the distance
// is 0 only if the distributions are equal on the circle, and doesn't depend on where the period
// begins.
//
// It returns an error if either set has fewer than two points, if the dimensions or the periods
// differ, if a feature isn't finite, or if the points taken are worth no more than one point of
// equal weight.
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
	x, y, _, err := onCircles(x, y)
	if err != nil {
		return 0, err
	}
	r := rand.New(rand.NewPCG(options.Seed, energyStream))
	a, b := rowsOf(x, options.MaxPoints, r), rowsOf(y, options.MaxPoints, r)
	for _, set := range []weightedRows{a, b} {
		if sum, squares := set.sums(); !(sum > 0) || !(sum*sum > squares) {
			return 0, fmt.Errorf("metric: an energy distance needs weights worth more than one point of equal weight among the %d points taken from a set, got a sum of %.3g with squares of %.3g: take more points (MaxPoints)", len(set.rows), sum, squares)
		}
	}
	return 2*meanBetween(a, b) - meanWithin(a) - meanWithin(b), nil
}

// energyStream makes the draw of points independent of other draws with the same seed.
const energyStream = 0x656e65726779 // "energy"

// weightedRows are rows [D] of points, and the weight of each; nil for equal ones.
type weightedRows struct {
	rows    [][]float32
	weights []float64
}

// sums returns the sum of the weights and that of their squares.
func (s weightedRows) sums() (sum, squares float64) {
	if s.weights == nil {
		return float64(len(s.rows)), float64(len(s.rows))
	}
	for _, w := range s.weights {
		sum, squares = sum+w, squares+w*w
	}
	return sum, squares
}

// rowsOf returns the rows of p, or a random choice of most of them if p has more.
func rowsOf(p data.Points, most int, r *rand.Rand) weightedRows {
	chosen := weightedRows{rows: make([][]float32, min(p.Len(), most))}
	order := make([]int, p.Len())
	for i := range order {
		order[i] = i
	}
	if p.Len() > most {
		order = r.Perm(p.Len())[:most]
	}
	weights := weightsOf(p)
	for k, i := range order {
		chosen.rows[k] = p.Row(i)
		if weights != nil {
			chosen.weights = append(chosen.weights, weights[i])
		}
	}
	return chosen
}

// meanBetween returns the mean distance between a row of a and a row of b.
func meanBetween(a, b weightedRows) float64 {
	sum := 0.0
	for i, u := range a.rows {
		sum += weightAt(a.weights, i) * sumTo(u, b.rows, b.weights)
	}
	return sum / (sumOf(a.weights, len(a.rows)) * sumOf(b.weights, len(b.rows)))
}

// meanWithin returns the mean distance between two different rows of a.
func meanWithin(a weightedRows) float64 {
	sum := 0.0
	for i, u := range a.rows {
		weights := a.weights
		if weights != nil {
			weights = weights[:i]
		}
		sum += weightAt(a.weights, i) * sumTo(u, a.rows[:i], weights)
	}
	total, squares := a.sums()
	if a.weights == nil {
		return 2 * sum / (total * (total - 1))
	}
	return 2 * sum / (total*total - squares)
}

// sumTo returns the sum of the distances between u and each row, times the row's weight.
func sumTo(u []float32, rows [][]float32, weights []float64) float64 {
	sum := 0.0
	for i, v := range rows {
		square := 0.0
		for j := range u {
			gap := float64(u[j]) - float64(v[j])
			square += gap * gap
		}
		sum += weightAt(weights, i) * math.Sqrt(square)
	}
	return sum
}
