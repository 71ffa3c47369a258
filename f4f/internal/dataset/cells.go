package dataset

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/kdtree"
	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// A negative weight makes the likelihood unbounded: the density may fall without end where one
// lies alone, and rise elsewhere. With half of the weights negative, a flow of eight Gaussians
// ended 0.08 nats further from the truth than one of as many points as the weights are worth, and
// one of two moons 0.35. So negative weights are averaged away among neighbours first (Andersen and
// Maier, "Unbiased elimination of negative weights in Monte Carlo samples", 2022): those flows then
// end as close as the ones without weights. The sum of the weights stays, and so does any mean over
// a region that is wide compared with the cells.

// withoutNegative returns the rows with weights of at least 0. Each row i of negative weight is the
// seed of a cell, which takes in the nearest rows until the sum of its weights isn't negative:
//
//	w_i → |w_i| Σ_cell w / Σ_cell |w|
//
// Distances are Euclidean over points and conditions, with each feature in units of its standard
// deviation. The sum of all weights must be above 0.
func withoutNegative(rows data.Points) data.Points {
	if rows.NegativeShare() == 0 {
		return rows
	}
	weights := slices.Clone(rows.Weights())
	seeds := places(rows)
	tree := kdtree.New(slices.Clone(seeds), false) // which reorders them
	for i := range weights {
		if weights[i] >= 0 {
			continue
		}
		cell, sum := cellOf(tree, seeds[i], weights)
		absolute := 0.0
		for _, j := range cell {
			absolute += math.Abs(weights[j])
		}
		for _, j := range cell {
			weights[j] = math.Abs(weights[j]) / absolute * sum
		}
	}
	spread, err := rows.WithWeights(weights)
	if err != nil {
		return rows // can't happen: the sum is that of before
	}
	return spread
}

// cellOf returns a seed and the rows nearest to it, as few as have a sum of weights that isn't
// negative; and that sum. If only rounding keeps all rows from it, they have a sum of 0.
func cellOf(tree *kdtree.Tree, seed place, weights []float64) (cell []int, sum float64) {
	for k := min(8, len(weights)); ; k = min(4*k, len(weights)) {
		keeper := kdtree.NewNKeeper(k)
		tree.NearestSet(keeper, seed)
		slices.SortFunc(keeper.Heap, func(a, b kdtree.ComparableDist) int {
			return cmp.Or(cmp.Compare(a.Dist, b.Dist), cmp.Compare(a.Comparable.(place).row, b.Comparable.(place).row))
		})
		cell, sum = append(cell[:0], seed.row), weights[seed.row]
		for _, near := range keeper.Heap {
			row := near.Comparable.(place).row
			if row == seed.row { // of many copies it may be missing here
				continue
			}
			cell, sum = append(cell, row), sum+weights[row]
			if sum >= 0 {
				return cell, sum
			}
		}
		if k == len(weights) {
			return cell, 0
		}
	}
}

// place is a row of points as a k-d tree holds it: its features in units of their standard
// deviations.
type place struct {
	at  []float64
	row int
}

// Compare returns the difference of feature d.
func (p place) Compare(other kdtree.Comparable, d kdtree.Dim) float64 {
	return p.at[d] - other.(place).at[d]
}

// Dims returns the number of features.
func (p place) Dims() int { return len(p.at) }

// Distance returns the square of the Euclidean distance, as the tree requires.
func (p place) Distance(other kdtree.Comparable) float64 {
	square := 0.0
	for j, b := range other.(place).at {
		square += (p.at[j] - b) * (p.at[j] - b)
	}
	return square
}

// placed are the rows of a k-d tree, which reorders them.
type placed []place

// places returns the rows of points. A constant feature stays as it is.
func places(rows data.Points) placed {
	n, d := rows.Dims()
	all, column := make(placed, n), make([]float64, n)
	values := make([]float64, n*d)
	for i := range all {
		all[i] = place{values[i*d : (i+1)*d], i}
	}
	for j := range d {
		for i := range column {
			column[i] = rows.At(i, j)
		}
		std := stat.StdDev(column, nil)
		if !(std > 0) {
			std = 1
		}
		for i, v := range column {
			all[i].at[j] = v / std
		}
	}
	return all
}

// Index returns the row at i.
func (p placed) Index(i int) kdtree.Comparable { return p[i] }

// Len returns the number of rows.
func (p placed) Len() int { return len(p) }

// Slice returns the rows from index from (included) to index to (excluded), without copying them.
func (p placed) Slice(from, to int) kdtree.Interface { return p[from:to] }

// Pivot sorts the rows by feature d and returns the middle index.
func (p placed) Pivot(d kdtree.Dim) int {
	slices.SortFunc(p, func(a, b place) int { return cmp.Compare(a.at[d], b.at[d]) })
	return len(p) / 2
}
