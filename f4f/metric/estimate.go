package metric

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Estimate is a mean over draws with its standard error.
type Estimate struct {
	Value float64 // the mean
	// Error is the standard error of Value: one standard deviation. It is NaN (unknown) for a
	// single draw.
	Error float64
	// OutsideSupport is the share of draws that Value leaves out, between 0 and 1. For KLs these
	// are the draws with p = 0.
	OutsideSupport float64
}

// String returns a text such as "0.0123 ± 0.0004". It prints the error to its first digit but with
// at least four decimals, and the value with as many. If OutsideSupport is above 0, it is appended:
// "0.0123 ± 0.0004 (1.50% outside)".
func (e Estimate) String() string {
	decimals := 4
	if e.Error > 0 && e.Error < 1e-4 {
		decimals = min(int(math.Ceil(-math.Log10(e.Error))), 12)
	}
	text := fmt.Sprintf("%.*f ± %.*f", decimals, e.Value, decimals, e.Error)
	if e.OutsideSupport > 0 {
		text += fmt.Sprintf(" (%.2f%% outside)", 100*e.OutsideSupport)
	}
	return text
}

// meanOf returns the mean of the values and its standard error, s/√N with s over N−1. For a single
// value the error is NaN (unknown).
func meanOf(values []float64) Estimate {
	mean, variance := stat.MeanVariance(values, nil)
	return Estimate{Value: mean, Error: math.Sqrt(variance / float64(len(values)))}
}
