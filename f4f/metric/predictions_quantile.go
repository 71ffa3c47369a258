package metric

import (
	"fmt"
	"math"
	"slices"
)

// Quantile returns the value of each prediction [N] below which it puts this share of probability:
// Quantile(0.5) are the medians, and Quantile(0.16) and Quantile(0.84) the ends of an interval of
// 68%. It returns an error unless 0 < share < 1, or if there are no predictions.
func (p Predictions) Quantile(share float64) ([]float64, error) {
	if !(share > 0 && share < 1) {
		return nil, fmt.Errorf("metric: the share of a quantile must be above 0 and below 1, got %v", share)
	}
	if p.n == 0 {
		return nil, fmt.Errorf("metric: there are no predictions to take a quantile of: make them by Predict, PredictionsOnGrid or PredictionsOfSamples")
	}
	values := make([]float64, p.n)
	for i := range values {
		values[i] = p.are.quantile(i, share)
	}
	return values, nil
}

// quantile inverts the distribution function, which is quadratic in a cell of the grid.
func (g gridded) quantile(i int, share float64) float64 {
	density, below := g.row(i)
	k, _ := slices.BinarySearch(below, share)
	k = min(max(k-1, 0), len(g.grid)-2)
	// below[k] + d₀ u + (d₁ − d₀) u²/(2w) = share, by the form that is stable for d₁ near d₀
	width, more := g.grid[k+1]-g.grid[k], share-below[k]
	slope := (density[k+1] - density[k]) / width
	u := width
	if root := density[k] + math.Sqrt(math.Max(density[k]*density[k]+2*slope*more, 0)); root > 0 {
		u = math.Min(2*more/root, width)
	}
	return g.grid[k] + u
}

// quantile interpolates between the draws in order, as NumPy does.
func (s sampled) quantile(i int, share float64) float64 {
	row := s.row(i)
	whole, part := math.Modf(share * float64(len(row)-1))
	k := int(whole)
	return row[k] + part*(row[min(k+1, len(row)-1)]-row[k])
}
