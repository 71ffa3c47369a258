package data

import (
	"fmt"
	"strconv"
	"strings"
)

// ColumnMaps are the maps that a column passes, in their order.
type ColumnMaps struct {
	// Column is the column's name, or its number, counted from 0, as text.
	Column string
	Maps   []ColumnMap // in the order in which they apply
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
	for i, m := range c.Maps {
		if err := m.Validate(); err != nil {
			return fmt.Errorf("%w (column %q)", err, c.Column)
		}
		if m.AddsNoise() && i > 0 {
			return fmt.Errorf("data: %s must be the first map of its column, got it after %s (column %q)", m, c.Maps[i-1], c.Column)
		}
	}
	for _, m := range c.Maps {
		if m.kind == argmaxName && (len(c.Maps) != 2 || c.Maps[0] != Whole) {
			return fmt.Errorf("data: column %q must have the maps data.Whole, %s and no other, got %s", c.Column, m, c)
		}
	}
	if _, _, angle := c.Angle(); angle && len(c.Maps) > 1 {
		return fmt.Errorf("data: Angle must be the only map of column %q, got %s", c.Column, c)
	}
	return nil
}

// Angle returns the ends of the period of a column that is an angle. ok is false for any other
// column.
func (c ColumnMaps) Angle() (from, to float64, ok bool) {
	for _, m := range c.Maps {
		if m.kind == angleName {
			return m.parameters[0], m.parameters[1], true
		}
	}
	return 0, 0, false
}
