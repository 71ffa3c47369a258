package metric

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// gridded are predictions by their densities on a grid. Between its points a density is linear.
type gridded struct {
	grid    []float64 // [K]
	density []float64 // [N·K], each row normalised
	below   []float64 // [N·K], the distribution function at each point
}

// PredictionsOnGrid returns predictions from the logarithms of their densities on a grid [K] of
// increasing values: logProbs [N·K], row by row, −Inf where a density is 0. Between the points of
// the grid densities are taken as linear; PIT and CRPS are exact for these. Each is normalised, so
// logProbs may lack a constant. Outside the grid densities are 0: choose its ends so that little
// lies outside.
//
// PredictionsOnGrid returns an error if the grid has fewer than 2 points, or isn't finite and
// increasing, if logProbs isn't a multiple of its length, if a log-density is NaN or +Inf, or if
// all of a row are −Inf.
func PredictionsOnGrid(grid, logProbs []float64) (Predictions, error) {
	width := len(grid)
	if width < 2 {
		return Predictions{}, fmt.Errorf("metric: a grid of predictions must have at least 2 points, got %d", width)
	}
	for k, v := range grid {
		if !isFinite(v) || k > 0 && v <= grid[k-1] {
			return Predictions{}, fmt.Errorf("metric: a grid of predictions must be finite and increasing, got %v at number %d", v, k)
		}
	}
	if len(logProbs) == 0 || len(logProbs)%width != 0 {
		return Predictions{}, fmt.Errorf("metric: predictions must have a log-density for each of %d points of the grid, row by row, got %d in all", width, len(logProbs))
	}
	g := gridded{slices.Clone(grid), make([]float64, len(logProbs)), make([]float64, len(logProbs))}
	for i := range len(logProbs) / width {
		logs := logProbs[i*width : (i+1)*width]
		for k, l := range logs {
			if math.IsNaN(l) || math.IsInf(l, 1) {
				return Predictions{}, fmt.Errorf("metric: log-densities of predictions must be numbers below +Inf, got %v in row %d at %v", l, i, grid[k])
			}
		}
		most := slices.Max(logs)
		if math.IsInf(most, -1) {
			return Predictions{}, fmt.Errorf("metric: a prediction must be above 0 somewhere on the grid, but isn't in row %d", i)
		}
		density, below := g.row(i)
		for k, l := range logs {
			density[k] = math.Exp(l - most)
			if k > 0 {
				below[k] = below[k-1] + (grid[k]-grid[k-1])*(density[k]+density[k-1])/2
			}
		}
		total := below[width-1]
		for k := range logs {
			density[k] /= total
			below[k] /= total
		}
	}
	return Predictions{len(logProbs) / width, g}, nil
}

// Predict returns predictions for n rows on a grid [K, 1], from a density that is called once with
// all places: rows i·K to (i+1)·K−1 of z [n·K, 1] are the grid, for row i. For a flow under
// conditions c [n, C] it is d.At(c.RepeatEach(K)).LogProb. It returns the errors of
// PredictionsOnGrid and of the density, and one if n is less than 1.
func Predict(n int, grid data.Points, logProb func(z data.Points) ([]float64, error)) (Predictions, error) {
	if n < 1 || logProb == nil || grid.Len() < 2 || grid.Dim() != 1 {
		return Predictions{}, fmt.Errorf("metric: predictions need a density, at least one row and a grid of at least 2 points of one feature, got %d rows and a grid %v", n, grid)
	}
	rows := make([]int, 0, n*grid.Len())
	for range n {
		for k := range grid.Len() {
			rows = append(rows, k)
		}
	}
	z, err := grid.Pick(rows...)
	if err != nil {
		return Predictions{}, err
	}
	logProbs, err := logProb(z)
	if err != nil {
		return Predictions{}, fmt.Errorf("metric: the density of predictions: %w", err)
	}
	if len(logProbs) != z.Len() {
		return Predictions{}, fmt.Errorf("metric: the density of predictions must give a value for each of %d places, got %d", z.Len(), len(logProbs))
	}
	values := make([]float64, grid.Len())
	for k := range values {
		values[k] = grid.At(k, 0)
	}
	return PredictionsOnGrid(values, logProbs)
}

// row returns the density and the distribution function of a row on the grid.
func (g gridded) row(i int) (density, below []float64) {
	k := len(g.grid)
	return g.density[i*k : (i+1)*k], g.below[i*k : (i+1)*k]
}

// at returns the distribution function of a row at a place in cell k of the grid.
func (g gridded) at(i, k int, x float64) float64 {
	density, below := g.row(i)
	u, width := x-g.grid[k], g.grid[k+1]-g.grid[k]
	return below[k] + u*(density[k]+(density[k+1]-density[k])*u/width/2)
}

func (g gridded) pit(i int, y float64) float64 {
	last := len(g.grid) - 1
	switch {
	case y <= g.grid[0]:
		return 0
	case y >= g.grid[last]:
		return 1
	}
	k, found := slices.BinarySearch(g.grid, y)
	if !found {
		k--
	}
	return math.Min(g.at(i, k, y), 1)
}

func (g gridded) crps(i int, y float64) float64 {
	last := len(g.grid) - 1
	sum := math.Max(g.grid[0]-y, 0) + math.Max(y-g.grid[last], 0)
	for k := range last {
		from, to := g.grid[k], g.grid[k+1]
		middle := math.Min(math.Max(y, from), to)
		sum += squared(from, middle, func(x float64) float64 { return g.at(i, k, x) })
		sum += squared(middle, to, func(x float64) float64 { return 1 - g.at(i, k, x) })
	}
	return sum
}

// squared returns ∫ f² over an interval in which f is quadratic. The three nodes of Gauss and
// Legendre are exact up to the fifth power. (gonum's quad.Fixed is as exact, and ten times slower.)
func squared(from, to float64, f func(float64) float64) float64 {
	if from == to {
		return 0
	}
	half, middle := (to-from)/2, (from+to)/2
	away := half * math.Sqrt(0.6)
	a, b, c := f(middle-away), f(middle), f(middle+away)
	return half * (5*a*a + 8*b*b + 5*c*c) / 9
}
