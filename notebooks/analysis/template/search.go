package template

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Search is the result of a search for a resonance: how the events of a signal region, and events
// whose nature is known, rank among those of a template. Trees.Search makes one.
type Search struct {
	template           int // number of events of the template, copies counted once
	expected           Count
	data               []float64   // of each event of the region, the share of the template that is less like it
	background, signal [][]float64 // the same of known events, by the trees of each fold
}

// Cut is what a search finds beyond a cut on the score of its trees.
type Cut struct {
	Observed     int     // events of the region that pass
	Background   Count   // background events expected to pass, by the template
	Significance float64 // (observed − expected)/√(expected + its variance), in standard deviations
}

// Search trains trees to tell the events of a region [M, D] from a template [N, D], by no other
// label (classification without labels: Metodiev, Nachman and Thaler, arXiv:1708.02949), and ranks
// events by them. expected is the number of background events in the region, by a fit of the masses.
// Events of known nature, background and signal, judge the search; it doesn't learn from them.
func (t Trees) Search(ctx context.Context, template, region data.Points, expected Count, background, signal data.Points) (*Search, error) {
	if !(expected.Value > 0 && expected.Error >= 0) {
		return nil, fmt.Errorf("template: the background events expected must be above 0, got %v", expected)
	}
	ranks, err := t.ranks(ctx, template, region, map[string]data.Points{"background": background, "signal": signal})
	if err != nil {
		return nil, err
	}
	s := &Search{template: template.Len() / max(t.Copies, 1), expected: expected, data: columns(ranks["data"])[0]}
	s.background, s.signal = columns(ranks["background"]), columns(ranks["signal"])
	return s, nil
}

// columns returns the columns of p.
func columns(p data.Points) [][]float64 {
	all := make([][]float64, p.Dim())
	for j := range all {
		all[j] = make([]float64, p.Len())
		for i := range all[j] {
			all[j][i] = p.At(i, j)
		}
	}
	return all
}

// Cut counts the events beyond a cut that this share of the template passes, such as 0.01.
func (s *Search) Cut(share float64) Cut {
	if s == nil {
		return Cut{}
	}
	var c Cut
	for _, v := range s.data {
		if v < share {
			c.Observed++
		}
	}
	b := share * s.expected.Value
	relative := math.Hypot(s.expected.Error/s.expected.Value, 1/math.Sqrt(share*float64(s.template)))
	c.Background = Count{b, b * relative}
	c.Significance = (float64(c.Observed) - b) / math.Sqrt(b+c.Background.Error*c.Background.Error)
	return c
}

// Improvement returns the factor by which a cut that this share of the true background passes
// multiplies the significance: the share of the signal that passes over √share. It is the mean over
// the trees of the folds.
func (s *Search) Improvement(share float64) float64 {
	if s == nil {
		return 0
	}
	sum := 0.0
	for k, background := range s.background {
		sorted := slices.Sorted(slices.Values(background))
		cut := sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
		passing := 0
		for _, rank := range s.signal[k] {
			if rank < cut {
				passing++
			}
		}
		sum += float64(passing) / float64(len(s.signal[k]))
	}
	return sum / float64(len(s.background)) / math.Sqrt(share)
}

// Curve returns the receiver operating characteristic of true background and signal events, which
// the search didn't use, by their mean rank over the folds. Its intervals are of the confidence.
func (s *Search) Curve(confidence float64) (metric.ROCCurve, error) {
	if s == nil {
		return metric.ROCCurve{}, errors.New("template: there must be a search to take the curve of, got none")
	}
	return curve(means(s.background), means(s.signal), confidence)
}

// means returns the means of the rows of columns.
func means(columns [][]float64) []float64 {
	mean := make([]float64, len(columns[0]))
	for _, column := range columns {
		floats.AddScaled(mean, 1/float64(len(columns)), column)
	}
	return mean
}
