package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
)

// growing is a masked network that is computed as the features become known which it sees: hidden units of degree i see the features below i alone, so each unit
// is computed once and for all. Inverting a layer so takes the work of half a pass of the network, where passing it once a feature, as MADE's
// inverse is usually written, takes as many passes as there are features.
//
// Units are in the order of their degrees, so those of a degree are a block of rows or columns of every weight.
type growing struct {
	network
	scope *model.Scope
	c     *Node // [C, batch] or nil
	like  *Node // a node of the graph and dtype
	units int   // hidden units computed so far

	// Of the units so far, [units, batch] each: what the two linear layers of each block take, and what the last block gives. Nil before the first.
	outer, inner []*Node
	last         *Node
}

func (n network) growing(scope *model.Scope, like, c *Node) *growing {
	return &growing{network: n, scope: scope, c: c, like: like, outer: make([]*Node, n.blocks), inner: make([]*Node, n.blocks)}
}

// outputs are those that see the known features [i, batch], nil for none, and no others: from (included) to to (excluded), [to−from, batch], or [to−from, 1] where
// they see nothing at all.
func (g *growing) outputs(known *Node, i, from, to int) *Node {
	g.grow(known, i)
	return g.product(linear{in: g.hidden, out: g.out, start: g.start}, g.scope.At("final"), g.last, from, to)
}

// grow computes the units of degree up to i.
func (g *growing) grow(known *Node, i int) {
	from, to := g.units, g.masked.hidden.upTo(i)
	if from == to {
		return
	}
	ofCondition := linear{in: g.condition, out: g.hidden}
	square, gently := linear{in: g.hidden, out: g.hidden}, linear{in: g.hidden, out: g.hidden, spread: 1e-3}

	h := g.product(linear{in: g.in, out: g.hidden}, g.scope.At("initial"), known, from, to)
	if g.c != nil {
		h = Add(h, activation.Relu(g.product(ofCondition, g.scope.At("condition"), g.c, from, to)))
	}
	for k := range g.blocks {
		block := g.scope.At("block_%d", k)
		g.outer[k] = below(g.outer[k], activation.Relu(h))
		r := g.product(square, block.At("linear_0"), g.outer[k], from, to)
		if g.c != nil {
			r = Add(r, g.product(ofCondition, block.At("condition"), g.c, from, to))
		}
		g.inner[k] = below(g.inner[k], activation.Relu(r))
		h = Add(h, g.product(gently, block.At("linear_1"), g.inner[k], from, to))
	}
	g.last, g.units = below(g.last, h), to
}

// product is Wᵀx + b for the first rows of W, as many as x [rows, batch] has features, and its columns from (included) to to (excluded). Without x it is the bias,
// [to−from, 1].
func (g *growing) product(l linear, scope *model.Scope, x *Node, from, to int) *Node {
	w, b := l.weights(scope, g.like)
	b = columns(b, from, to)
	if x == nil {
		return turned(b)
	}
	return affine(columns(features(w, 0, x.Shape().Dim(-2)), from, to), b, x)
}

// below is units with more of them below; some may be nil.
func below(some, more *Node) *Node {
	if some == nil {
		return more
	}
	return Concatenate([]*Node{some, more}, -2)
}
