package bijection

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// degrees give MADE's units their autoregressive order (arXiv:1502.03509, section 3). Feature i has
// degree i+1, and an output of degree d sees only units of degree below d.
type degrees []int

// featureDegrees returns 1 … dim, each repeated times over: the degrees of the features, or of
// their blocks of outputs.
func featureDegrees(dim, times int) degrees {
	d := make(degrees, 0, dim*times)
	for i := range dim {
		for range times {
			d = append(d, i+1)
		}
	}
	return d
}

// hiddenDegrees spreads the hidden units evenly over the degrees least … dim−1, in ascending order,
// so that units of the same degree are neighbours. nflows assigns the degrees in turn, 1, 2, …, 1,
// 2, …: its units are ours in another order.
//
// With a condition, least is 0. Units of degree 0 see nothing but the condition, and through them
// the first feature's outputs, which see nothing else, learn from it. nflows starts at 1 there as
// well, so that its first feature never sees the condition.
func hiddenDegrees(hidden, dim, least int) degrees {
	d := make(degrees, hidden)
	most := max(dim-1, least)
	for i := range d {
		d[i] = least + i%(most-least+1)
	}
	slices.Sort(d)
	return d
}

// upTo returns how many of the degrees, which must be ascending, are at most d.
func (degrees degrees) upTo(d int) int {
	n, _ := slices.BinarySearch(degrees, d+1)
	return n
}

// mask [in, out] lets a unit of degree to see a unit of degree from: if from ≤ to between hidden
// layers, if from < to for outputs.
type mask struct {
	from, to degrees
	strictly bool
}

// part returns the part of the mask with its first rows and its columns from (included) to to
// (excluded).
func (m mask) part(rows, from, to int) mask {
	m.from, m.to = m.from[:rows], m.to[from:to]
	return m
}

// open reports whether the mask lets everything through.
func (m mask) open() bool {
	most, least := slices.Max(m.from), slices.Min(m.to)
	return most < least || most == least && !m.strictly
}

// applyTo returns w [in, out] with zeros where the mask is closed. The graph computes the mask from
// the degrees: a constant mask would have one number for each weight, and would be most of the
// program's text.
func (m mask) applyTo(w *Node) *Node {
	if m.open() {
		return w
	}
	g, shape := w.Graph(), []int{len(m.from), len(m.to)}
	from := BroadcastToDims(ExpandAxes(Const(g, m.from.numbers()), 1), shape...)
	to := BroadcastToDims(ExpandAxes(Const(g, m.to.numbers()), 0), shape...)
	sees := LessOrEqual(from, to)
	if m.strictly {
		sees = LessThan(from, to)
	}
	return Mul(w, broadcastOver(w, ConvertDType(sees, w.DType())))
}

func (degrees degrees) numbers() []int32 {
	numbers := make([]int32, len(degrees))
	for i, d := range degrees {
		numbers[i] = int32(d)
	}
	return numbers
}
