package data

import (
	"fmt"
	"math"
	"slices"
)

// Dequantization holds the options of Dequantize: which columns get noise, and how much. The zero
// value finds both from the data.
type Dequantization struct {
	// Columns are the columns to add noise to, counted from 0. Empty means all that lie on a grid.
	Columns []int
	// Quantum is the step of the grid: one value for each of Columns, or one for all of them. Empty
	// means that the steps are found from the data.
	Quantum []float64
	// Seed is the seed of the noise.
	Seed uint64
}

// Dequantize adds uniform noise of one quantum to the columns of p [N, D] that lie on a grid: whole
// numbers, decimals, pixels of 256 levels. Without noise the likelihood of such points has no upper
// bound, and training makes it rise for ever on spikes at the grid's points. With noise, the flow
// learns the probability of each value (Uria, Murray and Larochelle, "RNADE: The real-valued neural
// autoregressive density-estimator", 2013, section 5). The grid that Dequantize returns tells which
// columns got noise, and takes samples back to the grid:
//
//	noisy, grid, err := data.Dequantize(points, data.Dequantization{})
//	d, err := f4f.Base(data.FromPoints("jets", noisy)).Fit(ctx)
//	whole, err := grid.Quantize(samples) // of d
//
// The quantum is the largest step such that every value is a whole number of steps above the lowest
// value. It is a whole multiple of 1, or else of 0.1, 0.01 and so on down to 1e-6, or else of about
// the smallest difference between values. The noise is drawn once for each point, from the seed.
// Dequantize points and their conditions together before Points.SplitConditions, or each in a call
// of its own.
//
// It returns an error if there is no point, if a value is NaN or infinite, if a column doesn't
// exist, if a column named in Columns lies on no grid, or if no column does.
func Dequantize(p Points, options Dequantization) (noisy Points, grid Grid, err error) {
	n, d := p.Dims()
	if n == 0 {
		return Points{}, Grid{}, fmt.Errorf("data: there must be at least one point to dequantize, got none")
	}
	if err := p.CheckFinite(); err != nil {
		return Points{}, Grid{}, err
	}
	if err := options.check(d); err != nil {
		return Points{}, Grid{}, err
	}
	grid = Grid{Quantum: make([]float64, d), Origin: make([]float64, d)}
	found := false
	for j := range d {
		asked := slices.Index(options.Columns, j)
		if len(options.Columns) > 0 && asked < 0 {
			continue
		}
		levels := levelsOf(p, j)
		switch {
		case len(options.Quantum) > 0:
			grid.Quantum[j] = options.Quantum[min(asked, len(options.Quantum)-1)]
			grid.Origin[j] = originOf(levels, grid.Quantum[j])
			found = true
		default:
			var ok bool
			grid.Quantum[j], grid.Origin[j], ok = gridOf(levels)
			if !ok && asked >= 0 {
				return Points{}, Grid{}, fmt.Errorf("data: column %s has %d different values from %v to %v, which lie on no grid that could be found: give its Quantum, or leave the column out",
					p.ColumnTitle(j), len(levels), levels[0], levels[len(levels)-1])
			}
			found = found || ok
		}
	}
	if !found {
		return Points{}, Grid{}, fmt.Errorf("data: none of %d columns lies on a grid that could be found, so there is nothing to dequantize; if there is a grid, set Columns and Quantum", d)
	}
	noisy, err = grid.Dequantize(p, options.Seed)
	return noisy, grid, err
}

// check returns an error if the options don't fit points of dimension dim.
func (o Dequantization) check(dim int) error {
	for k, j := range o.Columns {
		if j < 0 || j >= dim {
			return fmt.Errorf("data: columns to dequantize must be from 0 to %d, got %d", dim-1, j)
		}
		if slices.Contains(o.Columns[:k], j) {
			return fmt.Errorf("data: a column to dequantize must be named once, got %d twice", j)
		}
	}
	switch q := len(o.Quantum); {
	case q > 0 && len(o.Columns) == 0:
		return fmt.Errorf("data: a quantum needs Columns to apply to, got none")
	case q > 1 && q != len(o.Columns):
		return fmt.Errorf("data: there must be one quantum, or one for each of %d columns, got %d", len(o.Columns), q)
	}
	for _, q := range o.Quantum {
		if !(q > 0) || math.IsInf(q, 0) {
			return fmt.Errorf("data: a quantum must be positive and finite, got %v", q)
		}
	}
	return nil
}

// levelsOf returns the distinct values of column j, in ascending order.
func levelsOf(p Points, j int) []float32 {
	column := make([]float32, p.Len())
	for i := range column {
		column[i] = p.Row(i)[j]
	}
	slices.Sort(column)
	return slices.Compact(column)
}

// gridOf returns the coarsest grid that the levels, in ascending order, lie on. ok is false if none
// is found.
func gridOf(levels []float32) (quantum, origin float64, ok bool) {
	candidates := []float64{1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6}
	gap, width := math.Inf(1), float64(levels[len(levels)-1])-float64(levels[0])
	for k := 1; k < len(levels); k++ {
		gap = min(gap, float64(levels[k])-float64(levels[k-1]))
	}
	if len(levels) > 1 {
		candidates = append(candidates, width/math.Round(width/gap)) // over the whole width, where rounding matters least
	}
	step := Float32Step(max(math.Abs(float64(levels[0])), math.Abs(float64(levels[len(levels)-1]))))
	for _, q := range candidates {
		// A value that is on no grid lies on the finest of these by chance in one case of six, and
		// ten such values never do.
		if q < leastRoom*step {
			continue
		}
		if quanta, ok := quantaIn(levels, q, step); ok {
			q *= float64(quanta)
			return q, originOf(levels, q), true
		}
	}
	return 0, 0, false
}

// quantaIn returns the greatest number of steps q that divides all differences between levels, or 1
// for a single level. ok is false if a difference isn't a whole number of steps.
func quantaIn(levels []float32, q, step float64) (quanta int64, ok bool) {
	origin := originOf(levels, q)
	first := math.Round((float64(levels[0]) - origin) / q)
	for _, v := range levels {
		k := math.Round((float64(v) - origin) / q)
		if math.Abs(origin+k*q-float64(v)) > step {
			return 0, false
		}
		quanta = greatestDivisor(quanta, int64(k-first))
	}
	return max(quanta, 1), true
}

// originOf returns the origin of a grid of quantum q through the lowest level: the remainder of
// that level, or 0 if the remainder is only a rounding error.
func originOf(levels []float32, q float64) float64 {
	lowest := float64(levels[0])
	origin := lowest - q*math.Floor(lowest/q)
	step := Float32Step(lowest)
	if origin <= step || q-origin <= step {
		return 0
	}
	return origin
}

// greatestDivisor returns the greatest common divisor of two non-negative numbers, by Euclid's
// algorithm. For 0 and b it is b.
func greatestDivisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
