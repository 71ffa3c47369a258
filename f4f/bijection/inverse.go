package bijection

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// The inverse of an autoregressive layer takes its features one after another, for each needs those
// before it. Here this is a loop, so that the program is of one size whatever D is.
//
//	x_i = T⁻¹(y_i; θ_i(x_0 … x_{i−1}, c)),  i = 0 … D−1
//
// A loop has no gradient of itself, so it is stated here, by the implicit function theorem. Let v
// be the gradient that arrives at x, and b that at the log-det Σ l_i. The gradient w of x that
// counts as well what each feature does to those after it solves a triangular system, from the last
// feature to the first, by a loop as well:
//
//	w_i = v_i + Σ_{j>i} ∂θ_j/∂x_i ∘ (w_j ∂x_j/∂θ_j + b ∂l_j/∂θ_j)
//
// On the way the gradients of all units come out, and with them those of y, of the condition and of
// the weights.

// leastLooped is the least D whose inverse is a loop. With fewer features, steps written one after
// another make a program that is little larger and runs faster, in training and out of it.
var leastLooped = 5

// byLoop tells whether the inverse is a loop in a graph.
func (b Autoregressive) byLoop(g *Graph) bool { return b.Dim >= max(leastLooped, 2) && loops(g) }

// looped is a made's weights as the loops over features take them. Each loop takes slices of as
// many units as the most frequent degree has, from the first unit of degree i on; those of other
// degrees that such a slice has besides come to no harm.
type looped struct {
	made
	widest                int   // units of the most frequent degree
	starts                []int // [D], where the slice with the units of degree i starts
	initial, final        affinity
	intoInner, outOfInner []affinity // of each block, its two layers
}

// affinity is a linear layer with its mask laid on: W [in, out], b [1, out] and what the condition
// adds, [out, batch] or nil.
type affinity struct{ w, b, c *Node }

// of is Wᵀh + b, and what the condition adds.
func (a affinity) of(h *Node) *Node {
	if a.c == nil {
		return affine(a.w, a.b, h)
	}
	return Add(affine(a.w, a.b, h), a.c)
}

// constant is what is added to Wᵀh, [out, 1 or batch].
func (a affinity) constant() *Node {
	if a.c == nil {
		return turned(a.b)
	}
	return Add(turned(a.b), a.c)
}

// looped finds the weights, and creates them in the order in which growing does.
func (g *growing) looped(dim int) looped {
	l := looped{made: g.made}
	for i := range dim {
		l.widest = max(l.widest, g.hidden.upTo(i)-g.hidden.upTo(i-1))
	}
	for i := range dim {
		l.starts = append(l.starts, min(g.hidden.upTo(i-1), len(g.hidden)-l.widest))
	}
	of := func(l linear, scope *model.Scope) affinity {
		w, b := l.weights(scope, g.like)
		if l.mask != nil {
			w = l.mask.laidOn(w)
		}
		return affinity{w: w, b: b}
	}
	ofCondition := func(scope *model.Scope) *Node { return g.ofCondition().apply(scope.At("condition"), g.c) }
	if g.hidden.upTo(0) == 0 {
		l.final = of(g.made.final(), g.scope.At("final"))
	}
	l.initial = of(g.ofFeatures(), g.scope.At("initial"))
	if g.c != nil {
		l.initial.c = relu(ofCondition(g.scope))
	}
	for k := range g.blocks {
		block := g.scope.At("block_%d", k)
		first := of(g.square(0), block.At("linear_0"))
		if g.c != nil {
			first.c = ofCondition(block)
		}
		l.intoInner, l.outOfInner = append(l.intoInner, first), append(l.outOfInner, of(g.square(1e-3), block.At("linear_1")))
	}
	if l.final.w == nil {
		l.final = of(g.made.final(), g.scope.At("final"))
	}
	return l
}

// inverted is what loops find, in the end all of it constants to gradients.
type inverted struct {
	x            *Node   // [D, batch]
	logDet       *Node   // of all features so far, [1, batch]
	θ            *Node   // what the transformers had for parameters, [D·p, batch]
	outer, inner []*Node // of each block, what its two layers take, [units, batch], of the units known so far
	last         *Node   // what the last block gives, likewise
}

// leastInParts is the least D whose features are inverted by several loops, inParts of them, one
// after another. In each, only those units are multiplied that may be known by its end: two do
// three quarters of one loop's work, and are a larger program. A training step, of which the way
// there is a third and the program large as it is, has one.
const leastInParts, inParts = 8, 2

// invert is x of y [D, batch], by the inverse of a transformer as it stands in a loop.
func (l looped) invert(y *Node, t Transformer, training bool) inverted {
	found := inverted{x: filled(y, 0), logDet: zeros(y, 1), θ: zeros(y, len(l.out)), outer: make([]*Node, l.blocks), inner: make([]*Node, l.blocks)}
	dim, parts := len(l.starts), 1
	if dim >= leastInParts && !training {
		parts = inParts
	}
	for part := range parts {
		found = l.invertPart(found, y, t, dim*part/parts, dim*(part+1)/parts)
	}
	found.x, found.logDet, found.θ, found.last = StopGradient(found.x), StopGradient(found.logDet), StopGradient(found.θ), StopGradient(found.last)
	for k := range l.blocks {
		found.outer[k], found.inner[k] = StopGradient(found.outer[k]), StopGradient(found.inner[k])
	}
	return found
}

// invertPart goes on with an inversion from a feature to another (excluded).
func (l looped) invertPart(found inverted, y *Node, t Transformer, from, to int) inverted {
	p, units := t.Parameters(), max(l.hidden.upTo(to-1), l.widest) // known by the end
	longer := func(h *Node) *Node {
		known := 0
		if h != nil {
			known = h.Shape().Dim(-2)
		}
		if known == units {
			return h
		}
		return below(h, zeros(y, units-known))
	}
	var s state
	x, logDet, θ, last := s.add(found.x), s.add(found.logDet), s.add(found.θ), s.add(longer(found.last))
	var outer, inner []int
	for k := range l.blocks {
		outer, inner = append(outer, s.add(longer(found.outer[k]))), append(inner, s.add(longer(found.inner[k])))
	}
	// What doesn't change: y and, transposed so that slices are of neighbouring rows, the weights
	// between those units.
	type layer struct{ w, constant int }
	add := func(a affinity, in, first, beyond int) layer {
		return layer{s.add(turned(columns(features(a.w, 0, in), first, beyond))), s.add(features(a.constant(), first, beyond))}
	}
	ys, initial, final := s.add(y), add(l.initial, len(l.in), 0, units), add(l.final, units, from*p, to*p)
	var intoInner, outOfInner []layer
	for k := range l.blocks {
		intoInner, outOfInner = append(intoInner, add(l.intoInner[k], units, 0, units)), append(outOfInner, add(l.outOfInner[k], units, 0, units))
	}
	s = loop(from, to, s, func(i *Node, s state) {
		number := func(v int) *Node { return Const(i.Graph(), int32(v)) }
		rows := func(a layer, h, start *Node, count int) *Node {
			return Add(times(rowsAt(s[a.w], start, count), -1, h, -2), rowsAt(s[a.constant], start, count))
		}
		start := element(l.startsWithin(units), i)
		h := rows(initial, s[x], start, l.widest)
		for k := range l.blocks {
			s[outer[k]] = withRows(s[outer[k]], relu(h), start)
			s[inner[k]] = withRows(s[inner[k]], relu(rows(intoInner[k], s[outer[k]], start, l.widest)), start)
			h = Add(h, rows(outOfInner[k], s[inner[k]], start, l.widest))
		}
		s[last] = withRows(s[last], h, start)
		ofFeature := rows(final, s[last], Mul(Sub(i, number(from)), number(p)), p)
		s[θ] = withRows(s[θ], ofFeature, Mul(i, number(p)))
		yi := rowsAt(s[ys], i, 1)
		xi, logDerivative := t.Inverse(eachFeature(yi), parametersOf(t, ofFeature))
		s[x] = withRows(s[x], featuresLike(yi, xi), i)
		s[logDet] = Add(s[logDet], featuresLike(yi, logDerivative))
	})
	found = inverted{x: s[x], logDet: s[logDet], θ: s[θ], last: s[last]}
	for k := range l.blocks {
		found.outer, found.inner = append(found.outer, s[outer[k]]), append(found.inner, s[inner[k]])
	}
	return found
}

// startsWithin are the starts of slices that lie within the first units.
func (l looped) startsWithin(units int) []int {
	starts := slices.Clone(l.starts)
	for i := range starts {
		starts[i] = min(starts[i], units-l.widest)
	}
	return starts
}

// sensitivities are the gradients that come out of the way back through an inversion: of x, of the
// outputs θ and of what each layer gives, shaped like these.
type sensitivities struct {
	x, θ            *Node
	initial         *Node
	inner, residual []*Node // of each block, what its two layers give
}

// solve goes back through an inversion. Of the parameters θ [D·p, batch], those of
// feature j have the gradient w_j·byValue + byLogDet; v [D, batch] arrives at x.
func (l looped) solve(found inverted, v, byValue, byLogDet *Node) sensitivities {
	dim, p := len(l.starts), len(l.out)/len(l.starts)
	var s state
	w, θ := s.add(filled(v, 0)), s.add(filled(found.θ, 0))
	// Gradients of what enters each block, and of what leaves the last one; and of what the first
	// layer of each gives.
	between, inner := s.addEach(l.blocks+1, zeros(v, len(l.hidden))), s.addEach(l.blocks, zeros(v, len(l.hidden)))
	vs, ofValue, ofLogDet, initial, final := s.add(v), s.add(byValue), s.add(byLogDet), s.add(l.initial.w), s.add(l.final.w)
	var intoInner, outOfInner, outerUnits, innerUnits []int
	for k := range l.blocks {
		intoInner, outOfInner = append(intoInner, s.add(l.intoInner[k].w)), append(outOfInner, s.add(l.outOfInner[k].w))
		outerUnits, innerUnits = append(outerUnits, s.add(found.outer[k])), append(innerUnits, s.add(found.inner[k]))
	}
	// Of the units in a slice, those of degree i have all that they need. Others are done already,
	// and come out the same; or come later, and nothing has read them until then.
	s = loop(dim-1, -1, s, func(i *Node, s state) {
		wi := Add(rowsAt(s[vs], i, 1), times(rowsAt(s[initial], i, 1), -1, s[between[0]], -2))
		s[w] = withRows(s[w], wi, i)
		first := Mul(i, Const(i.Graph(), int32(p)))
		s[θ] = withRows(s[θ], Add(Mul(rowsAt(s[ofValue], first, p), wi), rowsAt(s[ofLogDet], first, p)), first)

		start := element(l.starts, i)
		through := func(weights int, h *Node) *Node { return times(rowsAt(s[weights], start, l.widest), -1, h, -2) }
		open := func(h *Node, units int) *Node { // a ReLU's gradient
			unit := rowsAt(s[units], start, l.widest)
			return Where(GreaterThan(unit, filled(unit, 0)), h, filled(h, 0))
		}
		h := through(final, s[θ])
		s[between[l.blocks]] = withRows(s[between[l.blocks]], h, start)
		for k := l.blocks - 1; k >= 0; k-- {
			s[inner[k]] = withRows(s[inner[k]], open(through(outOfInner[k], s[between[k+1]]), innerUnits[k]), start)
			h = Add(h, open(through(intoInner[k], s[inner[k]]), outerUnits[k]))
			s[between[k]] = withRows(s[between[k]], h, start)
		}
	})
	back := sensitivities{x: s[w], θ: s[θ], initial: s[between[0]]}
	for k := range l.blocks {
		back.inner, back.residual = append(back.inner, s[inner[k]]), append(back.residual, s[between[k+1]])
	}
	return back
}

// inverseByLoop is x [D, batch] of y [D, batch] and the log-det [batch].
func (b Autoregressive) inverseByLoop(network *growing, y *Node, t Looper, training bool) (x, logDet *Node) {
	l := network.looped(b.Dim)
	found := l.invert(StopGradient(y), t.InLoop(), training)
	logDetFound := b.overFeatures(found.logDet)
	if b.looped {
		return found.x, logDetFound
	}

	// From here on nothing is computed unless a gradient is asked for. The graph finds its way back
	// from x and the log-det to all that they depend on through a sum of it that is never used, in
	// which every layer takes what the loop found; and each finds there the gradient that solve has
	// for it.
	each := eachFeature(StopGradient(y))
	gradient := t.InverseGradient(each, parametersOf(t, found.θ))
	var ofX, ofLogDet tap
	var back sensitivities
	var all []*Node
	reach := func(n *Node, gradient func() *Node) {
		all = append(all, ReduceAllSum(IdentityWithCustomGradient(n, func(_, _ *Node) *Node { return gradient() })))
	}
	var ofY *Node
	reach(y, func() *Node { return ofY })
	reach(l.initial.of(found.x), func() *Node { return back.initial })
	for k := range b.Blocks {
		reach(l.intoInner[k].of(found.outer[k]), func() *Node { return back.inner[k] })
		reach(l.outOfInner[k].of(found.inner[k]), func() *Node { return back.residual[k] })
	}
	reach(l.final.of(found.last), func() *Node { return back.θ })
	sum := all[0]
	for _, more := range all[1:] {
		sum = Add(sum, more)
	}
	sum = IdentityWithCustomGradient(sum, func(_, arriving *Node) *Node { // before any of the others
		v, atLogDet := ofX.take(), ofLogDet.take()
		if v == nil {
			v = filled(y, 0)
		}
		of := func(v, b *Node) (value, parameters *Node) { // by each x and by its log-derivative
			value, ofParameters := gradient(v, b)
			return featuresLike(y, value), Reshape(ofParameters(), found.θ.Shape().Dimensions...)
		}
		value, byValue := of(filled(each, 1), nil)
		ofLog, byLogDet := filled(value, 0), filled(byValue, 0)
		if atLogDet != nil {
			ofLog, byLogDet = of(nil, eachFeature(forFeatures(atLogDet, y)))
		}
		back = l.solve(found, v, byValue, byLogDet)
		ofY = Add(Mul(back.x, value), ofLog)
		return arriving
	})
	return ofX.on(instead(sum, found.x)), ofLogDet.on(instead(sum, logDetFound))
}

// instead is x, with the way back of a scalar.
func instead(scalar, x *Node) *Node {
	never := BroadcastToShape(Const(x.Graph(), false), shapes.Make(dtypes.Bool, x.Shape().Dimensions...))
	return Where(never, BroadcastToShape(scalar, x.Shape()), x)
}

// zeros are rows of zeros, as long as those of x [D, batch]: [rows, batch].
func zeros(x *Node, rows int) *Node {
	shape := x.Shape().Clone()
	shape.Dimensions[shape.Rank()-2] = rows
	return BroadcastToShape(number(x, 0), shape)
}
