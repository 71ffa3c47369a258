package specs

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// ErrOutsideRange is wrapped by the errors of a strict flow whose condition is outside the range of
// its training.
var ErrOutsideRange = errors.New("condition outside the range of training")

// CheckCondition returns an error unless c fits n points of the density. A condition outside the
// range of training, or of a class that was not in the training, is an error if strict is set.
// Otherwise it is logged by log/slog as a warning, and the flow extrapolates.
func (s Density) CheckCondition(c data.Points, n int, strict bool) error {
	switch {
	case s.Condition == 0 && c.Len() == 0:
		return nil
	case s.Condition == 0:
		return fmt.Errorf("it has no condition, but was given one of %d features", c.Dim())
	case c.Len() == 0:
		return fmt.Errorf("it needs a condition of %d features: give it with At", s.Condition)
	case c.Dim() != s.Condition:
		return fmt.Errorf("conditions must have %d features, got %d", s.Condition, c.Dim())
	case c.Len() != 1 && c.Len() != n:
		return fmt.Errorf("there must be one condition, or one for each of %d points, got %d", n, c.Len())
	}
	if err := checkNames(c, s.ConditionColumns); err != nil {
		return fmt.Errorf("condition: %w", err)
	}
	if err := c.CheckFinite(); err != nil {
		return fmt.Errorf("condition: %w", err)
	}
	if strict && len(s.ConditionRange) == 0 {
		return fmt.Errorf("%w: the range of its training is not known: set ConditionRange when importing it", ErrOutsideRange)
	}
	note := s.beyondClasses(c)
	if note == "" {
		note = s.beyondRange(c)
	}
	if note != "" && strict {
		return fmt.Errorf("%w: %s", ErrOutsideRange, note)
	}
	if note != "" {
		slog.Warn("f4f: " + note)
	}
	return nil
}

// rangeSlack is how far a condition may lie outside the range of the training data, as a share of
// its width, before a warning: the ends of an interval are seldom drawn.
const rangeSlack = 0.01

// beyondRange returns a note on the first condition outside the range of training. It is empty if
// there is none or if the range is not known.
func (s Density) beyondRange(c data.Points) string {
	if len(s.ConditionRange) == 0 {
		return ""
	}
	for i := range c.Len() {
		for j, v := range c.Row(i) {
			if slices.Contains(s.ConditionAngles, j) {
				continue // the circle has no outside
			}
			r := s.ConditionRange[j]
			if slack := rangeSlack * (r[1] - r[0]); float64(v) < r[0]-slack || float64(v) > r[1]+slack {
				return fmt.Sprintf("the condition of row %d has %g as feature %s, but %s was trained from %.4g to %.4g", i, v, s.titled(c).ColumnTitle(j), s.Name, r[0], r[1])
			}
		}
	}
	return ""
}

// beyondClasses returns a note on the first condition that belongs to no class of the training. It
// is empty if there is none.
func (s Density) beyondClasses(c data.Points) string {
	titled := s.titled(c)
	for i := range c.Len() {
		row := c.Row(i)
		for _, g := range s.Classes {
			if g.of(row) {
				continue
			}
			titles, values := make([]string, len(g)), make([]float32, len(g))
			for k, j := range g {
				titles[k], values[k] = titled.ColumnTitle(j), row[j]
			}
			if len(g) == 1 {
				return fmt.Sprintf("the condition of row %d has %v in column %s, which was 0 or 1 in the training of %s", i, values[0], titles[0], s.Name)
			}
			return fmt.Sprintf("the condition of row %d has %v in columns %s, which is none of the classes in the training of %s: one of the columns must be 1 and the others 0",
				i, values, strings.Join(titles, ", "), s.Name)
		}
	}
	return ""
}

// titled returns conditions with the names of the training, if they are known, for messages.
func (s Density) titled(c data.Points) data.Points {
	if len(s.ConditionColumns) == 0 {
		return c
	}
	if named, err := c.WithColumnNames(s.ConditionColumns...); err == nil {
		return named
	}
	return c // can't happen: the number of features has been checked
}

// RangeOf returns the least and the greatest value of each feature. Conditions of weight 0 don't
// count.
func RangeOf(c data.Points) [][2]float64 {
	r := make([][2]float64, c.Dim())
	for j := range r {
		r[j] = [2]float64{math.Inf(1), math.Inf(-1)}
	}
	weights := c.Weights()
	for i := range c.Len() {
		if weights != nil && weights[i] == 0 {
			continue
		}
		for j, v := range c.Row(i) {
			r[j][0], r[j][1] = math.Min(r[j][0], float64(v)), math.Max(r[j][1], float64(v))
		}
	}
	return r
}

// RowsOf returns one condition for each of n points.
func RowsOf(c data.Points, n int) (data.Points, error) {
	if c.Len() != 1 {
		return c, nil
	}
	return c.Repeat(n)
}
