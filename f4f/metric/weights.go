package metric

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Points may have weights (data.Points.WithWeights), and each metric counts them: a point of weight
// 2 counts as two. Equal weights give the result of none to the bit.

// weightsOf returns the weights of points in units of the greatest in absolute value, so that sums
// can't overflow. It returns nil if no point counts more than another.
func weightsOf(p data.Points) []float64 {
	if !p.Weighted() {
		return nil
	}
	greatest := 0.0
	for _, w := range p.Weights() {
		greatest = max(greatest, math.Abs(w))
	}
	scaled := make([]float64, p.Len())
	for i, w := range p.Weights() {
		scaled[i] = w / greatest
	}
	return scaled
}

// weightAt returns weight number i, or 1 if there are none.
func weightAt(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}

// sumOf returns the sum of n weights, which is n if there are none.
func sumOf(weights []float64, n int) float64 {
	if weights == nil {
		return float64(n)
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	return sum
}

// weightedMean returns the mean Σwv/Σw of values with weights of any sign, and its standard error
// √(Σw²(v − mean)²)/|Σw| · √(n/(n−1)) over the n weights other than 0: for equal weights it is that
// of meanOf. nil weights are equal ones.
func weightedMean(values, weights []float64) Estimate {
	if weights == nil {
		return meanOf(values)
	}
	sum := sumOf(weights, len(values))
	mean, n := 0.0, 0.0
	for i, v := range values {
		if weights[i] != 0 { // what doesn't count may be infinite
			mean += weights[i] / sum * v
			n++
		}
	}
	squares := 0.0
	for i, v := range values {
		if weights[i] != 0 {
			u := weights[i] / sum * (v - mean)
			squares += u * u
		}
	}
	return Estimate{Value: mean, Error: math.Sqrt(squares * n / (n - 1))}
}

// checkNotNegative returns an error that names the first point with a negative weight, if there is
// one, and what the metric is undefined for.
func checkNotNegative(what string, p data.Points) error {
	if i := slices.IndexFunc(p.Weights(), func(w float64) bool { return w < 0 }); i >= 0 {
		return fmt.Errorf("metric: %s isn't defined for negative weights, got %v in row %d", what, p.Weights()[i], i)
	}
	return nil
}
