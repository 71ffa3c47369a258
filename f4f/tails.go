package f4f

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// outside counts points beyond the bound of a flow's splines, where the flow leaves features as
// they are.
type outside struct {
	points   int   // of all, so many were looked at
	any      int   // points with a feature outside
	features []int // by feature, how many points have it outside
}

func newOutside(dim int) outside { return outside{features: make([]int, dim)} }

// add counts a point, whose feature j is outside where out says so.
func (o *outside) add(out func(j int) bool) {
	o.points++
	any := false
	for j := range o.features {
		if out(j) {
			o.features[j]++
			any = true
		}
	}
	if any {
		o.any++
	}
}

func (o outside) share() float64 { return float64(o.any) / float64(max(o.points, 1)) }

// What is worth a warning: more than one in a thousand values of some feature, and at least three
// of them. Of a normal distribution that was standardised, 0.06 in a thousand lie beyond ±4,
// however many features there are.
const (
	mostOutside = 1e-3
	handful     = 3
)

// matters tells whether the points outside are worth a warning, and the feature that has most of them.
func (o outside) matters() (feature int, yes bool) {
	for j, n := range o.features {
		if n > o.features[feature] {
			feature = j
		}
	}
	n := o.features[feature]
	return feature, n >= handful && float64(n) > mostOutside*float64(o.points)
}

// note is what a person should know of points beyond ±bound, standardised or not; empty where there
// is nothing to say.
func (o outside) note(what string, standardised bool, bound float64) string {
	feature, yes := o.matters()
	if !yes {
		return ""
	}
	remedy := "Standardise the data or widen the bound with TailBound"
	if standardised {
		remedy = "Widen the bound with TailBound"
	}
	where := ""
	if len(o.features) > 1 {
		where = fmt.Sprintf(" (%.3g%% in feature %d)", 100*float64(o.features[feature])/float64(o.points), feature)
	}
	return fmt.Sprintf("%.3g%% of %s lie beyond ±%g%s, where features pass the flow unchanged. %s.", 100*o.share(), what, bound, where, remedy)
}

// tails watches what the learned layers of a bijection are given: where a spline is linear.
type tails struct {
	masks []*Node // by layer, in the order in which points come through, the features beyond its bound [batch, D]
}

// watch is the bijection, its learned layers watched.
func (t *tails) watch(b bijection.Bijection) bijection.Bijection {
	switch b := b.(type) {
	case bijection.Chain:
		watched := make(bijection.Chain, len(b))
		for i, link := range b {
			watched[i] = t.watch(link)
		}
		return watched
	case bijection.Embedded:
		b.Bijection = t.watch(b.Bijection)
		return b
	case bijection.Layer:
		return watched{b, b.TailBound(), t}
	}
	return b
}

// watched is a learned layer that acts within ±bound. It maps that range onto itself, so either way
// points are in the tails where they come in beyond it.
type watched struct {
	bijection.Bijection
	bound float64
	by    *tails
}

func (w watched) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	w.see(x)
	return w.Bijection.Forward(scope, x, c)
}

func (w watched) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	w.see(y)
	return w.Bijection.Inverse(scope, y, c)
}

func (w watched) see(x *Node) {
	w.by.masks = append(w.by.masks, GreaterThan(Abs(x), Scalar(x.Graph(), x.DType(), w.bound)))
}
