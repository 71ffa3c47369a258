package metric

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// ROCOfRuns returns the curve of several runs of one analysis, such as classifiers or flows that
// differ by their seeds. At each signal efficiency Value is the median of their background
// efficiencies, and Low and High are quantiles of the runs that hold a share of confidence of them;
// 0 means 0.68. With few runs these lie near the lowest and the highest. AUC is made in the same
// way. The intervals are those of the runs alone: the statistical intervals of the curves aren't
// used.
//
// ROCOfRuns returns an error for fewer than 2 runs, a curve that isn't one of ROC, or a confidence
// that isn't valid.
func ROCOfRuns(confidence float64, runs ...ROCCurve) (ROCCurve, error) {
	if confidence == 0 {
		confidence = 0.68
	}
	if err := checkConfidence(confidence); err != nil {
		return ROCCurve{}, err
	}
	if len(runs) < 2 {
		return ROCCurve{}, fmt.Errorf("metric: a curve of runs needs at least 2, got %d", len(runs))
	}
	var signals, areas []float64
	for i, c := range runs {
		if n := len(c.Signal); n < 2 || len(c.Background) != n || len(c.Passing) != n || c.Signal[0] != 0 || c.Signal[n-1] != 1 {
			return ROCCurve{}, fmt.Errorf("metric: the curve of run %d must be one of ROC, from a signal efficiency of 0 to 1, got %d points", i+1, n)
		}
		signals, areas = append(signals, c.Signal...), append(areas, c.AUC.Value)
	}
	slices.Sort(signals)
	signals = slices.Compact(signals)
	merged := ROCCurve{Signal: signals, AUC: acrossRuns(areas, confidence)}
	for _, s := range signals {
		var backgrounds, passing []float64
		for _, c := range runs {
			b := c.At(s)
			backgrounds, passing = append(backgrounds, b.Value), append(passing, c.passingAt(s))
		}
		merged.Background = append(merged.Background, acrossRuns(backgrounds, confidence))
		merged.Passing = append(merged.Passing, acrossRuns(passing, confidence).Value)
	}
	return merged, nil
}

// acrossRuns returns the median of values, which it sorts, and their quantiles.
func acrossRuns(values []float64, confidence float64) Interval {
	slices.Sort(values)
	at := func(share float64) float64 { return stat.Quantile(share, stat.LinInterp, values, nil) }
	median := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	return Interval{Value: median, Low: min(at((1-confidence)/2), median), High: max(at((1+confidence)/2), median), Median: median, Confidence: confidence}
}
