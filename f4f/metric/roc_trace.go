package metric

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

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

// grid returns the signal efficiencies of a curve: in even steps, and those at even steps of ε_B
// and of its logarithm, so that the curve is drawn well in either direction.
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
