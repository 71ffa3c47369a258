package data

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Points are N points of D features, float32 and row-major: feature j of point i is Values()[i*D+j].
//
// Points go straight into gonum: they are a mat.Matrix of shape [N, D] and a plotter.XYer of their
// first two features. The zero value holds no points. A Points is a view: slicing it or reading
// Values copies nothing.
type Points struct {
	n, d   int
	values []float32
}

var _ mat.Matrix = Points{}

// NewPoints views values, row-major [N, dim], as N points. It errs when dim is less than one or
// doesn't divide len(values). It looks at no value: CheckFinite does.
func NewPoints(dim int, values []float32) (Points, error) {
	if dim < 1 {
		return Points{}, fmt.Errorf("data: the dimension of points must be at least 1, got %d", dim)
	}
	if len(values)%dim != 0 {
		return Points{}, fmt.Errorf("data: %d values are no whole number of points of dimension %d", len(values), dim)
	}
	return Points{n: len(values) / dim, d: dim, values: values}, nil
}

// Point is a single point, such as one condition. Of no features it is no point.
func Point(features ...float32) Points {
	if len(features) == 0 {
		return Points{}
	}
	return Points{n: 1, d: len(features), values: features}
}

// String reads "1000 points of 2 features".
func (p Points) String() string { return fmt.Sprintf("%d points of %d features", p.n, p.d) }

// Len is the number of points, N.
func (p Points) Len() int { return p.n }

// Dim is the number of features of a point, D.
func (p Points) Dim() int { return p.d }

// Values are all features, row-major [N, D]; not a copy.
func (p Points) Values() []float32 { return p.values }

// Row is the features of point i, [D]; not a copy.
func (p Points) Row(i int) []float32 { return p.values[i*p.d : (i+1)*p.d : (i+1)*p.d] }

// Slice is the points from (included) to to (excluded); not a copy.
func (p Points) Slice(from, to int) Points {
	return Points{n: to - from, d: p.d, values: p.values[from*p.d : to*p.d : to*p.d]}
}

// Dims is the shape [N, D], as gonum's mat.Matrix wants it.
func (p Points) Dims() (rows, columns int) { return p.n, p.d }

// At is feature j of point i.
func (p Points) At(i, j int) float64 { return float64(p.values[i*p.d+j]) }

// T is the transpose, [D, N], as a view.
func (p Points) T() mat.Matrix { return mat.Transpose{Matrix: p} }

// XY is the first two features of point i, as gonum's plotter.XYer wants them; one-dimensional
// points lie on y = 0.
func (p Points) XY(i int) (x, y float64) {
	row := p.Row(i)
	if p.d == 1 {
		return float64(row[0]), 0
	}
	return float64(row[0]), float64(row[1])
}

// CheckFinite errs when a feature is NaN or infinite, naming the first such row (counted from 0)
// and column.
func (p Points) CheckFinite() error {
	for i, v := range p.values {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("data: row %d, column %d is %v; points must be finite", i/p.d, i%p.d, v)
		}
	}
	return nil
}
