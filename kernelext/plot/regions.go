package plot

import (
	"math"
	"slices"
)

// pairGrid is a smoothed histogram of a pair of features. It implements plotter.GridXYZ. A border
// of zeros closes all contours, except across the ends of an angle, where they go on.
type pairGrid struct {
	bounds Bounds
	around [2]bool   // the features that are angles
	side   int       // number of bins along an axis
	counts []float64 // [side·side], row by row from below; their sum is the share of the sample within the bounds
}

// pairGrids returns a histogram of features x and y for each sample. The number of bins depends on
// the size of the smallest sample and is the same for all. Otherwise smoothing would make the
// regions of a small sample wider than those of a large sample of the same distribution.
func pairGrids(samples []Set, x, y int, b Bounds, around [2]bool) []*pairGrid {
	least := math.MaxInt
	for _, s := range samples {
		least = min(least, s.Points.Len())
	}
	grids := make([]*pairGrid, len(samples))
	for k, s := range samples {
		grids[k] = newPairGrid(s, x, y, b, around, max(16, min(60, int(math.Sqrt(float64(least)/8)))))
	}
	return grids
}

// newPairGrid returns the histogram of a sample's features x and y, with side bins along each axis.
func newPairGrid(s Set, x, y int, b Bounds, around [2]bool, side int) *pairGrid {
	h := &pairGrid{bounds: b, around: around, side: side}
	counts, total, weights := make([]float64, h.side*h.side), 0.0, s.weights()
	for i := range s.Points.Len() {
		w := weight(weights, i)
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
	h.counts = smoothed(counts, h.side, around)
	for i, c := range h.counts {
		h.counts[i] = max(c, 0) // below 0 by negative weights
	}
	return h
}

// smoothed returns a square grid, filtered along both axes by a Gaussian with a standard deviation
// of one bin. The sum stays the same except for what crosses the edges, which comes in at the other
// end of an angle.
func smoothed(counts []float64, side int, around [2]bool) []float64 {
	var kernel [7]float64
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-3)*(i-3)) / 2)
		sum += kernel[i]
	}
	for axis := range 2 { // filters along rows and transposes, twice
		next := make([]float64, len(counts))
		for row := range side {
			for column := range side {
				for i, k := range kernel {
					c := column + i - 3
					if around[axis] {
						c = (c + side) % side
					}
					if c >= 0 && c < side {
						next[column*side+row] += counts[row*side+c] * k / sum
					}
				}
			}
		}
		counts = next
	}
	return counts
}

// level returns the density above which the given share of the histogram lies. The value lies
// between those of two bins, because gonum's contours are ambiguous at a value that equals a bin's.
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

// at returns the coordinate of the centre of bin i, or of the border, which lies on the edge.
func (h *pairGrid) at(i int, least, most float64) float64 {
	share := math.Max(0, math.Min(1, (float64(i)-0.5)/float64(h.side)))
	return least + share*(most-least)
}

// Z implements plotter.GridXYZ.
func (h *pairGrid) Z(column, row int) float64 {
	columns, rows := h.binsAt(column, h.around[0]), h.binsAt(row, h.around[1])
	sum := 0.0
	for _, j := range rows {
		for _, i := range columns {
			sum += h.counts[j*h.side+i]
		}
	}
	return sum / float64(max(1, len(columns)*len(rows)))
}

// binsAt returns the bins whose mean is the value at number i along an axis: one bin, or none at
// the border, unless both ends are one point, halfway between the last bin and the first.
func (h *pairGrid) binsAt(i int, around bool) []int {
	switch {
	case i > 0 && i <= h.side:
		return []int{i - 1}
	case around:
		return []int{h.side - 1, 0}
	}
	return nil
}
