package metric

import (
	"cmp"
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
// replacement. They hold for each ε_S by itself, and include the error of the threshold. ε_B
// is never given below 0. A curve has about 600 points, and a resample costs as much time as one
// pass over the events. Set Confidence to 0.68 for a band of one standard deviation.
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
	i, found := slices.BinarySearch(c.Signal, signal)
	switch {
	case math.IsNaN(signal) || len(c.Background) != len(c.Signal) || i >= len(c.Signal) || i == 0 && !found:
		return Interval{Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Median: math.NaN()}
	case found:
		return c.Background[i]
	}
	a, b := c.Background[i-1], c.Background[i]
	t := (signal - c.Signal[i-1]) / (c.Signal[i] - c.Signal[i-1])
	mix := func(from, to float64) float64 { return from + t*(to-from) }
	return Interval{Value: mix(a.Value, b.Value), Low: mix(a.Low, b.Low), High: mix(a.High, b.High), Median: mix(a.Median, b.Median), Confidence: b.Confidence}
}

// event is a scored event of the signal or of the background.
type event struct {
	score, weight float64
	signal        bool
}

// events are in order of falling scores.
type events []event

// eventsOf returns the events in order, with weights in units of the greatest in absolute value.
func eventsOf(scores []float64, signal []bool, weights []float64) (events, error) {
	if len(signal) != len(scores) || weights != nil && len(weights) != len(scores) {
		return nil, fmt.Errorf("metric: a ROC curve needs a label for each of %d scores, and a weight if there are weights, got %d labels and %d weights", len(scores), len(signal), len(weights))
	}
	all, count, greatest := make(events, len(scores)), 0, 0.0
	for i, s := range scores {
		e := event{score: s, weight: weightAt(weights, i), signal: signal[i]}
		if !isFinite(s) || !isFinite(e.weight) {
			return nil, fmt.Errorf("metric: scores and weights of a ROC curve must be finite, got score %v with weight %v in row %d", s, e.weight, i)
		}
		if e.signal {
			count++
		}
		greatest = max(greatest, math.Abs(e.weight))
		all[i] = e
	}
	if background := len(all) - count; count < leastRows || background < leastRows {
		return nil, fmt.Errorf("metric: a ROC curve needs at least %d events of signal and of background, got %d and %d", leastRows, count, background)
	}
	for i := range all {
		if weights != nil && greatest > 0 {
			all[i].weight /= greatest
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(b.score, a.score) })
	return all, nil
}

// half marks a random half of the signal and a random half of the background.
func (all events) half(r *rand.Rand) []bool {
	chosen, left, need := make([]bool, len(all)), [2]int{}, [2]int{}
	kind := func(e event) int {
		if e.signal {
			return 1
		}
		return 0
	}
	for _, e := range all {
		left[kind(e)]++
	}
	need[0], need[1] = left[0]/2, left[1]/2
	for i, e := range all { // each is taken with the share that is still needed of those left
		k := kind(e)
		if r.IntN(left[k]) < need[k] {
			chosen[i] = true
			need[k]--
		}
		left[k]--
	}
	return chosen
}

// rocTrace is a ROC curve with a point for each threshold, from (0, 0) to (1, 1).
type rocTrace struct{ signal, background, passing []float64 }

// trace returns the curve of the events that are chosen, or of all if chosen is nil.
func (all events) trace(chosen []bool) (rocTrace, error) {
	t := rocTrace{[]float64{0}, []float64{0}, []float64{0}}
	signal, background, squares := 0.0, 0.0, 0.0
	for i, e := range all {
		if chosen == nil || chosen[i] {
			if e.signal {
				signal += e.weight
			} else {
				background, squares = background+e.weight, squares+e.weight*e.weight
			}
		}
		if i == len(all)-1 || all[i+1].score != e.score {
			t.signal, t.background = append(t.signal, signal), append(t.background, background)
			t.passing = append(t.passing, kish(background, squares))
		}
	}
	if !(signal > 0 && background > 0) {
		return rocTrace{}, fmt.Errorf("metric: the weights of signal and of background must have a sum above 0, got %.3g and %.3g of the greatest weight", signal, background)
	}
	for i := range t.signal {
		t.signal[i] /= signal
		t.background[i] /= background
	}
	return t, nil
}

// area returns the area under the curve.
func (t rocTrace) area() float64 {
	area := 0.0
	for i := 1; i < len(t.signal); i++ {
		area += (t.signal[i] - t.signal[i-1]) * (1 - (t.background[i]+t.background[i-1])/2)
	}
	return area
}

// at returns ε_B, and the number of background events that pass, at each of some increasing ε_S.
func (t rocTrace) at(signals []float64) (background, passing []float64) {
	background, passing = make([]float64, len(signals)), make([]float64, len(signals))
	i := 0
	for k, s := range signals {
		for i < len(t.signal)-1 && t.signal[i] < s {
			i++
		}
		background[k], passing[k] = t.background[i], t.passing[i]
		if i > 0 && t.signal[i] > s {
			part := (s - t.signal[i-1]) / (t.signal[i] - t.signal[i-1])
			background[k] = t.background[i-1] + part*(t.background[i]-t.background[i-1])
			passing[k] = t.passing[i-1] + part*(t.passing[i]-t.passing[i-1])
		}
	}
	return background, passing
}

// grid returns the signal efficiencies of a curve: in even steps, and those at even steps of ε_B and
// of its logarithm, so that the curve is drawn well in either direction.
func (t rocTrace) grid() []float64 {
	var grid []float64
	for k := range curvePoints + 1 {
		grid = append(grid, float64(k)/curvePoints)
	}
	k := 0
	for i, b := range t.background {
		if b < step(k) {
			continue
		}
		for k < 2*curvePoints && b >= step(k) {
			k++
		}
		if s := t.signal[i]; s > 0 && s < 1 {
			grid = append(grid, s)
		}
	}
	slices.Sort(grid)
	return slices.Compact(grid)
}

// step returns step k of ε_B: first even steps of its logarithm from 1e-5 to 0.1, then even steps.
func step(k int) float64 {
	if k < curvePoints {
		return math.Pow(10, -5+4*float64(k)/curvePoints)
	}
	return 0.1 + 0.9*float64(k-curvePoints)/curvePoints
}
