package dataset

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// TailCount counts points beyond the tail bound of a flow's splines, where the flow leaves features
// unchanged.
// Points count by their weights, in units of the mean weight.
type TailCount struct {
	Points   float64   // number of points examined
	Any      float64   // number of points with any feature outside
	Features []float64 // for each feature, number of points with it outside
}

// NewTailCount returns zero counts for points of dim features.
func NewTailCount(dim int) TailCount { return TailCount{Features: make([]float64, dim)} }

// Add counts a point as this many. out reports whether feature j is outside.
func (o *TailCount) Add(weight float64, out func(j int) bool) {
	o.Points += weight
	any := false
	for j := range o.Features {
		if out(j) {
			o.Features[j] += weight
			any = true
		}
	}
	if any {
		o.Any += weight
	}
}

// Share returns the share of points with any feature outside.
func (o TailCount) Share() float64 { return o.Any / max(o.Points, 1) }

// Points outside are worth a warning if more than one in a thousand values of some feature are
// outside, and at least three. Of a standardised normal distribution 0.06 in a thousand lie beyond
// ±4, however many features there are.
const (
	mostOutside = 1e-3
	handful     = 3
)

// Matters reports whether the points outside are worth a warning, and returns the feature with most
// of them.
func (o TailCount) Matters() (feature int, yes bool) {
	for j, n := range o.Features {
		if n > o.Features[feature] {
			feature = j
		}
	}
	n := o.Features[feature]
	return feature, n >= handful && n > mostOutside*o.Points
}

// Note returns a note about points x beyond ±bound, or "" if they don't matter. standardised says
// whether the points were standardised first. mapped are the maps that the plan has for a feature,
// nil for a plan that takes none: one for a density that is given.
func (o TailCount) Note(what string, x data.Points, standardised bool, bound float64, mapped func(j int) []data.ColumnMap) string {
	feature, yes := o.Matters()
	if !yes {
		return ""
	}
	// A wider bound is no remedy for heavy tails: the bins within it become too wide for the rest.
	remedy := "Standardise the data or widen the bound with TailBound"
	var maps []data.ColumnMap
	var proposal data.Proposal
	if mapped != nil {
		maps, proposal = mapped(feature), data.ProposalFor(x, feature)
	}
	switch {
	case len(maps) > 0 && maps[len(maps)-1].Feature() != "":
		remedy = "Widen the bound with TailBound"
	case len(maps) > 0 && maps[0] == data.Whole && maps[len(maps)-1] != data.Quantile:
		remedy = fmt.Sprintf("Widen the bound with TailBound, or add data.Quantile to the maps of column %s, and leave out VariationalNoise if it is set", x.ColumnTitle(feature))
	case len(maps) > 0 && maps[len(maps)-1] != data.Quantile:
		remedy = fmt.Sprintf("Add data.Quantile to the maps of column %s", x.ColumnTitle(feature))
	case len(maps) == 0 && len(proposal.Maps) > 0:
		remedy = fmt.Sprintf("Map the column by Column(%s): %s", proposal.ColumnMaps, proposal.Reason)
	case standardised:
		remedy = "Widen the bound with TailBound"
	case mapped == nil:
		remedy = "Widen the bound with TailBound, or Standardise a density that is no trained flow"
	}
	where := ""
	if len(o.Features) > 1 {
		where = fmt.Sprintf(" (%.3g%% in column %s)", 100*o.Features[feature]/o.Points, x.ColumnTitle(feature))
	}
	return fmt.Sprintf("%.3g%% of %s lie beyond ±%g%s, where features pass the flow unchanged. %s.", 100*o.Share(), what, bound, where, remedy)
}
