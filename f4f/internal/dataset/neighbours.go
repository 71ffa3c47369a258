package dataset

import (
	"cmp"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// neighbours finds the rows near a row. Distances are Euclidean over points and conditions, with
// each feature in units of its standard deviation.
//
// It is a k-d tree with leaves of many rows, whose search ends after a number of rows. In few
// features it ends before, and is exact. In many features, where an exact search by any tree looks
// at all rows, it stays among those that the tree keeps together with the row. Exactly, the 15,000
// negative weights of 180,000 events in 22 features took minutes.
type neighbours struct {
	width int
	at    []float64 // [N, width], a row's features side by side, in the order of the tree
	rows  []int     // [N], the row of each
	place []int     // [N], where each row is
	root  *branch
}

// branch is a part of a tree: rows from (included) to to (excluded) in its order. Those below the
// middle have at most the value as the feature, those above at least.
type branch struct {
	from, to    int
	feature     int
	value       float64
	below, rest *branch // nil for a leaf
}

// leafRows is the most rows of a leaf. mostVisited is the number of rows after which a search ends,
// unless it asks for more than an eighth as many.
const (
	leafRows    = 32
	mostVisited = 4096
)

// newNeighbours returns the tree of rows. A constant feature stays as it is.
func newNeighbours(rows data.Points) *neighbours {
	n, d := rows.Dims()
	t := &neighbours{d, make([]float64, n*d), make([]int, n), make([]int, n), nil}
	scaled, column := make([]float64, n*d), make([]float64, n)
	for j := range d {
		for i := range column {
			column[i] = rows.At(i, j)
		}
		std := stat.StdDev(column, nil)
		if !(std > 0) {
			std = 1
		}
		for i, v := range column {
			scaled[i*d+j] = v / std
		}
	}
	for i := range t.rows {
		t.rows[i] = i
	}
	t.root = t.split(scaled, 0, n)
	for i, row := range t.rows {
		t.place[row] = i
		copy(t.at[i*d:(i+1)*d], scaled[row*d:])
	}
	return t
}

// split orders rows from from to to into a branch, by the feature that varies most among them.
func (t *neighbours) split(scaled []float64, from, to int) *branch {
	b := &branch{from: from, to: to}
	if to-from <= leafRows {
		return b
	}
	rows, widest := t.rows[from:to], 0.0
	for j := range t.width {
		mean, square := 0.0, 0.0
		for i, row := range rows {
			off := scaled[row*t.width+j] - mean
			mean += off / float64(i+1)
			square += off * (scaled[row*t.width+j] - mean)
		}
		if square > widest {
			widest, b.feature = square, j
		}
	}
	slices.SortFunc(rows, func(i, j int) int {
		return cmp.Or(cmp.Compare(scaled[i*t.width+b.feature], scaled[j*t.width+b.feature]), cmp.Compare(i, j))
	})
	middle := (from + to) / 2
	b.value = scaled[t.rows[middle]*t.width+b.feature]
	b.below, b.rest = t.split(scaled, from, middle), t.split(scaled, middle, to)
	return b
}

// near is a row that a search has found, and the square of its distance.
type near struct {
	square float64
	row    int
}

// compare orders by distance; rows that are equally near in their order.
func (n near) compare(other near) int {
	return cmp.Or(cmp.Compare(n.square, other.square), cmp.Compare(n.row, other.row))
}

// of returns the k rows nearest to a row, without it, in the order of their distances.
func (t *neighbours) of(row, k int) []near {
	i := t.place[row]
	s := &search{t: t, row: row, seed: t.at[i*t.width : (i+1)*t.width], left: max(mostVisited, 8*k)}
	s.found = make([]near, 0, k)
	s.visit(t.root)
	return s.found
}

// search is a search in a tree.
type search struct {
	t     *neighbours
	row   int
	seed  []float64
	found []near // the nearest so far, as many as its capacity, in order
	left  int    // number of rows that may still be looked at
}

// visit looks at the rows of a branch, the side of the seed first.
func (s *search) visit(b *branch) {
	if b.below == nil {
		for i := b.from; i < b.to; i++ {
			s.look(i)
		}
		s.left -= b.to - b.from
		return
	}
	off := s.seed[b.feature] - b.value
	first, second := b.below, b.rest
	if off >= 0 {
		first, second = second, first
	}
	s.visit(first)
	if s.left > 0 && (len(s.found) < cap(s.found) || off*off <= s.found[len(s.found)-1].square) {
		s.visit(second)
	}
}

// look keeps the row at place i if it is among the nearest so far.
func (s *search) look(i int) {
	n := near{row: s.t.rows[i]}
	if n.row == s.row || cap(s.found) == 0 {
		return
	}
	full := len(s.found) == cap(s.found)
	for j, v := range s.t.at[i*s.t.width : (i+1)*s.t.width] {
		n.square += (s.seed[j] - v) * (s.seed[j] - v)
		if full && n.square > s.found[len(s.found)-1].square {
			return
		}
	}
	at := sort.Search(len(s.found), func(k int) bool { return s.found[k].compare(n) > 0 })
	switch {
	case !full:
		s.found = s.found[:len(s.found)+1]
	case at == len(s.found):
		return
	}
	copy(s.found[at+1:], s.found[at:])
	s.found[at] = n
}
