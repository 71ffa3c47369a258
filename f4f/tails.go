package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

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
