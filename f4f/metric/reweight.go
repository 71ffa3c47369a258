package metric

import (
	"fmt"
	"math"
	"slices"
)

// Weights are what points drawn from p must weigh to stand for q: the density ratio q(x)/p(x) of
// each [N], scaled to a mean of 1.
type Weights []float64

// Reweight is the weights from the log-densities logP of where the points came from and logQ of
// what they are to stand for, both [N]. The true log-densities give the true weights; those of
// flows are what a flow's reweighting gives. Where logQ is −Inf a point weighs nothing.
//
// It errs on NaN, on +Inf, on logP of −Inf, which no point drawn from p has, and where all weigh
// nothing: then p and q have no place in common among the points.
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

// Effective is Kish's effective sample size (Σw)²/Σw²: so many points of equal weight tell as much.
// It runs from 1, where one point has all the weight, to N.
func (w Weights) Effective() float64 {
	sum, squares := 0.0, 0.0
	for _, v := range w {
		sum, squares = sum+v, squares+v*v
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}
