package plot

import (
	"math"
	"slices"
)

// pairGrid is a smoothed histogram of a pair of features, a plotter.GridXYZ. A ring of zeros on its
// edges closes all contours.
type pairGrid struct {
	bounds Bounds
	side   int       // bins along an axis
	counts []float64 // [side·side], row by row from below; their sum is the share within the bounds
}

// pairGrids count each sample's features x and y. Bins are as many as the points of the smallest
// fill, and smoothed over about one to either side: fewer points make wider ones. They are alike
// for all, or the regions of a small sample would be wider than those of a large one of the same
// distribution.
func pairGrids(samples []Set, x, y int, b Bounds) []*pairGrid {
	least := math.MaxInt
	for _, s := range samples {
		least = min(least, s.Points.Len())
	}
	grids := make([]*pairGrid, len(samples))
	for k, s := range samples {
		grids[k] = newPairGrid(s, x, y, b, max(16, min(60, int(math.Sqrt(float64(least)/8)))))
	}
	return grids
}

// newPairGrid counts a sample's features x and y in bins of which there are side along an axis.
func newPairGrid(s Set, x, y int, b Bounds, side int) *pairGrid {
	h := &pairGrid{bounds: b, side: side}
	counts, total := make([]float64, h.side*h.side), 0.0
	for i := range s.Points.Len() {
		w := s.weight(i)
		total += w
		px, py := s.Points.At(i, x), s.Points.At(i, y)
		if b.holds(px, py) {
			column := min(int((px-b.MinX)/(b.MaxX-b.MinX)*float64(h.side)), h.side-1)
			row := min(int((py-b.MinY)/(b.MaxY-b.MinY)*float64(h.side)), h.side-1)
			counts[row*h.side+column] += w
		}
	}
	for i := range counts {
		counts[i] /= math.Max(total, math.SmallestNonzeroFloat64)
	}
	h.counts = smoothed(counts, h.side)
	return h
}

// smoothed is a square grid, filtered along either axis by a Gaussian of a bin's width, which keeps
// its sum but for what leaves it at the edges.
func smoothed(counts []float64, side int) []float64 {
	var kernel [7]float64
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-3)*(i-3)) / 2)
		sum += kernel[i]
	}
	for range 2 { // along rows; turned over the diagonal each time, so that both axes have their turn
		next := make([]float64, len(counts))
		for row := range side {
			for column := range side {
				for i, k := range kernel {
					if c := column + i - 3; c >= 0 && c < side {
						next[column*side+row] += counts[row*side+c] * k / sum
					}
				}
			}
		}
		counts = next
	}
	return counts
}

// level is the density above which lies the given share of what is in the histogram. It equals no
// bin's, between two that do: contours of gonum's can't be told where they meet a value exactly.
func (h *pairGrid) level(share float64) float64 {
	sorted := slices.Clone(h.counts)
	slices.SortFunc(sorted, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	total := 0.0
	for _, c := range sorted {
		total += c
	}
	sum := 0.0
	for i, c := range sorted {
		if sum += c; sum >= share*total {
			below := 0.0
			for _, next := range sorted[i+1:] {
				if next < c {
					below = next
					break
				}
			}
			return (c + below) / 2
		}
	}
	return 0
}

// Dims implements plotter.GridXYZ.
func (h *pairGrid) Dims() (columns, rows int) { return h.side + 2, h.side + 2 }

// X implements plotter.GridXYZ.
func (h *pairGrid) X(column int) float64 { return h.at(column, h.bounds.MinX, h.bounds.MaxX) }

// Y implements plotter.GridXYZ.
func (h *pairGrid) Y(row int) float64 { return h.at(row, h.bounds.MinY, h.bounds.MaxY) }

// at is the place of a bin's middle, or of the ring, which lies on the edges.
func (h *pairGrid) at(i int, least, most float64) float64 {
	share := math.Max(0, math.Min(1, (float64(i)-0.5)/float64(h.side)))
	return least + share*(most-least)
}

// Z implements plotter.GridXYZ.
func (h *pairGrid) Z(column, row int) float64 {
	if column == 0 || row == 0 || column > h.side || row > h.side {
		return 0
	}
	return h.counts[(row-1)*h.side+column-1]
}
