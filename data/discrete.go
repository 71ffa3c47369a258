package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
)

// Discrete is a distribution of points on a grid, with a probability for each. There are so few of
// them that all can be listed, so whatever a flow says of it can be held against the truth. Use
// NewDiscrete or Quantized to make one.
//
// It is a Source and not a Distribution, because it has probabilities and no density. Training on its
// points as they are makes a density rise for ever. Train on InLevels with Whole for each column, whose
// noise can be learned; or on Dequantized, for a density in the units of the grid (see metric.Mass).
type Discrete struct {
	name       string
	grid       Grid
	levels     []int     // of each column [D]
	masses     []float64 // of each point, the last column's level running fastest
	cumulative []float64 // the sums of masses up to each, inclusive
}

var (
	_ Source        = (*Discrete)(nil)
	_ Fingerprinter = (*Discrete)(nil)
)

// mostCells is the largest number of points of a Discrete: of 256³, or 27⁵.
const mostCells = 1 << 24

// NewDiscrete returns the distribution on a grid of levels [D] values a column, in proportion to
// masses: one for each point, with the levels of the last column running fastest. The points are
// those of grid, from its origin on.
//
// It returns an error if the grid isn't valid for len(levels) columns, or doesn't go through all of
// them; if a column has no level; if there are more than 2²⁴ points; if their number isn't that of
// masses; if a mass is negative or not finite, or all are 0; or if float32 holds fewer than 16
// numbers in a step.
func NewDiscrete(name string, grid Grid, levels []int, masses []float64) (*Discrete, error) {
	if len(levels) == 0 {
		return nil, errors.New("data: a discrete distribution must have at least 1 column, got none")
	}
	if err := grid.check(len(levels)); err != nil {
		return nil, err
	}
	cells, err := cellsOf(levels)
	if err != nil {
		return nil, err
	}
	for j, n := range levels {
		far := max(math.Abs(grid.Origin[j]), math.Abs(grid.Origin[j]+float64(n)*grid.Quantum[j]))
		if !(grid.Quantum[j] >= leastRoom*Float32Step(far)) {
			return nil, fmt.Errorf("data: column %d of a discrete distribution goes in steps of %g, with values up to %g; its steps must be at least %g, or float32 can't tell points and noise apart",
				j, grid.Quantum[j], far, leastRoom*Float32Step(far))
		}
	}
	if len(masses) != cells {
		return nil, fmt.Errorf("data: a discrete distribution must have a mass for each of its %d points, got %d", cells, len(masses))
	}
	total := 0.0
	for k, m := range masses {
		if !(m >= 0) || math.IsInf(m, 0) {
			return nil, fmt.Errorf("data: masses must be finite and at least 0, got %v at point %d", m, k)
		}
		total += m
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return nil, fmt.Errorf("data: the masses of a discrete distribution must have a finite sum above 0, got %v", total)
	}
	d := &Discrete{
		name: name, levels: slices.Clone(levels),
		grid:   Grid{Quantum: slices.Clone(grid.Quantum), Origin: slices.Clone(grid.Origin)},
		masses: make([]float64, cells), cumulative: make([]float64, cells),
	}
	sum := 0.0
	for k, m := range masses {
		d.masses[k] = m / total
		sum += d.masses[k]
		d.cumulative[k] = sum
	}
	return d, nil
}

// cellsOf returns the number of points of a grid with this many levels in each column.
func cellsOf(levels []int) (int, error) {
	cells := 1
	for j, n := range levels {
		if n < 1 || n > mostCells || cells*n > mostCells {
			return 0, fmt.Errorf("data: a discrete distribution must have 1 to %d points in all, got %d levels of column %d", mostCells, n, j)
		}
		cells *= n
	}
	return cells, nil
}

// levelsAt returns the level of each column at point k, with the last column's running fastest.
func levelsAt(k int, levels []int) []int {
	at := make([]int, len(levels))
	for j := len(levels) - 1; j >= 0; j-- {
		at[j], k = k%levels[j], k/levels[j]
	}
	return at
}

// broken returns an error if d is nil or the zero value, which have no distribution.
func (d *Discrete) broken() error {
	if d == nil || d.masses == nil {
		return errors.New("data: a discrete distribution must be made by NewDiscrete or Quantized, got none")
	}
	return nil
}

// Name returns the name.
func (d *Discrete) Name() string {
	if d.broken() != nil {
		return "nothing"
	}
	return d.name
}

// String returns the name.
func (d *Discrete) String() string { return d.Name() }

// Dim returns the number of columns, D.
func (d *Discrete) Dim() int {
	if d == nil {
		return 0
	}
	return len(d.levels)
}

// Grid returns the grid that the points lie on.
func (d *Discrete) Grid() Grid {
	if d.broken() != nil {
		return Grid{}
	}
	return Grid{Quantum: slices.Clone(d.grid.Quantum), Origin: slices.Clone(d.grid.Origin)}
}

// Levels returns the number of values of each column [D].
func (d *Discrete) Levels() []int {
	if d.broken() != nil {
		return nil
	}
	return slices.Clone(d.levels)
}

// InLevels returns the distribution of the levels themselves, whole numbers from 0 in every column,
// for which data.Whole is made. It is nil for nil.
func (d *Discrete) InLevels() *Discrete {
	if d.broken() != nil {
		return nil
	}
	levels := *d
	levels.grid = Grid{Quantum: slices.Repeat([]float64{1}, len(d.levels)), Origin: make([]float64, len(d.levels))}
	return &levels
}

// Fingerprint returns a hash of the grid and the probabilities.
func (d *Discrete) Fingerprint() string {
	if d.broken() != nil {
		return ""
	}
	shape := make([]float64, len(d.levels))
	for j, n := range d.levels {
		shape[j] = float64(n)
	}
	return hashOf(slices.Concat(d.grid.Origin, d.grid.Quantum, shape, d.masses))
}

// Entropy returns −Σ P log P, in nats. It is NaN for nil.
func (d *Discrete) Entropy() float64 {
	if d.broken() != nil {
		return math.NaN()
	}
	sum := 0.0
	for _, p := range d.masses {
		if p > 0 {
			sum -= p * math.Log(p)
		}
	}
	return sum
}

// All returns every point of the grid [N, D], whose weights are the probabilities, those of 0 among
// them. A weighted mean over them is an exact one.
func (d *Discrete) All() (Points, error) {
	if err := d.broken(); err != nil {
		return Points{}, err
	}
	values := make([]float32, 0, len(d.masses)*len(d.levels))
	for k := range d.masses {
		values = d.appendPoint(values, k)
	}
	all, err := NewPoints(len(d.levels), values)
	if err != nil {
		return Points{}, err
	}
	return all.WithWeights(d.masses)
}

// appendPoint appends the values of point k.
func (d *Discrete) appendPoint(values []float32, k int) []float32 {
	for j, level := range levelsAt(k, d.levels) {
		values = append(values, float32(d.grid.Origin[j]+float64(level)*d.grid.Quantum[j]))
	}
	return values
}

// Sample draws n points [n, D]. It returns an error if n is negative.
func (d *Discrete) Sample(n int, seed uint64) (Points, error) {
	if err := d.broken(); err != nil {
		return Points{}, err
	}
	rng := stream(d.name+d.Fingerprint(), seed)
	row := make([]float32, 0, len(d.levels))
	return drawn(d, n, func(x []float64) {
		row = d.appendPoint(row[:0], d.pick(rng.Float64()))
		for j, v := range row {
			x[j] = float64(v)
		}
	})
}

// pick returns the point that a number u, uniform from 0 to 1, belongs to. None of probability 0 is
// picked.
func (d *Discrete) pick(u float64) int {
	last := len(d.cumulative) - 1
	k := sort.Search(last, func(k int) bool { return d.cumulative[k] > u*d.cumulative[last] })
	for d.masses[k] == 0 { // the sums of all that follow are rounded to the same number
		k--
	}
	return k
}

// LogMass returns log P(x) of every point [N, D], in nats: −Inf for a point of the grid beyond its
// levels. It returns an error if a value is on no point of the grid, or if the dimensions differ.
func (d *Discrete) LogMass(x Points) ([]float64, error) {
	if err := d.broken(); err != nil {
		return nil, err
	}
	if x.Dim() != d.Dim() {
		return nil, fmt.Errorf("data: points of %s must have %d columns, got %d", d.name, d.Dim(), x.Dim())
	}
	if err := x.CheckFinite(); err != nil {
		return nil, err
	}
	for i := range x.Len() {
		for j, v := range x.Row(i) {
			q, origin := d.grid.Quantum[j], d.grid.Origin[j]
			if k, off := levelOf(v, q, origin); off > 2*Float32Step(origin+k*q) {
				return nil, fmt.Errorf("data: row %d, column %s is %v; points of %s must be a whole number of steps of %g above %g", i, x.ColumnTitle(j), v, d.name, q, origin)
			}
		}
	}
	return logProbsOf(d, x, func(x []float64) float64 { return math.Log(d.mass(x)) })
}

// mass returns the probability of the cell that a point of float32 numbers lies in.
func (d *Discrete) mass(x []float64) float64 {
	k := 0
	for j, v := range x {
		level := cell(float32(v), d.grid.Quantum[j], d.grid.Origin[j])
		if level < 0 || level >= float64(d.levels[j]) {
			return 0
		}
		k = k*d.levels[j] + int(level)
	}
	return d.masses[k]
}

// Dequantized returns the distribution of the points plus uniform noise that fills their cells. Its
// density is constant on each cell, P/volume. A flow trained on it meets new noise with every point
// that it draws.
func (d *Discrete) Dequantized() Distribution { return dequantized{d} }
