package bijection

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// degrees are the autoregressive order that MADE gives its units (arXiv:1502.03509, section 3):
// feature i has degree i+1, and an output of degree d may see units of degree below d alone.
type degrees []int

// featureDegrees are 1 … dim, each repeated times over: degrees of the features, or of their blocks
// of outputs.
func featureDegrees(dim, times int) degrees {
	d := make(degrees, 0, dim*times)
	for i := range dim {
		for range times {
			d = append(d, i+1)
		}
	}
	return d
}

// hiddenDegrees spread the hidden units evenly over the degrees least … dim−1, in ascending order,
// so that those of a degree are neighbours. nflows has the same number of each in turn, 1, 2, …, 1,
// 2, …: its units are ours in another order.
//
// With a condition, least is 0: units of degree 0 see nothing but the condition, and the first
// feature, whose outputs see nothing else, learns from it through them. nflows starts at 1 there as
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

// upTo is how many of ascending degrees are at most d.
func (degrees degrees) upTo(d int) int {
	n, _ := slices.BinarySearch(degrees, d+1)
	return n
}

// mask [in, out] is open where a unit of degree to may see one of degree from: from ≤ to between
// hidden layers, from < to for outputs.
type mask struct {
	from, to degrees
	strictly bool
}

// part is the part of the mask that has its first rows and its columns from (included) to to
// (excluded).
func (m mask) part(rows, from, to int) mask {
	m.from, m.to = m.from[:rows], m.to[from:to]
	return m
}

// open tells whether the mask lets everything through.
func (m mask) open() bool {
	most, least := slices.Max(m.from), slices.Min(m.to)
	return most < least || most == least && !m.strictly
}

// laidOn is w [in, out] with zeros where the mask is shut. The program has the degrees alone, for
// numbers written out in it, one for each weight, would be most of its text.
func (m mask) laidOn(w *Node) *Node {
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
