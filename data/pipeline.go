package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Pipeline maps points column by column, each by its own maps; only those with Argmax go together.
// FitPipeline makes one. A column
// without maps passes unchanged. Values are computed in float64 and rounded to float32 at the end.
//
// The density of points x follows from that of their images u: log p(x) = log p(u) + log|det
// ∂u/∂x|, where the last term is the log-det that Transform returns.
//
// The values of a Whole column, and the value of a Spike, are spread over an interval by noise r,
// uniform from 0 to 1 in each such column: u = u(x, r). For such a row, p(x) is a probability in
// these columns and a density in the others:
//
//	p(x) = ∫ p(u(x, r)) |det ∂u/∂(x, r)| dr
//
// Nodes returns where to evaluate p(u) for this integral.
//
// A Pipeline can be written as JSON and read back.
type Pipeline struct {
	columns []*fittedColumn // [D], nil for a column that passes as it is
	groups  []argmaxGroup
}

// FitPipeline fits maps to the columns of p [N, D]. Quantiles, means and deviations are weighted by
// the points' weights, with negative weights taken as 0. It returns an error that names the column
// if there is none of that name, if it is given maps twice, if a value is outside the domain of a
// map, or if all its values are equal.
func FitPipeline(p Points, columns ...ColumnMaps) (Pipeline, error) {
	return pipelineOf(p, columns, fitColumn)
}

// FixedPipeline returns the pipeline of maps that are fitted to no data, Whole and those that are Fixed,
// for columns of p [N, D], whose values don't matter. It returns an error for any other map, and those of
// FitPipeline that don't concern values.
func FixedPipeline(p Points, columns ...ColumnMaps) (Pipeline, error) {
	return pipelineOf(p, columns, fixedColumn)
}

// pipelineOf returns the pipeline of maps that column makes for column j of p.
func pipelineOf(p Points, columns []ColumnMaps, column func(p Points, j int, maps []ColumnMap) (*fittedColumn, error)) (Pipeline, error) {
	made := Pipeline{columns: make([]*fittedColumn, p.Dim())}
	for _, c := range columns {
		if err := c.Validate(); err != nil {
			return Pipeline{}, err
		}
		j, err := p.ColumnNumber(c.Column)
		if err != nil {
			return Pipeline{}, err
		}
		if made.columns[j] != nil {
			return Pipeline{}, fmt.Errorf("data: column %s must be given its maps at once, got them twice", p.ColumnTitle(j))
		}
		if from, to, ok := c.Angle(); ok && p.periods != nil {
			angle, err := p.WithPeriod(c.Column, from, to)
			if err == nil {
				_, err = CommonPeriods(p, angle)
			}
			if err != nil {
				return Pipeline{}, err
			}
		}
		if made.columns[j], err = column(p, j, c.Maps); err != nil {
			return Pipeline{}, err
		}
	}
	var err error
	made.groups, err = argmaxGroups(made.columns)
	return made, err
}

// Dim returns the number of columns, D.
func (t Pipeline) Dim() int { return len(t.columns) }

// AddsNoise reports whether any column has noise added, by Whole or Spike.
func (t Pipeline) AddsNoise() bool { return slices.ContainsFunc(t.columns, (*fittedColumn).addsNoise) }

// String lists the columns and their maps: "column 1 by data.Log, data.Quantile".
func (t Pipeline) String() string {
	var columns []string
	for j := range t.columns {
		var names []string
		for _, m := range t.Maps(j) {
			names = append(names, m.String())
		}
		if names != nil {
			columns = append(columns, fmt.Sprintf("column %d by %s", j, strings.Join(names, ", ")))
		}
	}
	if columns == nil {
		return "no column is mapped"
	}
	return strings.Join(columns, "; ")
}

// Maps returns the maps of column j, or nil if it has none.
func (t Pipeline) Maps(j int) (maps []ColumnMap) {
	if j < 0 || j >= len(t.columns) || t.columns[j] == nil {
		return nil
	}
	c := t.columns[j]
	switch {
	case c.whole:
		maps = append(maps, Whole)
	case c.spike != nil:
		maps = append(maps, Spike(c.spike.At))
	}
	for _, m := range c.maps {
		maps = append(maps, m.ColumnMap)
	}
	return maps
}

// Domain returns the ends of the open interval of values that the maps of column j take, noise included.
// They are infinite for a column without maps.
func (t Pipeline) Domain(j int) (low, high float64) {
	if j < 0 || j >= len(t.columns) || t.columns[j] == nil {
		return everywhere()
	}
	return t.columns[j].domain()
}

// WholeCells reports whether the maps of column j take all of the cell of each whole number, or none of it,
// so that noise may fill it.
func (t Pipeline) WholeCells(j int) bool {
	low, high := t.Domain(j)
	return low == math.Floor(low) && high == math.Floor(high) // true of infinite ends too
}

// Periods returns the ends of the period of each column [D] that is an angle, as given to Angle,
// and zeros for any other column. It is nil if no column is an angle.
func (t Pipeline) Periods() [][2]float64 {
	var periods [][2]float64
	for j, column := range t.columns {
		if column == nil || len(column.maps) == 0 || column.maps[0].kind != angleName {
			continue
		}
		if periods == nil {
			periods = make([][2]float64, len(t.columns))
		}
		periods[j] = column.maps[0].parameters
	}
	return periods
}

// What an angle's period becomes.
func inRadians([2]float64) [2]float64      { return [2]float64{-math.Pi, math.Pi} }
func asGiven(period [2]float64) [2]float64 { return period }

// periods returns the period of each column of the images of p: that of an angle of the pipeline as
// angle makes it, and that of p for a column without maps.
func (t Pipeline) periods(p Points, angle func(period [2]float64) [2]float64) [][2]float64 {
	own := t.Periods()
	if own == nil && p.periods == nil {
		return nil
	}
	periods := make([][2]float64, len(t.columns))
	for j, column := range t.columns {
		switch {
		case own != nil && own[j] != [2]float64{}:
			periods[j] = angle(own[j])
		case column == nil && p.periods != nil:
			periods[j] = p.periods[j]
		}
	}
	return periods
}

// Transform returns the images u [N, D] of points x [N, D], and log|det ∂u/∂x| [N] in nats. In a
// column whose value has noise r, ∂u/∂r takes the place of ∂u/∂x, over the density of r, which stays
// 1e-4 away from 0 and 1. The same points, all together, and seed give the same noise. It returns an
// error that names the row, the column, the value and what is allowed if a map can't take a value.
func (t Pipeline) Transform(x Points, seed uint64) (u Points, logDets []float64, err error) {
	if err := t.Validate(x.Dim()); err != nil {
		return Points{}, nil, err
	}
	noise := func(int) float64 { return 0.5 }
	if t.AddsNoise() {
		rng := rand.New(rand.NewPCG(seed, contentStream(x)))
		noise = func(int) float64 { return inside(rng.Float64()) }
	}
	d := x.Dim()
	u = x.around(t.periods(x, inRadians))
	u.values = slices.Clone(x.values)
	logDets = make([]float64, x.Len())
	for j, c := range t.columns {
		if c == nil || c.inGroup() {
			continue
		}
		for i := range x.Len() {
			v, logDerivative, err := c.forward(x, i, j, noise(j))
			if err != nil {
				return Points{}, nil, err
			}
			u.values[i*d+j] = c.rounded(v, x.At(i, j))
			if logDets[i] += logDerivative; c.noisy(x.At(i, j)) {
				logDets[i] += logInside
			}
		}
	}
	for _, g := range t.groups {
		for i := range x.Len() {
			logDet, err := g.forward(t, x, i, noise, u.values[i*d:(i+1)*d])
			if err != nil {
				return Points{}, nil, err
			}
			logDets[i] += logDet + float64(len(g.columns))*logInside
		}
	}
	return u, logDets, nil
}

// InverseTransform returns the points x [N, D] whose images are u [N, D], and log|det ∂x/∂u| [N] in
// nats. It undoes Transform up to float32 rounding. No value leaves the domain of its maps, not
// even by rounding.
func (t Pipeline) InverseTransform(u Points) (x Points, logDets []float64, err error) {
	if err := t.Validate(u.Dim()); err != nil {
		return Points{}, nil, err
	}
	d := u.Dim()
	x = u.around(t.periods(u, asGiven))
	x.values = slices.Clone(u.values)
	logDets = make([]float64, u.Len())
	for j, c := range t.columns {
		if c == nil || c.inGroup() {
			continue
		}
		low, high := c.domain()
		for i := range u.Len() {
			v, logDerivative := c.inverse(u.At(i, j), low, high)
			x.values[i*d+j] = v
			logDets[i] += logDerivative
		}
	}
	for _, g := range t.groups {
		for i := range u.Len() {
			logDets[i] += g.inverse(u.values[i*d:(i+1)*d], x.values[i*d:(i+1)*d])
		}
	}
	return x, logDets, nil
}

// Validate returns an error if the pipeline, which may come from a file, isn't valid for points of
// dimension dim.
func (t Pipeline) Validate(dim int) error {
	if len(t.columns) != dim {
		return fmt.Errorf("data: a pipeline must have the dimension of its points, got %d and %d", len(t.columns), dim)
	}
	return nil
}
