package metric

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// OutOfDistribution holds the options of Outside and OutsideShare: where the border of a
// distribution lies. The zero value is sensible.
type OutOfDistribution struct {
	// Quantile is the share of true samples that lies beyond the border, above 0 and below 1; 0
	// means 0.001.
	Quantile float64
	// Samples is the number of true samples that the border is estimated from, at least 1/Quantile;
	// 0 means 100,000.
	Samples int
	Seed    uint64 // of the true samples
}

const (
	defaultOutsideQuantile = 0.001
	defaultOutsideSamples  = 100_000
)

// Outside reports for each of the points x [N, D] whether it lies outside the true distribution:
// whether its true log-density is below the Quantile of the log-density over true samples. Points
// where the density is 0 (log-density −Inf) always do. It returns an error if an option isn't
// valid, if truth is nil or returns an error, if there are no points, if the dimensions differ, or
// if a point isn't finite.
func Outside(truth data.Distribution, x data.Points, options OutOfDistribution) ([]bool, error) {
	options = options.withDefaults()
	if err := options.check(truth, x); err != nil {
		return nil, err
	}
	border, err := borderOf(truth, options)
	if err != nil {
		return nil, err
	}
	logs, err := trueLogs(truth, x)
	if err != nil {
		return nil, err
	}
	outside := make([]bool, len(logs))
	for i, l := range logs {
		// The border itself is −Inf if the truth draws points at which its own density rounds to 0.
		outside[i] = l < border || math.IsInf(l, -1)
	}
	return outside, nil
}

// OutsideShare returns the share of the points x [N, D] that lie outside the true distribution, and
// the same errors as Outside. For true samples the share is Quantile. What a flow spills between
// modes or into tails comes on top.
//
// Error is the binomial standard error √(s(1−s)/N) of the share s. It is 0 for s = 0, where the
// true share is below 3/N at 95% confidence. Points with weights count by these: the share is that
// of the sum of the weights, which negative ones may put below 0 or above 1, and the error is
// √Σw²(o − s)²/Σw, where o is 1 outside and 0 within.
//
// The border is itself an estimate, so the share of true samples beyond it is uncertain by
// √(Quantile/Samples), 0.0001 by default. Error doesn't include this. The same seed gives the same
// border, so sets judged with one seed can be compared.
func OutsideShare(truth data.Distribution, x data.Points, options OutOfDistribution) (Estimate, error) {
	if err := x.CheckWeights(); err != nil {
		return Estimate{}, fmt.Errorf("metric: the points judged: %w", err)
	}
	outside, err := Outside(truth, x, options)
	if err != nil {
		return Estimate{}, err
	}
	if weights := weightsOf(x); weights != nil {
		share, squares, sum := 0.0, 0.0, sumOf(weights, len(weights))
		for i, w := range weights {
			if outside[i] {
				share += w / sum
			}
		}
		for i, w := range weights {
			u := -share
			if outside[i] {
				u++
			}
			squares += w / sum * u * (w / sum * u)
		}
		return Estimate{Value: share, Error: math.Sqrt(squares)}, nil
	}
	count, n := 0, float64(len(outside))
	for _, out := range outside {
		if out {
			count++
		}
	}
	share := float64(count) / n
	return Estimate{Value: share, Error: math.Sqrt(share * (1 - share) / n)}, nil
}

// withDefaults returns the options with zero values replaced by the defaults.
func (o OutOfDistribution) withDefaults() OutOfDistribution {
	if o.Quantile == 0 {
		o.Quantile = defaultOutsideQuantile
	}
	if o.Samples == 0 {
		o.Samples = defaultOutsideSamples
	}
	return o
}

// check returns an error if the options, the truth or the points aren't valid.
func (o OutOfDistribution) check(truth data.Distribution, x data.Points) error {
	if !(o.Quantile > 0 && o.Quantile < 1) {
		return fmt.Errorf("metric: the quantile of a border must be above 0 and below 1, got %v", o.Quantile)
	}
	if needed := 1 / o.Quantile; float64(o.Samples) < needed {
		return fmt.Errorf("metric: a quantile of %v needs at least %.0f true samples, got %d", o.Quantile, math.Ceil(needed), o.Samples)
	}
	if truth == nil {
		return fmt.Errorf("metric: a share outside needs a truth, got none")
	}
	if x.Len() == 0 {
		return fmt.Errorf("metric: a share outside needs at least one point, got none")
	}
	if x.Dim() != truth.Dim() {
		return fmt.Errorf("metric: points and truth must have one dimension, got %d and %d", x.Dim(), truth.Dim())
	}
	if err := x.CheckFinite(); err != nil {
		return fmt.Errorf("metric: the points judged: %w", err)
	}
	return nil
}

// borderOf returns the quantile of the true log-density over true samples.
func borderOf(truth data.Distribution, options OutOfDistribution) (float64, error) {
	samples, err := truth.Sample(options.Samples, options.Seed^outsideStream)
	if err != nil {
		return 0, fmt.Errorf("metric: the truth can't be sampled: %w", err)
	}
	logs, err := trueLogs(truth, samples)
	if err != nil {
		return 0, err
	}
	if len(logs) == 0 {
		return 0, fmt.Errorf("metric: the truth must give %d samples, got none", options.Samples)
	}
	weights := weightsOf(samples)
	if weights == nil {
		slices.Sort(logs)
	} else if err := errors.Join(samples.CheckWeights(), checkNotNegative("the quantile of the truth's log-density", samples)); err != nil {
		return 0, err
	} else {
		stat.SortWeighted(logs, weights)
	}
	return stat.Quantile(options.Quantile, stat.Empirical, logs, weights), nil
}

// trueLogs returns log p [N] of the points. It returns an error unless all are numbers below +Inf.
func trueLogs(truth data.Distribution, x data.Points) ([]float64, error) {
	logs, err := truth.LogProb(x)
	if err != nil {
		return nil, fmt.Errorf("metric: the true density: %w", err)
	}
	if len(logs) != x.Len() {
		return nil, fmt.Errorf("metric: the truth must give a log-density for each of %d points, got %d", x.Len(), len(logs))
	}
	for i, l := range logs {
		if math.IsNaN(l) || math.IsInf(l, 1) {
			return nil, fmt.Errorf("metric: the true log-density must be a number below +Inf, got %v in row %d", l, i)
		}
	}
	return logs, nil
}

// outsideStream makes the border's samples independent of points that the caller drew from the
// truth with the same seed.
const outsideStream = 0x6f757473696465 // "outside"
