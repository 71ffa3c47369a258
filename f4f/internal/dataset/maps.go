package dataset

import (
	"errors"
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Maps are the maps that a plan names for columns of its points and of its conditions.
type Maps struct {
	Points, Conditions []data.ColumnMaps
}

// With returns the maps with those of a column, in place of any that it has.
func With(columns []data.ColumnMaps, name string, maps ...data.ColumnMap) []data.ColumnMaps {
	others := slices.DeleteFunc(slices.Clone(columns), func(c data.ColumnMaps) bool { return c.Column == name })
	return append(others, data.ColumnMaps{Column: name, Maps: slices.Clone(maps)})
}

// Texts returns what identifies the maps, in no order of setters. It is nil for no maps.
func (m Maps) Texts() (texts []string) {
	for _, c := range m.Points {
		texts = append(texts, c.String())
	}
	for _, c := range m.Conditions {
		texts = append(texts, "condition "+c.String())
	}
	slices.Sort(texts)
	return texts
}

// Validate returns an error if a map is not valid, or if the source has no such column. The columns
// of a source that is not a table are known only when it is drawn from.
func (m Maps) Validate(s data.Source) error {
	points, conditions := tableOf(s)
	for _, side := range []struct {
		what    string
		columns []data.ColumnMaps
		of      data.Points
		dim     int
	}{{"", m.Points, points, s.Dim()}, {"conditions: ", m.Conditions, conditions, ConditionDim(s)}} {
		if len(side.columns) > 0 && side.dim == 0 {
			return fmt.Errorf("a map for column %q of the conditions needs a source with conditions", side.columns[0].Column)
		}
		for _, c := range side.columns {
			if err := c.Validate(); err != nil {
				return fmt.Errorf("%s%w", side.what, err)
			}
			if len(side.what) > 0 && c.Maps[0].AddsNoise() {
				return fmt.Errorf("%scolumn %q: %s adds noise, which a condition has no use for: leave it out, or take what data.PrepareConditions proposes", side.what, c.Column, c.Maps[0])
			}
			if side.of.Dim() == 0 {
				continue
			}
			if _, err := side.of.ColumnNumber(c.Column); err != nil {
				return fmt.Errorf("%s%w", side.what, err)
			}
		}
	}
	return nil
}

// HaveAngles reports whether a column of points or conditions is an angle.
func (m Maps) HaveAngles() bool {
	isAngle := func(c data.ColumnMaps) bool {
		_, _, ok := c.Angle()
		return ok
	}
	return slices.ContainsFunc(m.Points, isAngle) || slices.ContainsFunc(m.Conditions, isAngle)
}

// Angles returns the numbers of the columns of points x and of conditions c that are angles, in
// ascending order. It returns an error if there is no such column.
func (m Maps) Angles(x, c data.Points) (points, conditions []int, err error) {
	for _, side := range []struct {
		columns []data.ColumnMaps
		of      data.Points
		numbers *[]int
	}{{m.Points, x, &points}, {m.Conditions, c, &conditions}} {
		for _, column := range side.columns {
			if _, _, ok := column.Angle(); !ok {
				continue
			}
			j, err := side.of.ColumnNumber(column.Column)
			if err != nil {
				return nil, nil, err
			}
			*side.numbers = append(*side.numbers, j)
		}
		slices.Sort(*side.numbers)
	}
	return points, conditions, nil
}

// WholeNumbers returns the numbers of the columns of points x whose noise is to be learned, in ascending
// order, and the pipeline of these columns alone. named are the columns, none for all with data.Whole. It
// returns an error if there is none, if a column named has no data.Whole or doesn't exist, if a map that
// follows is fitted to data or ends within a cell, or if only some columns of one feature's classes are
// named.
func (m Maps) WholeNumbers(x data.Points, named []string) (columns []int, pipeline *data.Pipeline, err error) {
	whole := map[int]data.ColumnMaps{}
	for _, column := range m.Points {
		if column.Maps[0] != data.Whole {
			continue
		}
		j, err := x.ColumnNumber(column.Column)
		if err != nil {
			return nil, nil, err
		}
		whole[j], columns = column, append(columns, j)
	}
	if len(named) > 0 {
		columns = nil
	}
	for _, name := range named {
		j, err := x.ColumnNumber(name)
		if err != nil {
			return nil, nil, fmt.Errorf("VariationalNoise: %w", err)
		}
		if _, ok := whole[j]; !ok {
			return nil, nil, fmt.Errorf("noise can be learned for columns with data.Whole, and column %s has none: set Column(%q, data.Whole), or leave it out of VariationalNoise", x.ColumnTitle(j), name)
		}
		columns = append(columns, j)
	}
	if columns == nil {
		return nil, nil, errors.New("noise can be learned for columns with data.Whole, got none: set Column(name, data.Whole), or leave out VariationalNoise")
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	var noisy []data.ColumnMaps
	for _, j := range columns {
		noisy = append(noisy, whole[j])
		for k, other := range whole {
			if feature := whole[j].Maps[len(whole[j].Maps)-1].Feature(); feature != "" && feature == other.Maps[len(other.Maps)-1].Feature() && !slices.Contains(columns, k) {
				return nil, nil, fmt.Errorf("the noise of a feature's classes is learned for all of its columns: name column %s in VariationalNoise too, which is one of %q", x.ColumnTitle(k), feature)
			}
		}
	}
	fixed, err := data.FixedPipeline(x, noisy...)
	if err != nil {
		return nil, nil, fmt.Errorf("noise can be learned before maps that are fitted to no data: %w; or leave out VariationalNoise", err)
	}
	for _, j := range columns {
		if !fixed.WholeCells(j) {
			low, high := fixed.Domain(j)
			return nil, nil, fmt.Errorf("noise that is learned fills whole cells, and the maps of column %s take values between %g and %g: let the ends be whole numbers, or leave out VariationalNoise", x.ColumnTitle(j), low, high)
		}
	}
	return columns, &fixed, nil
}

// Fit fits the maps to the training points of a source, and to their conditions. A pipeline is nil
// if there are no maps for it.
func (m Maps) Fit(s data.Source, t Data) (points, conditions *data.Pipeline, err error) {
	allPoints, allConditions := tableOf(s)
	if points, err = fitted(m.Points, t.Points, allPoints); err != nil {
		return nil, nil, err
	}
	if conditions, err = fitted(m.Conditions, t.Conditions, allConditions); err != nil {
		return nil, nil, fmt.Errorf("conditions: %w", err)
	}
	return points, conditions, nil
}

// fitted fits maps to rows. A value that a map can't take is named by its row in all, the rows of
// the table in their original order, if there is one.
func fitted(columns []data.ColumnMaps, rows func() (data.Points, error), all data.Points) (*data.Pipeline, error) {
	if len(columns) == 0 {
		return nil, nil
	}
	x, err := rows()
	if err != nil {
		return nil, err
	}
	pipeline, err := data.FitPipeline(x, columns...)
	if err != nil {
		if all.Len() > 0 {
			if _, inAll := data.FitPipeline(all, columns...); inAll != nil {
				err = inAll
			}
		}
		return nil, err
	}
	return &pipeline, nil
}
