package bijection

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// The inverse of an autoregressive layer computes the features one after another, since each needs
// those before it. Here this is a loop, so that the size of the program doesn't depend on D.
//
//	x_i = T⁻¹(y_i; θ_i(x_0 … x_{i−1}, c)),  i = 0 … D−1
//
// GoMLX's loop has no gradient, so the gradient is defined here, by the implicit function theorem.
// Let v be the gradient that arrives at x, and b the one that arrives at the log-det Σ l_i. Let w
// be the gradient of x that includes the effect of each feature on those after it. It solves a
// triangular system, from the last feature to the first, which is a loop as well:
//
//	w_i = v_i + Σ_{j>i} ∂θ_j/∂x_i ∘ (w_j ∂x_j/∂θ_j + b ∂l_j/∂θ_j)
//
// The same loop yields the gradients of all units, and from them those of y, of the condition and
// of the weights.

// looped holds a made's weights as the loops over features use them. Each turn of a loop takes a
// slice of the units, from the first unit of degree i on. All slices have the same size, the number
// of units of the most frequent degree. So a slice may contain units of other degrees too, which
// does no harm.
type looped struct {
	made
	circle                circle
	widest                int   // the number of units of the most frequent degree
	starts                []int // [D], the start of the slice with the units of degree i
	initial, final        maskedLinear
	intoInner, outOfInner []maskedLinear // the two linear layers of each block
}

// maskedLinear is a linear layer with its mask applied: W [in, out], b [1, out] and the condition's
// contribution c, [out, batch] or nil.
type maskedLinear struct{ w, b, c *Node }

// of returns Wᵀh + b + c [out, batch].
func (a maskedLinear) of(h *Node) *Node {
	if a.c == nil {
		return affine(a.w, a.b, h)
	}
	return Add(affine(a.w, a.b, h), a.c)
}

// constant returns what is added to Wᵀh, [out, 1] or [out, batch].
func (a maskedLinear) constant() *Node {
	if a.c == nil {
		return transposed(a.b)
	}
	return Add(transposed(a.b), a.c)
}

// looped returns the network's weights for loops over dim features. It creates them in the same
// order as growing does.
func (g *growing) looped(dim int, angles circle) looped {
	l := looped{made: g.made, circle: angles}
	for i := range dim {
		l.widest = max(l.widest, g.hidden.upTo(i)-g.hidden.upTo(i-1))
	}
	for i := range dim {
		l.starts = append(l.starts, min(g.hidden.upTo(i-1), len(g.hidden)-l.widest))
	}
	of := func(l linear, scope *model.Scope) maskedLinear {
		w, b := l.weights(scope, g.like)
		if l.mask != nil {
			w = l.mask.applyTo(w)
		}
		return maskedLinear{w: w, b: b}
	}
	ofCondition := func(scope *model.Scope) *Node { return g.ofCondition().apply(scope.At("condition"), g.c) }
	if g.hidden.upTo(0) == 0 {
		l.final = of(g.made.final(), g.scope.At("final"))
	}
	l.initial = of(g.ofFeatures(), g.scope.At("initial"))
	l.initial.w = angles.paired(l.initial.w)
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

// inverted is the result of the inversion loops. In the end all of it is constant to gradients.
type inverted struct {
	x            *Node   // [D, batch]
	pairs        *Node   // what the network sees of x, [2D, batch], with angles; nil without, where it is x
	logDet       *Node   // sum over the features so far, [1, batch]
	θ            *Node   // the transformers' parameters, [D·p, batch]
	outer, inner []*Node // the inputs of the two linear layers of each block, [units, batch], for the units known so far
	last         *Node   // the output of the last block, likewise
}

// leastInParts is the smallest D whose features are inverted by several loops, inParts of them, one
// after another. Each loop multiplies only the units that may be known by its end. Two loops do
// three quarters of the work of one, but make a larger program. A training step has one loop: the
// inversion is a third of its work, and its program is large already.
const leastInParts, inParts = 8, 2

// invert returns x for y [D, batch]. t is the transformer in the form that a loop's body takes.
func (l looped) invert(y *Node, t Transformer, training bool) inverted {
	found := inverted{x: filled(y, 0), logDet: zeros(y, 1), θ: zeros(y, len(l.out)), outer: make([]*Node, l.blocks), inner: make([]*Node, l.blocks)}
	dim, parts := len(l.starts), 1
	if !l.circle.none() {
		found.pairs = zeros(y, 2*dim)
	}
	if dim >= leastInParts && !training {
		parts = inParts
	}
	for part := range parts {
		found = l.invertPart(found, y, t, dim*part/parts, dim*(part+1)/parts)
	}
	found.x, found.logDet, found.θ, found.last = StopGradient(found.x), StopGradient(found.logDet), StopGradient(found.θ), StopGradient(found.last)
	if found.pairs != nil {
		found.pairs = StopGradient(found.pairs)
	}
	for k := range l.blocks {
		found.outer[k], found.inner[k] = StopGradient(found.outer[k]), StopGradient(found.inner[k])
	}
	return found
}

// seen returns what the network saw of x, as initial takes it.
func (f inverted) seen() *Node {
	if f.pairs != nil {
		return f.pairs
	}
	return f.x
}

// invertPart continues an inversion from feature from (included) to feature to (excluded).
func (l looped) invertPart(found inverted, y *Node, t Transformer, from, to int) inverted {
	p, units := l.circle.of(t, nil).Parameters(), max(l.hidden.upTo(to-1), l.widest) // the units known by the end
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
	seen := x
	if found.pairs != nil {
		seen = s.add(found.pairs)
	}
	var outer, inner []int
	for k := range l.blocks {
		outer, inner = append(outer, s.add(longer(found.outer[k]))), append(inner, s.add(longer(found.inner[k])))
	}
	// These don't change: y, and the weights between those units, transposed so that slices are of
	// neighbouring rows.
	type layer struct{ w, constant int }
	add := func(a maskedLinear, in, first, beyond int) layer {
		return layer{s.add(transposed(columns(features(a.w, 0, in), first, beyond))), s.add(features(a.constant(), first, beyond))}
	}
	ys, initial, final := s.add(y), add(l.initial, len(l.starts)*l.circle.rows(), 0, units), add(l.final, units, from*p, to*p)
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
		h := rows(initial, s[seen], start, l.widest)
		for k := range l.blocks {
			s[outer[k]] = withRows(s[outer[k]], relu(h), start)
			s[inner[k]] = withRows(s[inner[k]], relu(rows(intoInner[k], s[outer[k]], start, l.widest)), start)
			h = Add(h, rows(outOfInner[k], s[inner[k]], start, l.widest))
		}
		s[last] = withRows(s[last], h, start)
		ofFeature := rows(final, s[last], Mul(Sub(i, number(from)), number(p)), p)
		s[θ] = withRows(s[θ], ofFeature, Mul(i, number(p)))
		yi := rowsAt(s[ys], i, 1)
		of := l.circle.at(t, i)
		xi, logDerivative := of.Inverse(mergeFeatures(yi), parametersOf(of, ofFeature))
		s[x] = withRows(s[x], splitFeatures(yi, xi), i)
		if seen != x {
			s[seen] = withRows(s[seen], l.circle.pairAt(splitFeatures(yi, xi), i), Mul(i, number(2)))
		}
		s[logDet] = Add(s[logDet], splitFeatures(yi, logDerivative))
	})
	found = inverted{x: s[x], logDet: s[logDet], θ: s[θ], last: s[last], pairs: found.pairs}
	if seen != x {
		found.pairs = s[seen]
	}
	for k := range l.blocks {
		found.outer, found.inner = append(found.outer, s[outer[k]]), append(found.inner, s[inner[k]])
	}
	return found
}

// startsWithin returns the starts of slices, moved so that every slice lies within the first units.
func (l looped) startsWithin(units int) []int {
	starts := slices.Clone(l.starts)
	for i := range starts {
		starts[i] = min(starts[i], units-l.widest)
	}
	return starts
}

// sensitivities are the gradients that the backward pass through an inversion yields: of x, of the
// outputs θ, and of the output of each linear layer. Each is shaped like what it is the gradient
// of.
type sensitivities struct {
	x, θ            *Node
	initial         *Node
	inner, residual []*Node // of the outputs of the two linear layers of each block
}

// solve runs the backward pass through an inversion. v [D, batch] is the gradient that arrives at
// x. The gradient of the parameters θ [D·p, batch] of feature j is w_j·byValue + byLogDet.
func (l looped) solve(found inverted, v, byValue, byLogDet *Node) sensitivities {
	dim, p := len(l.starts), len(l.out)/len(l.starts)
	var s state
	w, θ := s.add(filled(v, 0)), s.add(filled(found.θ, 0))
	// The gradients of the input of each block and of the output of the last one, then those of the
	// output of each block's first layer.
	between, inner := s.addEach(l.blocks+1, zeros(v, len(l.hidden))), s.addEach(l.blocks, zeros(v, len(l.hidden)))
	vs, ofValue, ofLogDet, initial, final := s.add(v), s.add(byValue), s.add(byLogDet), s.add(l.initial.w), s.add(l.final.w)
	slopes := -1
	if found.pairs != nil {
		slopes = s.add(l.circle.slopes(found.pairs))
	}
	var intoInner, outOfInner, outerUnits, innerUnits []int
	for k := range l.blocks {
		intoInner, outOfInner = append(intoInner, s.add(l.intoInner[k].w)), append(outOfInner, s.add(l.outOfInner[k].w))
		outerUnits, innerUnits = append(outerUnits, s.add(found.outer[k])), append(innerUnits, s.add(found.inner[k]))
	}
	// In a slice, the units of degree i have all that they need. Units of lower degree come later,
	// and nothing has read them until then. Units of higher degree are done already, and come out
	// the same.
	s = loop(dim-1, -1, s, func(i *Node, s state) {
		own := i // the first row of what the network sees of feature i
		if slopes >= 0 {
			own = Mul(i, Const(i.Graph(), int32(2)))
		}
		through := times(rowsAt(s[initial], own, l.circle.rows()), -1, s[between[0]], -2)
		if slopes >= 0 {
			through = overAxis(Mul(through, rowsAt(s[slopes], own, 2)), through.Rank()-2, Add)
		}
		wi := Add(rowsAt(s[vs], i, 1), through)
		s[w] = withRows(s[w], wi, i)
		first := Mul(i, Const(i.Graph(), int32(p)))
		s[θ] = withRows(s[θ], Add(Mul(rowsAt(s[ofValue], first, p), wi), rowsAt(s[ofLogDet], first, p)), first)

		start := element(l.starts, i)
		back := func(weights int, h *Node) *Node { return times(rowsAt(s[weights], start, l.widest), -1, h, -2) }
		open := func(h *Node, units int) *Node { // a ReLU's gradient
			unit := rowsAt(s[units], start, l.widest)
			return Where(GreaterThan(unit, filled(unit, 0)), h, filled(h, 0))
		}
		h := back(final, s[θ])
		s[between[l.blocks]] = withRows(s[between[l.blocks]], h, start)
		for k := l.blocks - 1; k >= 0; k-- {
			s[inner[k]] = withRows(s[inner[k]], open(back(outOfInner[k], s[between[k+1]]), innerUnits[k]), start)
			h = Add(h, open(back(intoInner[k], s[inner[k]]), outerUnits[k]))
			s[between[k]] = withRows(s[between[k]], h, start)
		}
	})
	back := sensitivities{x: s[w], θ: s[θ], initial: s[between[0]]}
	for k := range l.blocks {
		back.inner, back.residual = append(back.inner, s[inner[k]]), append(back.residual, s[between[k+1]])
	}
	return back
}

// differentiable returns what an inversion of y [D, batch] has found, x [D, batch] and the log-det
// [batch], with the gradients of both.
func (l looped) differentiable(found inverted, logDetFound, y *Node, t LoopTransformer) (x, logDet *Node) {
	// From here on nothing is computed unless a gradient is requested. The graph must find a way
	// back from x and the log-det to all that they depend on. It finds it through a sum that is
	// never used, in which every linear layer takes the inputs that the loop found. There each
	// layer receives the gradient that solve computed for it.
	each := mergeFeatures(StopGradient(y))
	gradient := t.InverseGradient(each, parametersOf(t, found.θ))
	var ofX, ofLogDet tap
	var back sensitivities
	var all []*Node
	reach := func(n *Node, gradient func() *Node) {
		all = append(all, ReduceAllSum(IdentityWithCustomGradient(n, func(_, _ *Node) *Node { return gradient() })))
	}
	var ofY *Node
	reach(y, func() *Node { return ofY })
	reach(l.initial.of(found.seen()), func() *Node { return back.initial })
	for k := range l.blocks {
		reach(l.intoInner[k].of(found.outer[k]), func() *Node { return back.inner[k] })
		reach(l.outOfInner[k].of(found.inner[k]), func() *Node { return back.residual[k] })
	}
	reach(l.final.of(found.last), func() *Node { return back.θ })
	sum := all[0]
	for _, more := range all[1:] {
		sum = Add(sum, more)
	}
	sum = IdentityWithCustomGradient(sum, func(_, arriving *Node) *Node { // runs before the others
		v, atLogDet := ofX.take(), ofLogDet.take()
		if v == nil {
			v = filled(y, 0)
		}
		of := func(v, b *Node) (value, parameters *Node) { // the gradients by each x and by its log-derivative
			value, ofParameters := gradient(v, b)
			return splitFeatures(y, value), Reshape(ofParameters(), found.θ.Shape().Dimensions...)
		}
		value, byValue := of(filled(each, 1), nil)
		ofLog, byLogDet := filled(value, 0), filled(byValue, 0)
		if atLogDet != nil {
			ofLog, byLogDet = of(nil, mergeFeatures(repeatForFeatures(atLogDet, y)))
		}
		back = l.solve(found, v, byValue, byLogDet)
		ofY = Add(Mul(back.x, value), ofLog)
		return arriving
	})
	return ofX.on(instead(sum, found.x)), ofLogDet.on(instead(sum, logDetFound))
}

// instead returns x, with the gradient path of scalar in place of its own.
func instead(scalar, x *Node) *Node {
	never := BroadcastToShape(Const(x.Graph(), false), shapes.Make(dtypes.Bool, x.Shape().Dimensions...))
	return Where(never, BroadcastToShape(scalar, x.Shape()), x)
}

// zeros returns rows of zeros in the width of x [D, batch]: [rows, batch].
func zeros(x *Node, rows int) *Node {
	shape := x.Shape().Clone()
	shape.Dimensions[shape.Rank()-2] = rows
	return BroadcastToShape(number(x, 0), shape)
}
