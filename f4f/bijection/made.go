package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// made is a masked residual network (MADE, arXiv:1502.03509, with residual blocks): x [D, batch]
// and c [C, batch] to outputs that see the features of lower degree alone.
//
//	h = W x + b
//	h ← h + relu(V c)                          with a condition
//	h ← h + W₁ relu(W₀ relu(h) + U c)          each block
//	out = W_f h + b_f
//
// It takes the condition where nflows 0.14 takes it, and starts as it does (see linear): torch's
// uniform ±1/√in but for the second matrix of a block, which starts within ±1e-3.
type made struct {
	condition, blocks int
	in, hidden, out   degrees // of the features, of the hidden units and of the outputs
	start             *start  // of the outputs, nil for the ordinary one
}

// ofFeatures, ofCondition, square and final are its linear layers, without their weights.

func (m made) ofFeatures() linear {
	return linear{in: len(m.in), out: len(m.hidden), mask: &mask{m.in, m.hidden, false}}
}

func (m made) ofCondition() linear { return linear{in: m.condition, out: len(m.hidden)} }

func (m made) square(spread float64) linear {
	l := linear{in: len(m.hidden), out: len(m.hidden), spread: spread}
	if m.blocks > 0 { // the square of the hidden units, which may be many where there are no weights between them
		l.mask = &mask{m.hidden, m.hidden, false}
	}
	return l
}

func (m made) final() linear {
	return linear{in: len(m.hidden), out: len(m.out), mask: &mask{m.hidden, m.out, true}, start: m.start}
}

// growing is a made that is computed as the features become known which it sees: hidden units of
// degree i see the features below i alone, so each unit is computed once and for all. Inverting a
// layer so takes the work of half a pass of the network, where passing it once a feature, as MADE's
// inverse is usually written, takes as many passes as there are features. Forward, where all
// features are known, profits as well: what sees nothing is computed once for the batch.
//
// Units are in the order of their degrees, so those of a degree are a block of rows or columns of
// every weight.
type growing struct {
	made
	scope *model.Scope
	c     *Node // [C, batch] or nil
	like  *Node // a node of the graph and dtype
	units int   // hidden units computed so far

	// Of the units so far, [units, batch] each: what the two linear layers of each block take, and
	// what the last block gives. Nil before the first.
	outer, inner []*Node
	last         *Node
}

func (m made) growing(scope *model.Scope, like, c *Node) *growing {
	return &growing{made: m, scope: scope, c: c, like: like, outer: make([]*Node, m.blocks), inner: make([]*Node, m.blocks)}
}

// outputs are those from (included) to to (excluded), which see the known features [i, batch], nil
// for none, and no others: [to−from, batch], or [to−from, 1] where they see nothing at all.
func (g *growing) outputs(known *Node, i, from, to int) *Node {
	g.grow(known, i)
	return g.product(g.final(), g.scope.At("final"), g.last, from, to)
}

// grow computes the units of degree up to i.
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

// product is (W ⊙ mask)ᵀx + b for the first rows of W, as many as x [rows, batch] has features, and
// its columns from (included) to to (excluded): [to−from, batch]. Without x it is the bias,
// [to−from, 1].
func (g *growing) product(l linear, scope *model.Scope, x *Node, from, to int) *Node {
	w, b := l.weights(scope, g.like)
	b = columns(b, from, to)
	if x == nil {
		return turned(b)
	}
	rows := x.Shape().Dim(-2)
	w = columns(features(w, 0, rows), from, to)
	if l.mask != nil {
		w = l.mask.part(rows, from, to).laidOn(w)
	}
	return affine(w, b, x)
}

// below is units with more of them below; some may be nil.
func below(some, more *Node) *Node {
	if some == nil {
		return more
	}
	return Concatenate([]*Node{some, more}, -2)
}
