package metric

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Weights are the weights [N] that make points drawn from p stand for q: the density ratio
// q(x)/p(x) of each point, scaled to a mean of 1.
type Weights []float64

// Reweight returns the weights of points drawn from p that make them stand for q, from their
// log-densities logP and logQ [N]. True log-densities give the true weights; those of flows give
// the weights that the flows imply. A point with logQ = −Inf has weight 0. Weights.Times puts them
// on the points, together with any weights that the points have.
//
// It returns an error if the lengths differ or are 0, if a log-density is NaN or +Inf, if logP is
// −Inf, which no point drawn from p has, or if all weights are 0: then none of the points lies
// where q is above 0.
func Reweight(logP, logQ []float64) (Weights, error) {
	if err := checkLogs(logP, logQ); err != nil {
		return nil, err
	}
	ratios := make([]float64, len(logP))
	for i := range ratios {
		if math.IsInf(logP[i], -1) {
			return nil, fmt.Errorf("metric: points to reweight must have a density p above 0, but log p is −Inf in row %d", i)
		}
		ratios[i] = logQ[i] - logP[i]
	}
	most := slices.Max(ratios)
	if math.IsInf(most, -1) {
		return nil, fmt.Errorf("metric: some of %d points to reweight must have a density q above 0, got none", len(ratios))
	}
	sum := 0.0
	for i, r := range ratios {
		ratios[i] = math.Exp(r - most) // at most 1: sums can't overflow
		sum += ratios[i]
	}
	for i := range ratios {
		ratios[i] *= float64(len(ratios)) / sum
	}
	return ratios, nil
}

// Times returns the points x [N, D] with these weights, multiplied by the weights that x has. If x
// with its own weights stands for p, the result stands for q. It returns an error if their numbers
// differ, or if the sum of the products isn't above 0.
func (w Weights) Times(x data.Points) (data.Points, error) {
	if len(w) != x.Len() {
		return data.Points{}, fmt.Errorf("metric: there must be a weight for each of %d points, got %d", x.Len(), len(w))
	}
	product := make([]float64, len(w))
	for i := range w {
		product[i] = w[i] * weightAt(x.Weights(), i)
	}
	weighted, err := x.WithWeights(product)
	if err != nil {
		return data.Points{}, fmt.Errorf("metric: %w", err)
	}
	return weighted, nil
}

// EffectiveSampleSize returns Kish's effective sample size (Σw)²/Σw²: the number of points of equal
// weight that carry as much information. It ranges from 1, if one point has all the weight, to N.
func (w Weights) EffectiveSampleSize() float64 {
	sum, squares := 0.0, 0.0
	for _, v := range w {
		sum, squares = sum+v, squares+v*v
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}
