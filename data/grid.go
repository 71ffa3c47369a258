package data

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// Grid describes the grids that the values of quantised columns lie on: value k of column j is
// Origin[j] + k·Quantum[j]. Dequantize finds one.
//
// The density p of a flow that was trained on dequantised points gives the probability of a point x
// of the grid, and a lower bound of its logarithm that is cheaper to compute:
//
//	P(x) = ∫ p(x + u) du  over 0 ≤ u_j < Quantum[j]
//	log P(x) ≥ E_u[log p(x + u)] + LogVolume(),  u uniform
//
// p(x) itself, without the noise, is a density and not a probability (Theis, van den Oord and
// Bethge, "A note on the evaluation of generative models", 2016, section 3.1).
type Grid struct {
	Quantum []float64 `json:"quantum"` // [D]; 0 for a column that is on no grid and left unchanged
	Origin  []float64 `json:"origin"`  // [D]
}

// String lists the columns and their steps: "column 0 in steps of 1, column 2 in steps of 0.01".
func (g Grid) String() string {
	var columns []string
	for j, q := range g.Quantum {
		if q != 0 {
			columns = append(columns, fmt.Sprintf("column %d in steps of %.6g", j, q))
		}
	}
	if columns == nil {
		return "no column on a grid"
	}
	return strings.Join(columns, ", ")
}

// LogVolume returns the logarithm of the volume that the noise fills, Σ_j log Quantum[j] over the
// quantised columns. It is 0 for whole numbers in steps of 1.
func (g Grid) LogVolume() float64 {
	sum := 0.0
	for _, q := range g.Quantum {
		if q != 0 {
			sum += math.Log(q)
		}
	}
	return sum
}

// Dequantize returns a copy of x [N, D] with noise added to the quantised columns. The noise is
// uniform from 0 (included) to Quantum (excluded). Quantize removes it again. The same points and
// seed give the same noise; other points, such as conditions, get independent noise.
//
// It returns an error if a value isn't on its column's grid, if a step of the grid holds fewer than
// 16 float32 numbers, too few for noise, or if the noise could exceed float32's range.
func (g Grid) Dequantize(x Points, seed uint64) (Points, error) {
	if err := g.check(x.Dim()); err != nil {
		return Points{}, err
	}
	if err := x.CheckFinite(); err != nil {
		return Points{}, err
	}
	rng := rand.New(rand.NewPCG(seed, contentStream(x)))
	d := x.Dim()
	out := make([]float32, 0, len(x.Values()))
	steps := g.float32Steps(x)
	for i, v := range x.Values() {
		q, origin, step := g.Quantum[i%d], g.Origin[i%d], steps[i%d]
		if q == 0 {
			out = append(out, v)
			continue
		}
		if q < leastRoom*step {
			return Points{}, fmt.Errorf("data: column %s has no room for noise within its quantum of %.6g: its values are so large that float32 goes in steps of %.6g; subtract an offset from it, or leave it as it is",
				x.ColumnTitle(i%d), q, step)
		}
		k, off := levelOf(v, q, origin)
		if off > 2*step {
			return Points{}, fmt.Errorf("data: row %d, column %s is %v; with a quantum of %.6g values must be %.6g or a whole number of quanta away from it",
				i/d, x.ColumnTitle(i%d), v, q, origin)
		}
		if math.Abs(origin+(k+1)*q) > math.MaxFloat32 {
			return Points{}, fmt.Errorf("data: row %d, column %s is %v; noise of a quantum of %.6g could take it beyond float32's range", i/d, x.ColumnTitle(i%d), v, q)
		}
		out = append(out, noisyValue(k, rng.Float64(), q, origin))
	}
	noisy, err := NewPoints(max(d, 1), out)
	return noisy.like(x), err
}

// cell returns the number k of the grid cell [origin + k·q, origin + (k+1)·q) that v lies in. A
// value just below a cell's lower edge counts as inside, because float32 may have rounded the edge
// itself.
func cell(v float32, q, origin float64) float64 {
	return math.Floor((float64(v) + Float32Step(float64(v)) - origin) / q)
}

// levelOf returns the level k of the grid that is nearest to v, and how far v is off it.
func levelOf(v float32, q, origin float64) (k, off float64) {
	k = math.Round((float64(v) - origin) / q)
	return k, math.Abs(origin + k*q - float64(v))
}

// noisyValue returns the point of cell k that is this share of a quantum above its lower edge.
func noisyValue(k, share, q, origin float64) float32 { return inCell(origin+(k+share)*q, k, q, origin) }

// inCell returns y as the nearest float32 in cell k. Rounding alone could leave the cell.
func inCell(y, k, q, origin float64) float32 {
	v := float32(y)
	for cell(v, q, origin) > k {
		v = math.Nextafter32(v, float32(math.Inf(-1)))
	}
	for cell(v, q, origin) < k {
		v = math.Nextafter32(v, float32(math.Inf(1)))
	}
	return v
}

// Quantize takes points y [N, D], such as samples of a flow trained on dequantised points, to the
// grid by rounding each value down. Columns without a grid stay unchanged. Values beyond the range
// of the original data are rounded in the same way, so a count may come out as −1. It returns an
// error if a value isn't finite, or if a rounded one is beyond float32's range.
func (g Grid) Quantize(y Points) (Points, error) {
	if err := g.check(y.Dim()); err != nil {
		return Points{}, err
	}
	if err := y.CheckFinite(); err != nil {
		return Points{}, err
	}
	d := y.Dim()
	out := make([]float32, len(y.Values()))
	for i, v := range y.Values() {
		out[i] = v
		if q, origin := g.Quantum[i%d], g.Origin[i%d]; q != 0 {
			edge := origin + cell(v, q, origin)*q
			if math.Abs(edge) > math.MaxFloat32 {
				return Points{}, fmt.Errorf("data: row %d, column %s is %v; the value of the grid below it, %.6g, is beyond float32's range", i/d, y.ColumnTitle(i%d), v, edge)
			}
			out[i] = float32(edge)
		}
	}
	rounded, err := NewPoints(max(d, 1), out)
	return rounded.like(y), err
}

// check returns an error if the grid, which may come from a file, isn't valid for points of
// dimension dim.
func (g Grid) check(dim int) error {
	if len(g.Quantum) != dim || len(g.Origin) != dim {
		return fmt.Errorf("data: a grid must have the dimension of its points, got quanta of %d columns, origins of %d and points of %d",
			len(g.Quantum), len(g.Origin), dim)
	}
	for j, q := range g.Quantum {
		if !(q >= 0) || math.IsInf(q, 0) || math.IsNaN(g.Origin[j]) || math.IsInf(g.Origin[j], 0) {
			return fmt.Errorf("data: a grid must have finite origins and finite quanta of at least 0 (0 for none), got origin %v and quantum %v of column %d",
				g.Origin[j], q, j)
		}
	}
	return nil
}

// leastRoom is the least number of float32 values that a quantum must hold to have room for noise.
const leastRoom = 16

// float32Steps returns, for each column [D], the spacing of float32 at its largest absolute value.
func (g Grid) float32Steps(x Points) []float64 {
	steps := make([]float64, x.Dim())
	for j := range steps {
		largest := 0.0
		for i := range x.Len() {
			largest = max(largest, math.Abs(x.At(i, j)))
		}
		steps[j] = Float32Step(largest)
	}
	return steps
}

// contentStream returns a number of a random stream derived from the content of x, so that two sets
// of points get independent noise from the same seed.
func contentStream(x Points) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("dequantize " + FromPoints("", x).Fingerprint())) // a hash's Write never errs
	return h.Sum64()
}
