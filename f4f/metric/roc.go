package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// ROCCurve is the receiver operating characteristic of scores: the share of background that passes
// a threshold over the share of signal that does, for all thresholds.
type ROCCurve struct {
	Signal     []float64  // the signal efficiencies ε_S [K], increasing from 0 to 1
	Background []Interval // the background efficiency ε_B at each
	// Passing is the number of background events above the threshold at each, for weighted events
	// (Σw)²/Σw². The relative error of ε_B is 1/√Passing.
	Passing []float64
	AUC     Interval // the area under ε_S over ε_B: the share of pairs in which the signal scores higher
}

// ROC returns the curve of scores [N], of which signal [N] says which are signal; higher scores are
// more signal-like. weights [N] are the weights of the events, of any sign; nil means equal ones.
//
// The area is the statistic of Mann and Whitney, in which a tie counts one half:
//
//	AUC = Σ_ij w_i v_j ([s_i > s_j] + ½[s_i = s_j]) / (Σ_i w_i Σ_j v_j)   signal i, background j
//
// Between thresholds, and among tied scores, the curve is straight. With negative weights an
// efficiency can exceed 1 or fall along the thresholds; Background is then that of the highest
// threshold that reaches Signal.
//
// Intervals are those of Bootstrap: from half-samples of signal and of background, drawn without
// replacement. They hold for each ε_S by itself, not for all together, and include the error of the
// threshold. ε_B is never given below 0. A curve has about 600 points, and a resample costs as much
// time as one pass over the events. Set Confidence to 0.68 for a band of one standard deviation.
//
// ROC returns an error if the lengths differ, if a score or weight isn't finite, if there are fewer
// than 10 events of signal or of background, if the weights of either have a sum of 0 or less, in
// all or in a resample, if resampling.Paired is set, or if an option isn't valid.
func ROC(scores []float64, signal []bool, weights []float64, resampling Resampling) (ROCCurve, error) {
	resampling = resampling.withDefaults()
	events, err := eventsOf(scores, signal, weights)
	if err != nil {
		return ROCCurve{}, err
	}
	if err := resampling.checkOptions(); err != nil {
		return ROCCurve{}, err
	}
	if resampling.Paired {
		return ROCCurve{}, fmt.Errorf("metric: signal and background of a ROC curve aren't paired: leave Paired out")
	}
	whole, err := events.trace(nil)
	if err != nil {
		return ROCCurve{}, err
	}
	signals := whole.grid()
	values, passing := whole.at(signals)
	draws := make([][]float64, len(signals)+1) // for each ε_S, and last for the area
	for i := range draws {
		draws[i] = make([]float64, resampling.Resamples)
	}
	r := rand.New(rand.NewPCG(resampling.Seed, rocStream))
	for k := range resampling.Resamples {
		half, err := events.trace(events.half(r))
		if err != nil {
			return ROCCurve{}, fmt.Errorf("%w (resample %d of %d, of half of the events)", err, k+1, resampling.Resamples)
		}
		backgrounds, _ := half.at(signals)
		for i, b := range backgrounds {
			draws[i][k] = b
		}
		draws[len(signals)][k] = half.area()
	}
	c := ROCCurve{Signal: signals, Background: make([]Interval, len(signals)), Passing: passing}
	for i, v := range values {
		b := about(v, draws[i], resampling.Confidence)
		b.Low, b.Median, b.High = max(b.Low, 0), max(b.Median, 0), max(b.High, 0)
		c.Background[i] = b
	}
	c.AUC = about(whole.area(), draws[len(signals)], resampling.Confidence)
	return c, nil
}

// rocStream makes the resamples independent of other draws with the same seed.
const rocStream = 0x726f63 // "roc"

// At returns the background efficiency at a signal efficiency between 0 and 1, by linear
// interpolation between the points of the curve. It is NaN outside, or if the curve is empty.
func (c ROCCurve) At(signal float64) Interval {
	i, t, ok := c.place(signal)
	if !ok || len(c.Background) != len(c.Signal) {
		return Interval{Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Median: math.NaN()}
	}
	if t == 0 {
		return c.Background[i]
	}
	a, b := c.Background[i], c.Background[i+1]
	mix := func(from, to float64) float64 { return from + t*(to-from) }
	return Interval{Value: mix(a.Value, b.Value), Low: mix(a.Low, b.Low), High: mix(a.High, b.High), Median: mix(a.Median, b.Median), Confidence: b.Confidence}
}

// passingAt returns the number of background events that pass at a signal efficiency of the curve.
func (c ROCCurve) passingAt(signal float64) float64 {
	i, t, _ := c.place(signal)
	if t == 0 {
		return c.Passing[i]
	}
	return c.Passing[i] + t*(c.Passing[i+1]-c.Passing[i])
}

// place returns where a signal efficiency lies: at point i of the curve, or by the part t of the
// way to the next. ok is false outside.
func (c ROCCurve) place(signal float64) (i int, t float64, ok bool) {
	i, found := slices.BinarySearch(c.Signal, signal)
	switch {
	case found:
		return i, 0, true
	case math.IsNaN(signal) || i == 0 || i == len(c.Signal):
		return 0, 0, false
	}
	return i - 1, (signal - c.Signal[i-1]) / (c.Signal[i] - c.Signal[i-1]), true
}
