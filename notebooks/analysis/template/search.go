package template

import (
	"context"
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
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
	// BackgroundShare and SignalShare are the shares of true background and signal events that
	// pass, from samples that the search didn't use.
	BackgroundShare, SignalShare float64
}

// Improvement returns the factor by which the cut improves the significance, SignalShare over
// √BackgroundShare.
func (c Cut) Improvement() float64 { return c.SignalShare / math.Sqrt(c.BackgroundShare) }

// Search trains trees to tell the events of a region [M, D] from a template [N, D], by no other
// label (classification without labels: Metodiev, Nachman and Thaler, arXiv:1708.02949), and ranks
// events by them. expected is the number of background events in the region, by a fit of the masses.
// Events of known nature, background and signal, judge the search; it doesn't learn from them.
func (t Trees) Search(ctx context.Context, template, region data.Points, expected Count, background, signal data.Points) (*Search, error) {
	if !(expected.Value > 0 && expected.Error >= 0) {
		return nil, fmt.Errorf("template: the background events expected must be above 0, got %v", expected)
	}
	scores, err := t.scores(ctx, template, region, map[string]data.Points{"background": background, "signal": signal})
	if err != nil {
		return nil, err
	}
	s := &Search{template: template.Len() / max(t.Copies, 1), expected: expected, data: column(scores["data"], 1)}
	s.background, s.signal = columns(scores["background"]), columns(scores["signal"])
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
	c := Cut{BackgroundShare: passing(s.background, share), SignalShare: passing(s.signal, share)}
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

// passing returns the share of values below a cut.
func passing(values [][]float64, cut float64) float64 {
	n, below := 0, 0
	for _, column := range values {
		for _, v := range column {
			if n++; v < cut {
				below++
			}
		}
	}
	return float64(below) / float64(n)
}
