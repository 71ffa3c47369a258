package audit

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// tails records which features enter a bijection's learned layers beyond their bound, where a
// spline is linear.
type tails struct {
	masks []*Node // for each layer, in the order in which points pass them: the features beyond its bound [batch, D]
}

// watch returns the bijection with its learned layers watched.
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

// watched is a learned layer that acts within ±bound. It maps that range onto itself. In both
// directions a point is therefore in the tails if it enters beyond the bound.
type watched struct {
	bijection.Bijection
	bound float64
	by    *tails
}

// Forward records the features of x beyond the bound, and applies the layer.
func (w watched) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	w.see(x)
	return w.Bijection.Forward(scope, x, c)
}

// Inverse records the features of y beyond the bound, and applies the layer's inverse.
func (w watched) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	w.see(y)
	return w.Bijection.Inverse(scope, y, c)
}

// see records the features of x beyond the bound.
func (w watched) see(x *Node) {
	w.by.masks = append(w.by.masks, GreaterThan(Abs(x), Scalar(x.Graph(), x.DType(), w.bound)))
}
