package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ColumnMaps are the maps that a column passes, in their order.
type ColumnMaps struct {
	// Column is the column's name, or the number of a column without one, counted from 0, as text.
	Column string
	Maps   []ColumnMap
}

// String returns the arguments of a plan's Column as Go code: `"pt", data.Log, data.Quantile`.
func (c ColumnMaps) String() string {
	parts := []string{strconv.Quote(c.Column)}
	for _, m := range c.Maps {
		parts = append(parts, m.String())
	}
	return strings.Join(parts, ", ")
}

// Validate returns an error that names the column if it is given no map, or one that is not valid.
func (c ColumnMaps) Validate() error {
	if len(c.Maps) == 0 {
		return fmt.Errorf("data: column %q must be given a map, got none", c.Column)
	}
	for _, m := range c.Maps {
		if err := m.Validate(); err != nil {
			return fmt.Errorf("%w (column %q)", err, c.Column)
		}
	}
	return nil
}

// Pipeline maps points column by column, each by its own maps. FitPipeline makes one. A column
// without maps passes as it is. All is computed in float64 and rounded to float32 at the end.
//
// The density of points x follows from that of their images u: log p(x) = log p(u) + log|det ∂u/∂x|,
// where the last term is what Transform returns beside u. A Pipeline is marshalled to JSON.
type Pipeline struct {
	columns []fittedColumn // [D]
}

// fittedColumn is what a column passes.
type fittedColumn []fittedMap

// fittedMap is a map that is fitted to its column.
type fittedMap struct {
	ColumnMap
	monotone
}

// FitPipeline fits maps to the columns of p [N, D]. It returns an error that names the column if
// there is none of that name, if it is given maps twice, if a map can't take its values, or if all
// its values are equal.
func FitPipeline(p Points, columns ...ColumnMaps) (Pipeline, error) {
	fitted := Pipeline{columns: make([]fittedColumn, p.Dim())}
	for _, c := range columns {
		if err := c.Validate(); err != nil {
			return Pipeline{}, err
		}
		j, err := p.ColumnNumber(c.Column)
		if err != nil {
			return Pipeline{}, err
		}
		if fitted.columns[j] != nil {
			return Pipeline{}, fmt.Errorf("data: column %s must be given its maps at once, got them twice", p.ColumnTitle(j))
		}
		if fitted.columns[j], err = fitColumn(p, j, c.Maps); err != nil {
			return Pipeline{}, err
		}
	}
	return fitted, nil
}

// ColumnNumber returns the number, counted from 0, of the feature with a name. A feature without a name
// has its number, as text, in place of one. It returns an error that lists the features if there is no
// such feature.
func (p Points) ColumnNumber(name string) (int, error) {
	if j := slices.Index(p.names, name); j >= 0 && name != "" {
		return j, nil
	}
	if j, err := strconv.Atoi(name); err == nil && j >= 0 && j < p.d && (p.names == nil || p.names[j] == "") {
		return j, nil
	}
	titles := make([]string, p.d)
	for j := range titles {
		titles[j] = p.ColumnTitle(j)
	}
	return 0, fmt.Errorf("data: there is no column %q, only %s", name, strings.Join(titles, ", "))
}

// fitColumn fits maps to column j, one after another.
func fitColumn(p Points, j int, maps []ColumnMap) (fittedColumn, error) {
	column := make([]float64, p.Len())
	for i := range column {
		column[i] = p.At(i, j)
	}
	switch {
	case len(column) < 2:
		return nil, fmt.Errorf("data: column %s: maps are fitted to at least 2 rows, got %d", p.ColumnTitle(j), len(column))
	case constant(p, j):
		return nil, fmt.Errorf("data: column %s is %v in all %d points; a constant has no density, leave the column out", p.ColumnTitle(j), p.Row(0)[j], p.Len())
	}
	var fitted fittedColumn
	for _, m := range maps {
		own, err := mapKinds[m.kind].fit(m.parameters, slices.Clone(column))
		if err != nil {
			return nil, fmt.Errorf("data: column %s: %s: %w", p.ColumnTitle(j), m, err)
		}
		low, high := own.domain()
		for i, v := range column {
			if !(v > low && v < high) {
				return nil, outside(p, i, j, m, v, low, high)
			}
			column[i], _ = own.forward(v)
		}
		fitted = append(fitted, fittedMap{m, own})
	}
	return fitted, nil
}

// outside returns the error of a value that a map can't take. v is what the maps before it make of
// the value.
func outside(p Points, i, j int, m ColumnMap, v, low, high float64) error {
	passed := ""
	if v != p.At(i, j) {
		passed = fmt.Sprintf(", which the maps before make %g", v)
	}
	return fmt.Errorf("data: row %d, column %s is %v%s; %s takes values between %g and %g, without these", i, p.ColumnTitle(j), p.Row(i)[j], passed, m, low, high)
}

// Dim returns the number of columns, D.
func (t Pipeline) Dim() int { return len(t.columns) }

// String lists the columns and their maps: "column 1 by data.Log, data.Standardised".
func (t Pipeline) String() string {
	var columns []string
	for j, column := range t.columns {
		if column == nil {
			continue
		}
		names := make([]string, len(column))
		for k, m := range column {
			names[k] = m.String()
		}
		columns = append(columns, fmt.Sprintf("column %d by %s", j, strings.Join(names, ", ")))
	}
	if columns == nil {
		return "no column is mapped"
	}
	return strings.Join(columns, "; ")
}

// Transform returns the images u [N, D] of points x [N, D], and log|det ∂u/∂x| [N] in nats. It
// returns an error that names the row, the column, the value and the interval if a value isn't in
// the domain of its map.
func (t Pipeline) Transform(x Points) (u Points, logDets []float64, err error) {
	if err := t.Validate(x.Dim()); err != nil {
		return Points{}, nil, err
	}
	d := x.Dim()
	u = x
	u.values = slices.Clone(x.values)
	logDets = make([]float64, x.Len())
	for j, column := range t.columns {
		for i := 0; column != nil && i < x.Len(); i++ {
			v := x.At(i, j)
			for _, m := range column {
				low, high := m.domain()
				if !(v > low && v < high) {
					return Points{}, nil, outside(x, i, j, m.ColumnMap, v, low, high)
				}
				var logDerivative float64
				v, logDerivative = m.forward(v)
				logDets[i] += logDerivative
			}
			u.values[i*d+j] = float32(v)
		}
	}
	return u, logDets, nil
}

// InverseTransform returns the points x [N, D] whose images are u [N, D], and log|det ∂x/∂u| [N] in
// nats. It undoes Transform up to float32 rounding. No value leaves the domain of its maps, not even
// by rounding.
func (t Pipeline) InverseTransform(u Points) (x Points, logDets []float64, err error) {
	if err := t.Validate(u.Dim()); err != nil {
		return Points{}, nil, err
	}
	d := u.Dim()
	x = u
	x.values = slices.Clone(u.values)
	logDets = make([]float64, u.Len())
	for j, column := range t.columns {
		low, high := column.domain()
		for i := 0; column != nil && i < u.Len(); i++ {
			v := u.At(i, j)
			for _, m := range slices.Backward(column) {
				var logDerivative float64
				v, logDerivative = m.inverse(v)
				logDets[i] += logDerivative
			}
			x.values[i*d+j] = within(v, low, high)
		}
	}
	return x, logDets, nil
}

// domain returns the ends of the open interval of values that a column's maps take.
func (c fittedColumn) domain() (low, high float64) {
	low, high = everywhere()
	for _, m := range slices.Backward(c) {
		least, most := m.domain()
		if !math.IsInf(low, 0) {
			low, _ = m.inverse(low)
		}
		if !math.IsInf(high, 0) {
			high, _ = m.inverse(high)
		}
		low, high = math.Max(low, least), math.Min(high, most)
	}
	return low, high
}

// within returns the float32 nearest to v between low and high, both excluded. A value beyond the
// range of float32 becomes infinite, unless high or low is finite.
func within(v, low, high float64) float32 {
	f := float32(v)
	if least := float32(low); float64(f) <= low && !math.IsInf(low, 0) {
		for f = least; float64(f) <= low; {
			f = math.Nextafter32(f, float32(math.Inf(1)))
		}
	}
	if most := float32(high); float64(f) >= high && !math.IsInf(high, 0) {
		for f = most; float64(f) >= high; {
			f = math.Nextafter32(f, float32(math.Inf(-1)))
		}
	}
	return f
}

// Validate returns an error if the pipeline, which may come from a file, isn't valid for points of
// dimension dim.
func (t Pipeline) Validate(dim int) error {
	if len(t.columns) != dim {
		return fmt.Errorf("data: a pipeline must have the dimension of its points, got %d and %d", len(t.columns), dim)
	}
	return nil
}
