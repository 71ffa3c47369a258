package data

import (
	"fmt"
	"math"
)

// fitColumn fits maps to column j.
func fitColumn(p Points, j int, maps []ColumnMap) (*fittedColumn, error) {
	column := make([]float64, p.Len())
	rows := make([]int, p.Len()) // that the values come from
	for i := range column {
		column[i], rows[i] = p.At(i, j), i
	}
	switch {
	case len(column) < 2:
		return nil, fmt.Errorf("data: column %s: maps are fitted to at least 2 rows, got %d", p.ColumnTitle(j), len(column))
	case constant(p, j) && maps[len(maps)-1].kind != argmaxName: // a class that no row has can be learned
		return nil, fmt.Errorf("data: column %s is %v in all %d points; a constant has no density, leave the column out", p.ColumnTitle(j), p.Row(0)[j], p.Len())
	}
	c := &fittedColumn{}
	switch maps[0].kind {
	case wholeName:
		c.whole, maps = true, maps[1:]
		if len(maps) == 0 {
			if err := checkRoom(p, j); err != nil {
				return nil, err
			}
		}
		for i, v := range column {
			if err := checkWhole(p, i, j); err != nil {
				return nil, err
			}
			column[i] = v + evenNoise(i)
		}
	case spikeName:
		return fitSpike(p, j, maps, column)
	}
	return c, c.fit(p, j, maps, column, rows)
}

// fixedColumn returns what column j passes by maps that are fitted to no data.
func fixedColumn(p Points, j int, maps []ColumnMap) (*fittedColumn, error) {
	c := &fittedColumn{}
	for _, m := range maps {
		if m == Whole {
			c.whole = true
			continue
		}
		if !m.Fixed() {
			return nil, fmt.Errorf("data: column %s: %s is fitted to data; those that aren't are Log, LogAbove, LogBelow, Logit, Asinh and Argmax", p.ColumnTitle(j), m)
		}
		own, err := mapKinds[m.kind].fit(m, nil)
		if err != nil {
			return nil, err
		}
		c.maps = append(c.maps, fittedMap{m, own})
	}
	return c, nil
}

// fitSpike fits a Spike and the maps that follow it to column j.
func fitSpike(p Points, j int, maps []ColumnMap, column []float64) (*fittedColumn, error) {
	wrong := func(format string, args ...any) (*fittedColumn, error) {
		return nil, fmt.Errorf("data: column %s: %s: "+format, append([]any{p.ColumnTitle(j), maps[0]}, args...)...)
	}
	s := &spike{At: maps[0].parameters[0]}
	var rest []float64
	var rows []int
	below := 0
	for i, v := range column {
		if v == s.At {
			continue
		}
		if rest, rows = append(rest, v), append(rows, i); v < s.At {
			below++
		}
	}
	s.Share = 1 - float64(len(rest))/float64(len(column))
	switch {
	case len(rest) == len(column):
		return wrong("no row has the value: take the value that repeats (Prepare finds it), or leave Spike out")
	case len(rest) < leastQuantileRows:
		return wrong("there must be at least %d rows with another value, got %d", leastQuantileRows, len(rest))
	case below == len(rest):
		s.Side = allBelow
	case below == 0:
		s.Side = allAbove
	}
	others := maps[1:]
	if len(others) == 0 || others[len(others)-1] != Quantile {
		others = append(others[:len(others):len(others)], Quantile)
	}
	c := &fittedColumn{spike: s}
	if err := c.fit(p, j, others, rest, rows); err != nil {
		return nil, err
	}
	low, high := c.domain()
	switch {
	case s.At > low && s.At < high:
		s.Place = s.At
		for _, m := range c.maps {
			s.Place, _ = m.forward(s.Place)
		}
	case s.Side == onBothSides:
		return wrong("the maps after it take values between %g and %g, and other rows are on both sides of it", low, high)
	default:
		s.Bounded = true
	}
	return c, s.validate()
}

// fit fits maps one after another to the values of some rows in column j, which count by their
// weights.
func (c *fittedColumn) fit(p Points, j int, maps []ColumnMap, column []float64, rows []int) error {
	for _, m := range maps {
		own, err := mapKinds[m.kind].fit(m, p.byWeight(column, rows))
		if err != nil {
			return fmt.Errorf("data: column %s: %s: %w", p.ColumnTitle(j), m, err)
		}
		f := fittedMap{m, own}
		for k, v := range column {
			if !f.takes(v) {
				return outside(p, rows[k], j, f, v)
			}
			column[k], _ = f.forward(v)
		}
		c.maps = append(c.maps, f)
	}
	return nil
}

// evenNoise returns noise from 0 to 1 that fills the interval evenly over i = 0, 1, 2, …, for maps
// to be fitted to.
func evenNoise(i int) float64 {
	_, noise := math.Modf(float64(i+1) / math.Phi)
	return inside(noise)
}
