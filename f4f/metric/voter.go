package metric

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/spatial/kdtree"
)

// voter is a point that votes for its set: its features [D], the weight of its vote, and whether it
// belongs to x, the set that is compared with the truth.
type voter struct {
	at     []float64
	weight float64
	ofX    bool
}

var _ kdtree.Comparable = (*voter)(nil)

// Compare returns the difference of feature d.
func (v *voter) Compare(other kdtree.Comparable, d kdtree.Dim) float64 {
	return v.at[d] - other.(*voter).at[d]
}

// Dims returns the number of features, D.
func (v *voter) Dims() int { return len(v.at) }

// Distance returns the square of the Euclidean distance, as the tree requires.
func (v *voter) Distance(other kdtree.Comparable) float64 {
	square := 0.0
	for j, b := range other.(*voter).at {
		gap := v.at[j] - b
		square += gap * gap
	}
	return square
}

// voters are the points of a k-d tree, which reorders them.
type voters []*voter

var _ kdtree.Interface = voters(nil)

// Index returns the point at i.
func (v voters) Index(i int) kdtree.Comparable { return v[i] }

// Len returns the number of points.
func (v voters) Len() int { return len(v) }

// Slice returns the points from index from (included) to index to (excluded), without copying them.
func (v voters) Slice(from, to int) kdtree.Interface { return v[from:to] }

// Pivot sorts the points by feature d and returns the middle index. It sorts because the medians of
// package kdtree use the global random generator, and which of equally near points vote must depend
// on the seed alone.
func (v voters) Pivot(d kdtree.Dim) int {
	slices.SortFunc(v, func(a, b *voter) int { return cmp.Compare(a.at[d], b.at[d]) })
	return len(v) / 2
}
