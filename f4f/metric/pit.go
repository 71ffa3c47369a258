package metric

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// PIT holds probability integral transforms: for each row the predicted probability of a value at
// most as large as the true one. Predictions.PIT returns them; if the distribution function is
// known exactly, its values at the truth are a PIT as they are.
type PIT struct {
	Values  []float64 // [N], from 0 to 1
	Weights []float64 // [N], of any sign; nil for equal ones
}

// PITHistogram is a histogram of probability integral transforms, with the band in which that of
// calibrated predictions lies.
type PITHistogram struct {
	Heights []float64 // [bins], the density in each bin of equal width; 1 is expected
	// Low and High are the ends of the band that holds the heights of all bins together with a
	// probability of at least Confidence, if the values are uniform.
	Low, High  float64
	Confidence float64 // the probability of the band, such as 0.95
}

// Histogram returns the histogram of the values in bins of equal width. The number of points in a
// bin is binomial if the values are uniform; the band is that of its quantiles, for a probability
// of (1 − confidence)/bins outside, so that it holds for all bins together (Bonferroni). Weighted
// points count as (Σw)²/Σw² points of equal weight; the band is then approximate. A confidence of 0
// means 0.95; 0 bins mean 20.
//
// Histogram returns an error if there are no values, if one isn't between 0 and 1, if the weights
// aren't as many, finite and with a sum above 0, or if bins or confidence aren't valid.
func (p PIT) Histogram(bins int, confidence float64) (PITHistogram, error) {
	if bins == 0 {
		bins = defaultPITBins
	}
	if confidence == 0 {
		confidence = defaultConfidence
	}
	if bins < 1 {
		return PITHistogram{}, fmt.Errorf("metric: bins of a PIT must be at least 1 (0 for %d), got %d", defaultPITBins, bins)
	}
	if err := checkConfidence(confidence); err != nil {
		return PITHistogram{}, err
	}
	if err := p.check(); err != nil {
		return PITHistogram{}, err
	}
	h := PITHistogram{Heights: make([]float64, bins), Confidence: confidence}
	total := sumOf(p.Weights, len(p.Values))
	for i, u := range p.Values {
		h.Heights[min(int(u*float64(bins)), bins-1)] += weightAt(p.Weights, i) / total * float64(bins)
	}
	n := math.Max(1, math.Round(p.EffectiveSampleSize()))
	count := distuv.Binomial{N: n, P: 1 / float64(bins)}
	outside := (1 - confidence) / float64(bins) / 2
	h.Low = float64(quantileOf(count, outside)) / n * float64(bins)
	h.High = float64(quantileOf(count, 1-outside)) / n * float64(bins)
	return h, nil
}

const defaultPITBins = 20

// Outside returns the number of bins whose height lies outside the band.
func (h PITHistogram) Outside() int {
	count := 0
	for _, v := range h.Heights {
		if v < h.Low*(1-1e-9) || v > h.High*(1+1e-9) { // heights are rounded
			count++
		}
	}
	return count
}

// quantileOf returns the least count whose distribution function reaches a probability.
func quantileOf(count distuv.Binomial, probability float64) int {
	least, most := 0, int(count.N)
	for least < most {
		middle := (least + most) / 2
		if count.CDF(float64(middle)) >= probability {
			most = middle
		} else {
			least = middle + 1
		}
	}
	return least
}

// EffectiveSampleSize returns the number of values, for weighted values (Σw)²/Σw².
func (p PIT) EffectiveSampleSize() float64 {
	if p.Weights == nil {
		return float64(len(p.Values))
	}
	return Weights(p.Weights).EffectiveSampleSize()
}

// check returns an error unless the values are probabilities, with weights or without.
func (p PIT) check() error {
	if len(p.Values) == 0 || p.Weights != nil && len(p.Weights) != len(p.Values) {
		return fmt.Errorf("metric: a PIT needs values, and a weight for each if there are weights, got %d values and %d weights", len(p.Values), len(p.Weights))
	}
	for i, u := range p.Values {
		if !(u >= 0 && u <= 1) || !isFinite(weightAt(p.Weights, i)) {
			return fmt.Errorf("metric: values of a PIT must be from 0 to 1 and weights finite, got %v with weight %v in row %d", u, weightAt(p.Weights, i), i)
		}
	}
	if sum := sumOf(p.Weights, len(p.Values)); !(sum > 0) {
		return fmt.Errorf("metric: the weights of a PIT must have a sum above 0, got %v", sum)
	}
	return nil
}

// isFinite reports whether v is a finite number.
func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
