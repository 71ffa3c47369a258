package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// mostInTurn is the largest number of bins that are searched one after another. Where the graph can
// have a loop, more bins are searched by a loop, inEachTurn of them in each turn, so that the
// program's size doesn't grow with their number.
const mostInTurn, inEachTurn = 24, 8

// search holds what a search of values for their bins reads: of both axes [n, 2, K, batch], widths
// then heights, or of the searched axis alone, [n, 1, …].
type search struct {
	k          int     // number of bins
	bound      float64 // B
	smallest   float64 // the smallest size of a bin
	values     *Node   // [n, 1, batch]
	unit       *Node   // [n, 1, batch], the number of exponentials in a unit of length
	exps       *Node   // [n, 1, K, batch], the softmax's exponentials
	sizes      *Node   // [n, 2, K, batch], sizes of the bins
	parameters *Node   // [n, 3K−1, batch], or [n, 3K+1, batch] with the slopes at both ends
	ends       bool    // with the slopes at both ends
}

// reached is the state of a search. edge and before are of the bin that the search has come to. The
// other fields are of the last bin that the value has reached.
type reached struct {
	edge   *Node // [n, 2, batch], lower edges
	before *Node // [n, 1, batch], sum of the exponentials of the bins before it

	size   *Node // [n, 2, batch]
	at     *Node // [n, 2, batch], lower edges
	slopes *Node // [n, 2, batch], parameters of the slopes at its two edges
	index  *Node // [n, 2, batch], the bin's number, repeated for both axes
}

// size returns the size of bin i on both axes, [n, 2, batch].
func (q search) size(i int) *Node { return Squeeze(SliceAxis(q.sizes, 2, AxisElem(i)), 2) }

// slopes returns the parameters of the slopes at the edges of bin i, [n, 2, batch]. Inner knot i,
// parameter 2K+i, is the right edge of bin i and the left edge of bin i+1. The outermost knots have
// no parameter: whatever stands in their place is replaced by slope 1 at the end. Neighbouring
// parameters are taken as one slice, because XLA vectorises loops over slices but not those over
// concatenations.
//
// With slopes at both ends, those of bin i are parameters 2K+i and 2K+i+1.
func (q search) slopes(i int) *Node {
	if q.ends {
		return SliceAxis(q.parameters, 1, AxisRange(2*q.k+i, 2*q.k+i+2))
	}
	if i < q.k-1 {
		return SliceAxis(q.parameters, 1, AxisRange(2*q.k+i-1, 2*q.k+i+1))
	}
	return BroadcastToShape(SliceAxis(q.parameters, 1, AxisElem(2*q.k+i-1)), q.size(i).Shape())
}

// find searches from bin 1 to the last. With few bins, it finds the number of the bin first, so
// that each value is compared only once, and then selects the bin's fields by that number.
func (q search) find(r *reached) {
	i := 1
	if q.k <= mostInTurn {
		r.index = q.number()
	} else if loops(q.values.Graph()) {
		for ; (q.k-1-i)%inEachTurn != 0; i++ {
			q.to(i, r)
		}
		q.byLoop(i, r)
		i = q.k - 1
	}
	for ; i < q.k; i++ {
		q.to(i, r)
	}
	if q.k > mostInTurn {
		r.index = materialised(r.index)
	}
}

// number returns the number of the bin, repeated for both axes [n, 2, batch].
func (q search) number() *Node {
	before, index := filled(q.values, 0), filled(q.values, 0)
	for i := 1; i < q.k; i++ {
		before = Add(before, q.before(i))
		index = Where(q.reaches(number(q.values, q.offset(i)), before), filled(index, float64(i)), index)
	}
	return materialised(BroadcastToShape(index, q.size(0).Shape()))
}

// before returns the exponential of the bin before bin i.
func (q search) before(i int) *Node { return Squeeze(SliceAxis(q.exps, 2, AxisElem(i-1)), 2) }

// reaches reports whether values have reached a bin, given its offset and the sum of the
// exponentials before it.
func (q search) reaches(offset, before *Node) *Node {
	return GreaterOrEqual(Mul(Add(q.values, offset), q.unit), before)
}

// to moves the search on to bin i.
func (q search) to(i int, r *reached) {
	r.edge = Add(r.edge, q.size(i-1))
	size := plus(Neg(r.edge), q.bound) // the last bin ends exactly at B, whatever the sum's rounding
	if i < q.k-1 {
		size = q.size(i)
	}
	if q.k <= mostInTurn {
		r.keep(GreaterOrEqual(r.index, filled(r.index, float64(i))), size, q.slopes(i))
		return
	}
	r.before = Add(r.before, q.before(i))
	yes := q.reaches(number(q.values, q.offset(i)), r.before)
	r.keep(yes, size, q.slopes(i))
	r.count(yes, number(q.values, float64(i)))
}

// offset returns B − i·smallest.
func (q search) offset(i int) float64 { return q.bound - float64(i)*q.smallest }

// keep stores a bin's fields for the values that have reached it.
func (r *reached) keep(yes, size, slopes *Node) {
	yes = BroadcastToShape(yes, size.Shape())
	r.size, r.at, r.slopes = Where(yes, size, r.size), Where(yes, r.edge, r.at), Where(yes, slopes, r.slopes)
}

// count stores the bin's number for the values that have reached it.
func (r *reached) count(yes, number *Node) {
	shape := r.index.Shape()
	r.index = Where(BroadcastToShape(yes, shape), BroadcastToShape(number, shape), r.index)
}

// byLoop searches from bin from to the last but one, inEachTurn bins in each turn of a loop.
func (q search) byLoop(from int, r *reached) {
	offsets, numbers := make([]float64, q.k), make([]float64, q.k)
	for i := range q.k {
		offsets[i], numbers[i] = q.offset(i), float64(i)
	}
	var s state
	edge, before, size, at, slopes, index := s.add(r.edge), s.add(r.before), s.add(r.size), s.add(r.at), s.add(r.slopes), s.add(r.index)
	left := 2*q.k - 1 // the parameter of the slope at the left edge of bin 0
	if q.ends {
		left = 2 * q.k
	}
	values, unit, exps, sizes, parameters := s.add(q.values), s.add(q.unit), s.add(q.exps), s.add(q.sizes), s.add(q.parameters)
	s = loop(0, (q.k-1-from)/inEachTurn, s, func(turn *Node, s state) {
		first := func(plus int) *Node { // the turn's first bin, plus an offset
			return Add(Mul(turn, Const(turn.Graph(), int32(inEachTurn))), Const(turn.Graph(), int32(from+plus)))
		}
		entry := func(table []float64, i int) *Node {
			return Reshape(sliceAt(ConstAsDType(turn.Graph(), s[values].DType(), table), 0, first(i), 1))
		}
		some := search{
			k: q.k, values: s[values], unit: s[unit], exps: sliceAt(s[exps], 2, first(-1), inEachTurn), sizes: sliceAt(s[sizes], 2, first(-1), inEachTurn+1),
			parameters: sliceAt(s[parameters], 1, first(left), inEachTurn+1),
		}
		r := reached{s[edge], s[before], s[size], s[at], s[slopes], s[index]}
		for i := range inEachTurn {
			r.edge, r.before = Add(r.edge, some.size(i)), Add(r.before, some.before(i+1))
			yes := some.reaches(entry(offsets, i), r.before)
			r.keep(yes, some.size(i+1), SliceAxis(some.parameters, 1, AxisRange(i, i+2)))
			r.count(yes, entry(numbers, i))
		}
		s[edge], s[before], s[size], s[at], s[slopes], s[index] = r.edge, r.before, r.size, r.at, r.slopes, r.index
	})
	// A loop has no gradient. The step for the last bin, outside the loop, connects the result to
	// the parameters, where the gradient is defined.
	of := func(at int) *Node { return StopGradient(s[at]) }
	*r = reached{of(edge), of(before), of(size), of(at), of(slopes), of(index)}
}

// materialised returns x [n, rows, batch] such that XLA's compiler for the CPU computes it once.
// Otherwise it fuses x into every kernel that uses it, and computes it anew in each: the search,
// some 150 operations, was repeated in a dozen kernels of each layer's step. XLA doesn't fuse
// matrix products, so x is multiplied by the identity. This changes no finite number, but spreads a
// NaN from one row to the others. On other backends materialised returns x as it is: a GPU runs as
// many kernels, but may round products to fewer bits.
func materialised(x *Node) *Node {
	g, n, rows := x.Graph(), x.Shape().Dim(0), x.Shape().Dim(1)
	if xla, ok := g.Backend().(interface{ IsCPU() bool }); !ok || !xla.IsCPU() {
		return x
	}
	ones := make([][]float64, rows)
	for i := range ones {
		ones[i] = make([]float64, rows)
		ones[i][i] = 1
	}
	identity := BroadcastToDims(ConvertDType(Const(g, [][][]float64{ones}), x.DType()), n, rows, rows)
	return DotGeneral(identity, []int{2}, []int{0}, x, []int{1}, []int{0})
}
