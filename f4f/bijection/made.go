package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// made is a masked residual network (MADE, arXiv:1502.03509, with residual blocks). It maps x [D,
// batch] and c [C, batch] to outputs, each of which sees only the features of lower degree.
//
//	h = W x + b
//	h ← h + relu(V c)                          with a condition
//	h ← h + W₁ relu(W₀ relu(h) + U c)          each block
//	out = W_f h + b_f
//
// The condition enters where it does in nflows 0.14. The weights start as there (see linear): with
// torch's uniform ±1/√in, except for the second matrix of a block, which starts within ±1e-3.
type made struct {
	condition, blocks int
	in, hidden, out   degrees // of the features, of the hidden units and of the outputs
	start             *start  // of the outputs, nil for the default
}

// The methods ofFeatures, ofCondition, square and final return its linear layers, without their
// weights.

func (m made) ofFeatures() linear {
	return linear{in: len(m.in), out: len(m.hidden), mask: &mask{m.in, m.hidden, false}}
}

func (m made) ofCondition() linear { return linear{in: m.condition, out: len(m.hidden)} }

func (m made) square(spread float64) linear {
	l := linear{in: len(m.hidden), out: len(m.hidden), spread: spread}
	if m.blocks > 0 { // hidden × hidden entries, which may be many, so not made if no layer uses it
		l.mask = &mask{m.hidden, m.hidden, false}
	}
	return l
}

func (m made) final() linear {
	return linear{in: len(m.hidden), out: len(m.out), mask: &mask{m.hidden, m.out, true}, start: m.start}
}

// growing is a made whose units are computed as the features that they see become known. Hidden
// units of degree i see only features 0 … i−1, so each unit is computed once. Inverting a layer
// this way takes the work of half a pass of the network. MADE's inverse is usually written with one
// full pass for each feature. Forward, where all features are known, profits as well: what sees
// nothing is computed once for the whole batch.
//
// Units are in the order of their degrees, so units of one degree are contiguous rows or columns of
// every weight.
type growing struct {
	made
	scope *model.Scope
	c     *Node // [C, batch] or nil
	like  *Node // any node of the same graph and dtype
	units int   // hidden units computed so far

	// The inputs of the two linear layers of each block, and the output of the last block, for the
	// units computed so far: [units, batch] each, nil before the first.
	outer, inner []*Node
	last         *Node
}

func (m made) growing(scope *model.Scope, like, c *Node) *growing {
	return &growing{made: m, scope: scope, c: c, like: like, outer: make([]*Node, m.blocks), inner: make([]*Node, m.blocks)}
}

// outputs returns outputs from (included) to to (excluded). They see the known features [i, batch],
// nil for none, and no others. The result is [to−from, batch], or [to−from, 1] if they see nothing
// at all.
func (g *growing) outputs(known *Node, i, from, to int) *Node {
	g.grow(known, i)
	return g.product(g.final(), g.scope.At("final"), g.last, from, to)
}

// grow computes the hidden units of degree up to i.
func (g *growing) grow(known *Node, i int) {
	from, to := g.units, g.hidden.upTo(i)
	if from == to {
		return
	}
	ofFeatures, ofCondition, square, gently := g.ofFeatures(), g.ofCondition(), g.square(0), g.square(1e-3)
	h := g.product(ofFeatures, g.scope.At("initial"), known, from, to)
	if g.c != nil {
		h = Add(h, relu(g.product(ofCondition, g.scope.At("condition"), g.c, from, to)))
	}
	for k := range g.blocks {
		block := g.scope.At("block_%d", k)
		g.outer[k] = below(g.outer[k], relu(h))
		r := g.product(square, block.At("linear_0"), g.outer[k], from, to)
		if g.c != nil {
			r = Add(r, g.product(ofCondition, block.At("condition"), g.c, from, to))
		}
		g.inner[k] = below(g.inner[k], relu(r))
		h = Add(h, g.product(gently, block.At("linear_1"), g.inner[k], from, to))
	}
	g.last, g.units = below(g.last, h), to
}

// product returns (W ⊙ mask)ᵀx + b, [to−from, batch], for x [rows, batch]. It uses as many of W's
// first rows as x has, and W's columns from (included) to to (excluded). If x is nil it returns the
// bias, [to−from, 1].
func (g *growing) product(l linear, scope *model.Scope, x *Node, from, to int) *Node {
	w, b := l.weights(scope, g.like)
	b = columns(b, from, to)
	if x == nil {
		return transposed(b)
	}
	rows := x.Shape().Dim(-2)
	w = columns(features(w, 0, rows), from, to)
	if l.mask != nil {
		w = l.mask.part(rows, from, to).applyTo(w)
	}
	return affine(w, b, x)
}

// below returns some with more appended along the features axis; some may be nil.
func below(some, more *Node) *Node {
	if some == nil {
		return more
	}
	return Concatenate([]*Node{some, more}, -2)
}
