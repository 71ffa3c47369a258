package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// Points are N points of D features, stored as float32 in row-major order: feature j of point i is
// Values()[i*D+j].
//
// Points can be passed to gonum: they implement mat.Matrix with shape [N, D], and plotter.XYer with
// their first two features. The zero value holds no points. Points are a view: slicing them or
// reading Values copies nothing.
type Points struct {
	n, d   int
	values []float32
	names  []string // of the columns [d], "" for none; nil if no column has a name

	weights []float64    // of the points [n]; nil for none
	periods [][2]float64 // of the columns [d], equal ends for none; nil if no column is an angle
	notes   []string     // of the reader
}

var _ mat.Matrix = Points{}

// NewPoints returns a view of values, row-major [N, dim], as N points. It returns an error if dim
// is less than 1 or doesn't divide len(values). It doesn't check the values; see CheckFinite.
func NewPoints(dim int, values []float32) (Points, error) {
	if dim < 1 {
		return Points{}, fmt.Errorf("data: the dimension of points must be at least 1, got %d", dim)
	}
	if len(values)%dim != 0 {
		return Points{}, fmt.Errorf("data: %d values are no whole number of points of dimension %d", len(values), dim)
	}
	return Points{n: len(values) / dim, d: dim, values: values}, nil
}

// Point returns a single point with these features, such as one condition. Without features it
// returns no points.
func Point(features ...float32) Points {
	if len(features) == 0 {
		return Points{}
	}
	return Points{n: 1, d: len(features), values: features}
}

// Len returns the number of points, N.
func (p Points) Len() int { return p.n }

// Dim returns the number of features of a point, D.
func (p Points) Dim() int { return p.d }

// Values returns all features, row-major [N, D], without copying them.
func (p Points) Values() []float32 { return p.values }

// Row returns the features [D] of point i, without copying them. It panics if i is out of range.
func (p Points) Row(i int) []float32 { return p.values[i*p.d : (i+1)*p.d : (i+1)*p.d] }

// Slice returns the points from index from (included) to index to (excluded), without copying them.
// It panics if an index is out of range.
func (p Points) Slice(from, to int) Points {
	part := Points{n: to - from, d: p.d, values: p.values[from*p.d : to*p.d : to*p.d], names: p.names, periods: p.periods, notes: p.notes}
	if p.weights != nil {
		part.weights = p.weights[from:to:to]
	}
	return part
}

// Dims returns the shape [N, D]. It implements gonum's mat.Matrix.
func (p Points) Dims() (rows, columns int) { return p.n, p.d }

// At returns feature j of point i. It panics if an index is out of range.
func (p Points) At(i, j int) float64 { return float64(p.values[i*p.d+j]) }

// T returns the transpose, [D, N], as a view.
func (p Points) T() mat.Matrix { return mat.Transpose{Matrix: p} }

// XY returns the first two features of point i. It implements gonum's plotter.XYer. For points of
// one feature y is 0. It panics if i is out of range.
func (p Points) XY(i int) (x, y float64) {
	row := p.Row(i)
	if p.d == 1 {
		return float64(row[0]), 0
	}
	return float64(row[0]), float64(row[1])
}

// CheckFinite returns an error if a feature is NaN or infinite. The error names the first such row,
// counted from 0, and its column; see ColumnTitle.
func (p Points) CheckFinite() error {
	for i, v := range p.values {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("data: row %d, column %s is %v; points must be finite", i/p.d, p.ColumnTitle(i%p.d), v)
		}
	}
	return nil
}

// ColumnNames returns the names of the features [D], such as those of a file's header, with "" for
// a feature without a name. It returns nil if no feature has one. Slice, Pick, Columns,
// SplitConditions, HStack and scalers keep the names.
func (p Points) ColumnNames() []string { return slices.Clone(p.names) }

// WithColumnNames returns p with names for its features [D], "" for none. It returns an error if
// their number isn't D. Without arguments it returns p without names.
func (p Points) WithColumnNames(names ...string) (Points, error) {
	if len(names) != 0 && len(names) != p.d {
		return Points{}, fmt.Errorf("data: there must be a name for each of %d columns, got %d", p.d, len(names))
	}
	return p.named(slices.Clone(names)), nil
}

// ColumnTitle returns feature j as messages name it: its quoted name, or its number, counted from
// 0, if it has none.
func (p Points) ColumnTitle(j int) string {
	if j >= 0 && j < len(p.names) && p.names[j] != "" {
		return strconv.Quote(short(p.names[j]))
	}
	return strconv.Itoa(j)
}

// short returns a field of a file, such as a column's name, as a message quotes it.
func short(field string) string { return columns.Short(field) }

// named returns p with names for its features [D]; nil for none.
func (p Points) named(names []string) Points {
	if p.d == 0 || !slices.ContainsFunc(names, func(name string) bool { return name != "" }) {
		names = nil
	}
	p.names = names
	return p
}
