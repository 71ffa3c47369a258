package bijection

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// The inverse of an autoregressive layer takes its features one after another, for each needs those before it. Here this is a loop, so that the program is of one size whatever D is.
//
//	x_i = S⁻¹(y_i; θ_i(x_0 … x_{i−1}, c)),  i = 0 … D−1
//
// A loop has no gradient of itself. That of the inverse is stated by the implicit function theorem. With the x that the loop found as a constant in θ, all x_i are one pass of the network and of
// the splines, of which the graph knows the gradient; what is missing is how x enters θ. So let v be the gradient that arrives at x and b that of the log-det Σ l_i. The gradient w of x in which all of
// it is counted solves a triangular system, from the last feature to the first, by a loop as well:
//
//	w_i = v_i + Σ_{j>i} (w_j ∂S⁻¹(y_j; θ_j)/∂θ_j + b ∂l_j/∂θ_j) ∂θ_j/∂x_i
//
// Put in the place of v, it gives the gradients of y, of the condition and of the weights.

// leastLooped is the least D whose inverse is a loop: below it, D steps written one after another are as small and no slower. In a training step, which goes back as well, it's leastLoopedInTraining.
const (
	leastLooped           = 3
	leastLoopedInTraining = 4
)

// byLoop tells whether the inverse is a loop in a graph.
func (b Autoregressive) byLoop(g *Graph, spline Spline) bool {
	least := leastLooped
	if spline.trained {
		least = leastLoopedInTraining
	}
	return b.Dim >= least && loops(g)
}

// inverseByLoop is x [D, batch] of y [D, batch] and the log-det [batch].
func (b Autoregressive) inverseByLoop(network *growing, y *Node, spline Spline) (x, logDet *Node) {
	weights := network.looped(b.Dim)
	x, logDet = weights.invert(y, spline)
	x, logDet = StopGradient(x), StopGradient(logDet)

	// The pass that gradients are taken of. Its values are those of the loop up to rounding; nothing is computed for them.
	var rest *evaluated // features 1 … D−1
	there, logDetThere := b.pass(network, y, x, func(y, θ *Node) (x, l *Node) {
		rest, x, l = spline.inverse(y, θ)
		return x, l
	})
	var ofX, ofLogDet tap
	there = IdentityWithCustomGradient(there, func(there, _ *Node) *Node {
		return weights.solve(network, rest, there, ofX.take(), ofLogDet.take())
	})
	// On the way back what is last comes first: this looks at the tap before it is emptied there.
	logDetThere = IdentityWithCustomGradient(logDetThere, func(_, _ *Node) *Node { return ofLogDet.gradient })
	// Nothing is ever taken from the first branch: it is where the graph finds its way back, from the log-det to x as well.
	logDetThere = Add(logDetThere, overFeatures(there))
	return ofX.on(instead(there, x)), ofLogDet.on(instead(logDetThere, logDet))
}

// instead is x, with the way back of y.
func instead(y, x *Node) *Node {
	never := BroadcastToShape(Const(x.Graph(), false), shapes.Make(dtypes.Bool, x.Shape().Dimensions...))
	return Where(never, y, x)
}

// looped is a made's weights as the loops over features take them. Each loop takes slices of as many units as the most frequent degree has, from the first unit of degree i on; those
// of other degrees that such a slice has besides come to no harm.
type looped struct {
	made
	widest  int   // units of the most frequent degree
	starts  []int // [D], where the slice of the units of degree i starts
	initial affinity
	outer   []affinity // of each block
	inner   []affinity
	final   affinity
}

// affinity is a linear layer with its mask laid on: W [in, out], and what is added to Wᵀh, its bias and what the condition gives, [out, 1] or [out, batch].
type affinity struct{ w, plus *Node }

// looped finds the weights, and creates them in the order in which growing does.
func (g *growing) looped(dim int) looped {
	l := looped{made: g.made, outer: make([]affinity, g.blocks), inner: make([]affinity, g.blocks)}
	units := len(g.hidden)
	for i := range dim {
		l.widest = max(l.widest, g.hidden.upTo(i)-g.hidden.upTo(i-1))
	}
	for i := range dim {
		l.starts = append(l.starts, min(g.hidden.upTo(i-1), units-l.widest))
	}
	of := func(l linear, scope *model.Scope) affinity {
		w, b := l.weights(scope, g.like)
		if l.mask != nil {
			w = masked(w, l.mask)
		}
		return affinity{w, turned(b)}
	}
	ofCondition := func(scope *model.Scope) *Node {
		w, b := g.ofCondition().weights(scope.At("condition"), g.like)
		return affine(w, b, g.c)
	}
	if g.hidden.upTo(0) == 0 {
		l.final = of(g.made.final(), g.scope.At("final"))
	}
	l.initial = of(g.ofFeatures(), g.scope.At("initial"))
	if g.c != nil {
		l.initial.plus = Add(l.initial.plus, relu(ofCondition(g.scope)))
	}
	for k := range g.blocks {
		block := g.scope.At("block_%d", k)
		l.outer[k] = of(g.square(0), block.At("linear_0"))
		if g.c != nil {
			l.outer[k].plus = Add(l.outer[k].plus, ofCondition(block))
		}
		l.inner[k] = of(g.square(1e-3), block.At("linear_1"))
	}
	if l.final.w == nil {
		l.final = of(g.made.final(), g.scope.At("final"))
	}
	return l
}

// invert is x [D, batch] of y [D, batch] under an inverse of splines, and the log-det [batch].
func (l looped) invert(y *Node, spline Spline) (x, logDet *Node) {
	spline.trained, spline.looped = false, true
	p, units := spline.Parameters(), len(l.hidden)
	// What changes: x, the log-det [1, batch], then the units of every layer [units, batch]; zero where nothing is known yet.
	const x_, logDet_, last_, outer_ = 0, 1, 2, 3
	inner_ := outer_ + l.blocks
	none := zeros(y, units)
	state := []*Node{filled(y, 0), zeros(y, 1), none}
	for range 2 * l.blocks {
		state = append(state, none)
	}
	// What doesn't: y and, transposed so that slices are of neighbouring rows, the weights.
	add := func(a affinity) (at int) {
		state = append(state, turned(a.w), a.plus)
		return len(state) - 2
	}
	y_ := len(state)
	state = append(state, y)
	initial_, final_ := add(l.initial), add(l.final)
	var outerAt, innerAt []int
	for k := range l.blocks {
		outerAt, innerAt = append(outerAt, add(l.outer[k])), append(innerAt, add(l.inner[k]))
	}
	state = loop(0, len(l.starts), state, func(i *Node, s []*Node) {
		start := element(l.starts, i)
		rows := func(at int, h *Node) *Node { // those units' Wᵀh + b, [widest, batch]
			return Add(times(rowsAt(s[at], start, l.widest), -1, h, -2), rowsAt(s[at+1], start, l.widest))
		}
		h := rows(initial_, s[x_])
		for k := range l.blocks {
			s[outer_+k] = withRows(s[outer_+k], relu(h), start)
			s[inner_+k] = withRows(s[inner_+k], relu(rows(outerAt[k], s[outer_+k])), start)
			h = Add(h, rows(innerAt[k], s[inner_+k]))
		}
		s[last_] = withRows(s[last_], h, start)
		first := Mul(i, Const(i.Graph(), int32(p)))
		θ := Add(times(rowsAt(s[final_], first, p), -1, s[last_], -2), rowsAt(s[final_+1], first, p))
		yi := rowsAt(s[y_], i, 1)
		xi, logDerivative := spline.Inverse(eachFeature(yi), splineParameters(θ, spline))
		s[x_] = withRows(s[x_], featuresLike(yi, xi), i)
		s[logDet_] = Add(s[logDet_], featuresLike(yi, logDerivative))
	})
	return state[x_], overFeatures(state[logDet_])
}

// solve is w [D, batch] of the equation above, given the gradients v [D, batch] of x and b [batch] of the log-det, nil for none. units are those of the pass, rest the splines of features 1 … D−1 in it.
func (l looped) solve(units *growing, rest *evaluated, like, v, b *Node) *Node {
	p, dim := rest.spline.Parameters(), len(l.starts)
	if v == nil {
		v = filled(like, 0)
	}
	// Gradients of the splines' parameters by those of their values and by that of the log-det: w_j·byValue + byLogDet, [(D−1)·(3K−1), batch].
	outputs := func(θ *Node) *Node {
		dims := append([]int(nil), v.Shape().Dimensions...)
		dims[len(dims)-2] = (dim - 1) * p
		return Reshape(θ, dims...)
	}
	byValue := outputs(rest.byParameters(filled(rest.ξ, 1), nil))
	byLogDet := filled(byValue, 0)
	if b != nil {
		byLogDet = outputs(rest.byParameters(nil, eachFeature(forFeatures(b, features(like, 1, dim)))))
	}
	// What changes: w, which is v and what later features add to it, then the gradients of the units of every layer [units, batch], where nothing has arrived yet.
	const w_, last_, outer_ = 0, 1, 2
	inner_ := outer_ + l.blocks
	none := zeros(v, len(l.hidden))
	state := []*Node{v, none}
	for range 2 * l.blocks {
		state = append(state, none)
	}
	add := func(n *Node) (at int) {
		state = append(state, n)
		return len(state) - 1
	}
	byValue_, byLogDet_, initial_, final_ := add(byValue), add(byLogDet), add(l.initial.w), add(l.final.w)
	var outerAt, innerAt, outerUnits, innerUnits []int
	for k := range l.blocks {
		outerAt, innerAt = append(outerAt, add(l.outer[k].w)), append(innerAt, add(l.inner[k].w))
		outerUnits, innerUnits = append(outerUnits, add(StopGradient(units.outer[k]))), append(innerUnits, add(StopGradient(units.inner[k])))
	}
	// Where feature i is reached, all that it enters has been, and the units of degree i have been too. Feature 0 enters nothing else.
	return loop(dim-1, 0, state, func(i *Node, s []*Node) {
		start, number := element(l.starts, i), func(v int) *Node { return Const(i.Graph(), int32(v)) }
		first := Mul(i, number(p))
		before := Sub(first, number(p))
		ofθ := Add(Mul(rowsAt(s[byValue_], before, p), rowsAt(s[w_], i, 1)), rowsAt(s[byLogDet_], before, p))
		s[last_] = Add(s[last_], times(columnsAt(s[final_], first, p), -1, ofθ, -2))

		// ofUnits is the gradient of the slice's units of degree i, where one is open; others are done already or not complete.
		degrees := DynamicSlice(Const(i.Graph(), l.numbers()), []*Node{start}, []int{l.widest})
		own := Equal(degrees, BroadcastToShape(i, degrees.Shape())) // [widest]
		ofUnits := func(gradients, open *Node) *Node {
			h := rowsAt(gradients, start, l.widest)
			column := []int{l.widest, 1}
			if h.Rank() > 2 {
				column = append([]int{1}, column...)
			}
			mask := BroadcastToDims(Reshape(own, column...), h.Shape().Dimensions...)
			if open != nil {
				open = rowsAt(open, start, l.widest)
				mask = LogicalAnd(mask, GreaterThan(open, filled(open, 0)))
			}
			return Where(mask, h, filled(h, 0))
		}
		through := func(weights int, h *Node) *Node { return times(columnsAt(s[weights], start, l.widest), -1, h, -2) }
		h := ofUnits(s[last_], nil)
		for k := l.blocks - 1; k >= 0; k-- {
			s[inner_+k] = Add(s[inner_+k], through(innerAt[k], h))
			s[outer_+k] = Add(s[outer_+k], through(outerAt[k], ofUnits(s[inner_+k], s[innerUnits[k]])))
			h = Add(h, ofUnits(s[outer_+k], s[outerUnits[k]]))
		}
		s[w_] = Add(s[w_], through(initial_, h))
	})[w_]
}

// numbers are the hidden units' degrees.
func (l looped) numbers() []int32 {
	numbers := make([]int32, len(l.hidden))
	for k, d := range l.hidden {
		numbers[k] = int32(d)
	}
	return numbers
}

// zeros are rows of zeros, as long as those of x [D, batch]: [rows, batch].
func zeros(x *Node, rows int) *Node {
	shape := x.Shape().Clone()
	shape.Dimensions[shape.Rank()-2] = rows
	return BroadcastToShape(number(x, 0), shape)
}
