package dataset

import (
	"fmt"
)

// Outside counts points beyond the bound of a flow's splines, where the flow leaves features as
// they are.
type Outside struct {
	Points   int   // of all, so many were looked at
	Any      int   // points with a feature outside
	Features []int // by feature, how many points have it outside
}

// NewOutside counts none yet, of points of dim features.
func NewOutside(dim int) Outside { return Outside{Features: make([]int, dim)} }

// Add counts a point, whose feature j is outside where out says so.
func (o *Outside) Add(out func(j int) bool) {
	o.Points++
	any := false
	for j := range o.Features {
		if out(j) {
			o.Features[j]++
			any = true
		}
	}
	if any {
		o.Any++
	}
}

func (o Outside) Share() float64 { return float64(o.Any) / float64(max(o.Points, 1)) }

// What is worth a warning: more than one in a thousand values of some feature, and at least three
// of them. Of a normal distribution that was standardised, 0.06 in a thousand lie beyond ±4,
// however many features there are.
const (
	mostOutside = 1e-3
	handful     = 3
)

// Matters tells whether the points outside are worth a warning, and the feature that has most of them.
func (o Outside) Matters() (feature int, yes bool) {
	for j, n := range o.Features {
		if n > o.Features[feature] {
			feature = j
		}
	}
	n := o.Features[feature]
	return feature, n >= handful && float64(n) > mostOutside*float64(o.Points)
}

// Note is what a person should know of points beyond ±bound, standardised or not; empty where there
// is nothing to say.
func (o Outside) Note(what string, standardised bool, bound float64) string {
	feature, yes := o.Matters()
	if !yes {
		return ""
	}
	remedy := "Standardise the data or widen the bound with TailBound"
	if standardised {
		remedy = "Widen the bound with TailBound"
	}
	where := ""
	if len(o.Features) > 1 {
		where = fmt.Sprintf(" (%.3g%% in feature %d)", 100*float64(o.Features[feature])/float64(o.Points), feature)
	}
	return fmt.Sprintf("%.3g%% of %s lie beyond ±%g%s, where features pass the flow unchanged. %s.", 100*o.Share(), what, bound, where, remedy)
}
