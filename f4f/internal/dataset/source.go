package dataset

import (
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// ConditionDim returns the number of features of a source's conditions, or 0 if it has none.
func ConditionDim(s data.Source) int {
	if c, ok := s.(data.ConditionalSource); ok {
		return c.ConditionDim()
	}
	return 0
}

// IsTable reports whether a source is a table of points.
func IsTable(s data.Source) bool {
	_, finite := s.(data.Finite)
	return finite
}

// tableOf returns the points of a table and their conditions, in their original order. They are
// empty if the source is not a table.
func tableOf(s data.Source) (points, conditions data.Points) {
	if table, ok := s.(data.Finite); ok {
		points = table.Points()
	}
	if table, ok := s.(interface{ Conditions() data.Points }); ok && points.Len() > 0 {
		conditions = table.Conditions()
	}
	return points, conditions
}

// Columns returns points of a source and their conditions, to look up their columns: a single row if
// the source is not a table.
func Columns(s data.Source) (x, c data.Points, err error) {
	if !IsTable(s) {
		return draw(s, 1, 0)
	}
	x, c = tableOf(s)
	return x, c, nil
}

// rowsOf returns the rows of a table, each with its condition.
func rowsOf(s data.Source) (x, c data.Points, err error) {
	if !IsTable(s) {
		return x, c, fmt.Errorf("f4f: %s: only a table has rows to draw again or to leave out, and this source draws new points: use ensembles by seed, or a table (data.FromPoints)", s.Name())
	}
	x, c = tableOf(s)
	if _, known := s.(interface{ Conditions() data.Points }); ConditionDim(s) > 0 && !known {
		return x, c, fmt.Errorf("f4f: %s: its rows are known without their conditions: use data.FromPointsWithConditions", s.Name())
	}
	if x.Len() == 0 || c.Len() != 0 && c.Len() != x.Len() {
		return x, c, fmt.Errorf("f4f: %s: there must be rows, and a condition for each, got %d points and %d conditions", s.Name(), x.Len(), c.Len())
	}
	return x, c, nil
}

// picked returns some rows of points and of their conditions, which may be empty.
func picked(x, c data.Points, rows []int) (data.Points, data.Points, error) {
	x, err := x.Pick(rows...)
	if err == nil && c.Len() > 0 {
		c, err = c.Pick(rows...)
	}
	return x, c, err
}

// draw draws n points of a source and their conditions, which are empty if the source has none. It
// returns an error if the source does, if the shapes aren't as promised, or if a feature isn't
// finite.
func draw(s data.Source, n int, seed uint64) (x, c data.Points, err error) {
	if conditional, ok := s.(data.ConditionalSource); ok {
		x, c, err = conditional.SampleWithConditions(n, seed)
	} else {
		x, err = s.Sample(n, seed)
	}
	switch {
	case err != nil:
		return x, c, fmt.Errorf("f4f: drawing from %s: %w", s.Name(), err)
	case x.Len() != n || x.Dim() != s.Dim():
		return x, c, fmt.Errorf("f4f: %s must draw %d points of %d features, got %d of %d", s.Name(), n, s.Dim(), x.Len(), x.Dim())
	case c.Len() > 0 && (c.Len() != n || c.Dim() != ConditionDim(s)):
		return x, c, fmt.Errorf("f4f: %s must draw %d conditions of %d features, got %d of %d", s.Name(), n, ConditionDim(s), c.Len(), c.Dim())
	}
	return x, c, checkFinite(s, x, c)
}

// checkFinite returns an error unless the points x, drawn from a source, and their conditions c are
// finite and agree about weights.
func checkFinite(s data.Source, x, c data.Points) error {
	if err := x.CheckFinite(); err != nil {
		return fmt.Errorf("f4f: %s: %w", s.Name(), err)
	}
	if err := c.CheckFinite(); err != nil {
		return fmt.Errorf("f4f: conditions of %s: %w", s.Name(), err)
	}
	return checkWeights(s, x, c)
}

// checkWeights returns an error unless the n points x, drawn from a source, and their conditions c
// agree about weights, and with what the source has shown elsewhere.
func checkWeights(s data.Source, x, c data.Points) error {
	if c.Weights() != nil && !slices.Equal(x.Weights(), c.Weights()) {
		return fmt.Errorf("f4f: %s: the conditions have weights that their points don't have: set them on the points (WithWeights)", s.Name())
	}
	if finite, ok := s.(data.Finite); ok {
		if has := finite.Points().Weights() != nil; has != (x.Weights() != nil) {
			return fmt.Errorf("f4f: %s must draw the points of its table with their weights: the table is %s, what it draws is %s", s.Name(), weightsText(has), weightsText(!has))
		}
	}
	return nil
}

func weightsText(has bool) string {
	if has {
		return "with weights"
	}
	return "without weights"
}

// look draws a few points of a source, always the same ones.
func look(s data.Source) (x, c data.Points, err error) {
	n := 256
	if w, ok := s.(interface{ Unwrap() data.Source }); ok && w.Unwrap() != nil {
		if table, ok := w.Unwrap().(data.Finite); ok {
			n = min(n, table.Points().Len())
		}
	}
	return draw(s, n, 0)
}

// checkAlways returns an error if a source that isn't a table draws some points with weights and
// others without. drawn are some of its points. Without weights it doesn't look again, as drawing
// may take long.
func checkAlways(s data.Source, drawn data.Points) error {
	if IsTable(s) || drawn.Weights() == nil {
		return nil
	}
	few, _, err := look(s)
	if err != nil {
		return err
	}
	if few.Weights() == nil {
		return fmt.Errorf("f4f: %s must draw all of its points with weights (WithWeights), or none: a draw of %d points is without, one of %d with weights",
			s.Name(), few.Len(), drawn.Len())
	}
	return nil
}
