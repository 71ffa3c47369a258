package bijection

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// bin is the bin that each value falls into. Every field is shaped like the values, [n, batch].
type bin struct {
	width, height *Node // of the bin, w_k and h_k
	left, low     *Node // its lower edges, x_k and y_k
	start, end    *Node // derivatives at its lower and upper edges, δ_k and δ_{k+1}
}

// found is the result of a search for bins. Its gradient is defined by hand. With the bin known,
// the gradient of a softmax and its running sum has a closed form, one pass over the parameters.
// The graph's own gradient would go back through every step of the search.
type found struct {
	shares *Node // [n, 2, K, batch], the softmax of the widths and that of the heights
	index  *Node // [n, 2, batch], number of the bin, from 0, repeated for both axes
	picked *Node // [n, 6, batch], the fields of bin, in order
}

// find goes through the bins from the left, for all values at once, and keeps the fields of the
// last bin that begins at or below each value.
//
// To decide whether a value has reached bin i, it compares the softmax's exponentials: (x + B −
// i·least)·Σe/scale ≥ e_0 + … + e_{i−1}. XLA may recompute this comparison wherever it is used,
// except behind once. An edge is a sum of products, which may be rounded differently each time it
// is recomputed. When edges were compared, a value within a rounding error of a knot could get some
// fields from the bin on its left and others from the bin on its right, and the spline was off by a
// whole bin. Here no product is added to anything, so the answer is the same everywhere.
func (s Spline) find(values, parameters *Node, byHeight bool) found {
	k, dtype, g := s.Bins, values.DType(), values.Graph()
	n, batch := values.Shape().Dim(0), values.Shape().Dim(1)
	logits := Reshape(SliceAxis(parameters, 1, AxisRange(0, 2*k)), n, 2, k, batch)
	most := func() *Node { return ReduceAndKeep(logits, ReduceMax, 2) }
	sum := func(x *Node) *Node { return ReduceAndKeep(x, ReduceSum, 2) }
	if s.looped {
		most = func() *Node { return overAxis(logits, 2, Max) }
		sum = func(x *Node) *Node { return overAxis(x, 2, Add) }
	}
	exps := Exp(Sub(logits, StopGradient(most())))
	total := sum(exps)
	shares := Div(exps, total)
	scale, least := s.sizes(g, dtype)
	axis, smallest := 0, 2*s.Bound*s.MinWidth
	if byHeight {
		axis, smallest = 1, 2*s.Bound*s.MinHeight
	}
	pair := shapes.Make(dtype, n, 2, batch)
	low := BroadcastToShape(number(values, -s.Bound), pair)
	q := search{
		k: k, bound: s.Bound, smallest: smallest, values: ExpandAxes(values, 1), parameters: parameters,
		sizes: Add(Mul(shares, ExpandAxes(scale, 2)), ExpandAxes(least, 2)), exps: SliceAxis(exps, 1, AxisElem(axis)),
		unit: Div(SliceAxis(Squeeze(total, 2), 1, AxisElem(axis)), SliceAxis(scale, 1, AxisElem(axis))),
		ends: s.FreeEnds,
	}
	r := reached{edge: low, before: filled(q.values, 0), size: q.size(0), at: low, slopes: q.slopes(0), index: filled(low, 0)}
	q.find(&r)
	slopes := plus(softplus(r.slopes), s.MinDerivative)
	if !s.FreeEnds { // the outermost knots have slope 1, like the tails
		slopes = s.flatEnds(slopes, r.index)
	}
	if s.trained || s.looped {
		r.size, r.at, slopes = materialised(r.size), materialised(r.at), materialised(slopes)
	}
	return found{shares: shares, index: r.index, picked: Concatenate([]*Node{r.size, r.at, slopes}, 1)}
}

// flatEnds returns the slopes at the edges of the bins of these numbers, both [n, 2, batch], with 1
// at the outermost knots.
func (s Spline) flatEnds(slopes, index *Node) *Node {
	pair := index.Shape()
	outermost := Equal(index, BroadcastToShape(ConvertDType(Const(index.Graph(), [][][]float64{{{0}, {float64(s.Bins - 1)}}}), index.DType()), pair))
	return Where(outermost, filled(slopes, 1), slopes)
}

// sizes returns scale and least, both [1, 2, 1], for widths and heights. The sizes of the bins are
// shares·scale + least.
func (s Spline) sizes(g *Graph, dtype dtypes.DType) (scale, least *Node) {
	constant := func(width, height float64) *Node {
		return ConvertDType(Const(g, [][][]float64{{{width}, {height}}}), dtype)
	}
	k, whole := float64(s.Bins), 2*s.Bound
	return constant(whole*(1-k*s.MinWidth), whole*(1-k*s.MinHeight)), constant(whole*s.MinWidth, whole*s.MinHeight)
}

// gradient returns the gradient of the parameters [n, Parameters, batch], given that of picked.
//
// A bin's size is scale·p_j + least, and its lower edge is scale·P_j + … with P_j = Σ_{i<j} p_i.
// Let g_s and g_e be the gradients of size and edge. The gradient of the logit u_i is
//
//	scale · p_i · (g_e·[i<j] + g_s·[i=j] − g_e·P_j − g_s·p_j).
//
// This holds for the last bin too, whose size is what the others leave, because Σ p_i = 1.
func (f found) gradient(s Spline, parameters, v *Node) *Node {
	k, g, dtype := s.Bins, v.Graph(), v.DType()
	n, batch := v.Shape().Dim(0), v.Shape().Dim(2)
	pair := func(of *Node, i int) *Node { return SliceAxis(of, 1, AxisRange(i, i+2)) }
	ofSize, ofEdge := pair(v, 0), pair(v, 2)
	scale, least := s.sizes(g, dtype)
	share := Div(Sub(pair(f.picked, 0), least), scale)
	before := Div(Sub(plus(pair(f.picked, 2), s.Bound), Mul(f.index, least)), scale)
	mean := Add(Mul(ofEdge, before), Mul(ofSize, share))

	number := Iota(g, shapes.Make(dtype, n, 2, k, batch), 2)
	wide := func(of *Node) *Node { return BroadcastToDims(ExpandAxes(of, 2), n, 2, k, batch) }
	index := wide(f.index)
	own := Where(LessThan(number, index), wide(ofEdge), Where(Equal(number, index), wide(ofSize), filled(number, 0)))
	logits := Mul(Mul(f.shares, Sub(own, wide(mean))), ExpandAxes(scale, 2))

	knots := SliceAxis(parameters, 1, AxisRangeToEnd(2*k))
	count := s.knots()
	number = Iota(g, shapes.Make(dtype, n, count, batch), 1)
	index = BroadcastToDims(SliceAxis(f.index, 1, AxisElem(0)), n, count, batch)
	slope := func(i int) *Node { return BroadcastToDims(SliceAxis(v, 1, AxisElem(i)), n, count, batch) }
	none := filled(number, 0)
	left, right := plus(index, -1), index // the numbers of the knots at a bin's two edges
	if s.FreeEnds {
		left, right = index, plus(index, 1)
	}
	ofKnots := Add(Where(Equal(number, left), slope(4), none), Where(Equal(number, right), slope(5), none))
	return Concatenate([]*Node{Reshape(logits, n, 2*k, batch), Mul(ofKnots, Logistic(knots))}, 1)
}
