package ensemble

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// MeanDensity returns log (1/k) Σ_i exp l_i [N] of log-densities by k members, [k][N].
func MeanDensity(each [][]float64) []float64 {
	return over(each, func(values []float64) float64 { return floats.LogSumExp(values) - math.Log(float64(len(values))) })
}

// Spread returns the standard deviation over k members, with k−1 in the denominator, of values
// [k][N].
func Spread(each [][]float64) []float64 {
	return over(each, func(values []float64) float64 { return stat.StdDev(values, nil) })
}

// over returns f of the k values of each point, given values [k][N].
func over(each [][]float64, f func(values []float64) float64) []float64 {
	results, values := make([]float64, len(each[0])), make([]float64, len(each))
	for i := range results {
		for k := range each {
			values[k] = each[k][i]
		}
		results[i] = f(values)
	}
	return results
}

// MeanAndSpread returns the mean and the standard deviation of each feature over k sets of points
// [N, D], row by row. They have the names and the weights of the first set. The values of a feature
// with a period are taken the short way around the circle from that of the first set, and their
// mean lies within the period.
func MeanAndSpread(each []data.Points) (mean, spread data.Points, err error) {
	first := each[0]
	periods := first.Periods()
	near := make([]data.Points, len(each))
	for k, p := range each {
		if near[k], err = data.Nearest(first, p, periods); err != nil {
			return mean, spread, err
		}
	}
	means, spreads, values := make([]float32, len(first.Values())), make([]float32, len(first.Values())), make([]float64, len(each))
	for i := range means {
		for k, p := range near {
			values[k] = float64(p.Values()[i])
		}
		m, s := stat.MeanStdDev(values, nil)
		means[i], spreads[i] = float32(m), float32(s)
	}
	named := func(values []float32) data.Points {
		p, failed := data.NewPoints(first.Dim(), values)
		if failed == nil {
			p, failed = p.WithColumnNames(first.ColumnNames()...)
		}
		if failed == nil {
			p, failed = p.WithWeightsOf(first)
		}
		if failed != nil {
			err = failed
		}
		return p
	}
	mean, spread = named(means), named(spreads)
	if err == nil {
		mean, err = mean.WithPeriods(periods)
	}
	if err == nil {
		mean, err = mean.Wrapped()
	}
	return mean, spread, err
}
