package data

import (
	"fmt"
	"math"
	"slices"
)

// Dequantization says which columns Dequantize gives noise, and how much. The zero value finds out
// by itself.
type Dequantization struct {
	// Columns are those to give noise, counted from 0. None stands for all that lie on a grid.
	Columns []int
	// Quantum is the step of the grid of each of Columns, or one for all of them. None stands for
	// the steps that are found.
	Quantum []float64
	// Seed is that of the noise.
	Seed uint64
}

// Dequantize adds uniform noise of one quantum to the columns of p [N, D] that lie on a grid: whole
// numbers, decimals, pixels of 256 levels. Without it a density of such points has no bound, and a
// flow's likelihood rises for ever on spikes at the grid's points; with it, it learns the
// probability of each (Uria, Murray and Larochelle, "RNADE: The real-valued neural autoregressive
// density-estimator", 2013, section 5). The grid says which columns they were, and takes points of
// the noisy kind back:
//
//	noisy, grid, err := data.Dequantize(points, data.Dequantization{})
//	d, err := f4f.Base(data.FromPoints("jets", noisy)).Fit(ctx)
//	whole, err := grid.Quantize(samples) // of d
//
// The quantum that is found is the largest of which all values are whole multiples from the lowest:
// of 1, of a tenth down to a millionth, or of the smallest difference. Noise is drawn once for each
// point, by the seed. Points and their conditions are dequantised either before Points.Split or
// each by a call of its own.
//
// It errs on a NaN or an infinity, on a column that isn't there, on one that lies on no grid, and
// where no column does.
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
				return Points{}, Grid{}, fmt.Errorf("data: column %d has %d different values from %v to %v, which lie on no grid that could be found: give its Quantum, or leave the column out",
					j, len(levels), levels[0], levels[len(levels)-1])
			}
			found = found || ok
		}
	}
	if !found {
		return Points{}, Grid{}, fmt.Errorf("data: none of %d columns lies on a grid that could be found, so there is nothing to dequantize: name the Columns and their Quantum if there is", d)
	}
	noisy, err = grid.Dequantize(p, options.Seed)
	return noisy, grid, err
}

// check errs on options that can't work for points of dimension dim.
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
		return fmt.Errorf("data: a quantum needs the Columns that it is of, got none")
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

// levelsOf is the different values of column j, in ascending order.
func levelsOf(p Points, j int) []float32 {
	column := make([]float32, p.Len())
	for i := range column {
		column[i] = p.Row(i)[j]
	}
	slices.Sort(column)
	return slices.Compact(column)
}

// gridOf is the coarsest grid that levels lie on, in ascending order; not ok where none is found.
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
		// A value of no grid is on the finest of these by chance in one case of six, and ten such
		// values never.
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

// quantaIn is the greatest number of quanta q that all differences of levels are multiples of, 1
// for a single level; not ok where one isn't a whole number of q.
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

// originOf is where a grid of quantum q through the lowest level begins: at the level's own
// remainder, or at 0 where that is but rounding.
func originOf(levels []float32, q float64) float64 {
	lowest := float64(levels[0])
	origin := lowest - q*math.Floor(lowest/q)
	step := Float32Step(lowest)
	if origin <= step || q-origin <= step {
		return 0
	}
	return origin
}

// greatestDivisor is that of two numbers not below 0, by Euclid; of 0 and b it is b.
func greatestDivisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
