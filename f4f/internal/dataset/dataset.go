// Package dataset draws the points that a flow is trained on, and finds what a person should know
// about them.
package dataset

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// Data is what a flow is trained and validated on. A row is a point followed by its condition, [N,
// D+C].
type Data struct {
	Train, Validation data.Points // points with their conditions to the right; Validation may be empty
	Dim, Condition    int
	// Drawn are the training rows before a bootstrap has drawn from them, each once. It is empty
	// without a bootstrap.
	Drawn    data.Points
	Source   string // the name of the source
	Weighted bool   // not all weights are equal; without it neither set has any

	// What the weights of the training rows were worth, and what share of them was negative, before
	// these were averaged away; see withoutNegative.
	effective, negative float64
}

// ConditionDim returns the number of features of a source's conditions, or 0 if it has none.
func ConditionDim(s data.Source) int {
	if c, ok := s.(data.ConditionalSource); ok {
		return c.ConditionDim()
	}
	return 0
}

// Columns returns points of a source and their conditions, to look up their columns: a single row if
// the source is not a table.
func Columns(s data.Source) (x, c data.Points, err error) {
	table, ok := s.(data.Finite)
	if !ok {
		return draw(s, 1, 0)
	}
	if conditional, ok := s.(interface{ Conditions() data.Points }); ok {
		c = conditional.Conditions()
	}
	return table.Points(), c, nil
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

// Draw draws n training points of a source, at least as many as a batch, and held points for
// validation. replicate is the number of a bootstrap replicate, from 1, that the training rows of a
// table are taken from, or 0 for the rows themselves.
func Draw(s data.Source, n, held, batch int, seed uint64, replicate int) (Data, error) {
	t := Data{Dim: s.Dim(), Condition: ConditionDim(s), Source: s.Name()}
	if finite, isTable := s.(data.Finite); isTable {
		all := finite.Points().Len()
		if err := finite.Points().CheckFinite(); err != nil { // here, because rows aren't shuffled yet and errors name them
			return t, fmt.Errorf("f4f: %s: %w", s.Name(), err)
		}
		if all < 2 {
			return t, fmt.Errorf("f4f: %s: a single point has no density to learn: there must be at least 2, got %d", s.Name(), all)
		}
	}
	if n < batch {
		return t, fmt.Errorf("f4f: %s: a batch of %d needs at least as many training points, got %d (besides %d for validation): set Batch lower",
			s.Name(), batch, n, held)
	}
	// Both come from one draw. The rows of a table are drawn without replacement, so training and
	// validation never share one.
	var x, c data.Points
	var numbers []int // in the table
	var err error
	if replicate > 0 && IsTable(s) {
		x, c, numbers, err = drawRows(s, n+held, seed)
	} else {
		x, c, err = draw(s, n+held, seed)
	}
	if err == nil {
		err = checkAlways(s, x)
	}
	if err != nil {
		return t, err
	}
	if err := x.CheckWeights(); err != nil {
		return t, fmt.Errorf("f4f: %s: %w", s.Name(), err)
	}
	if t.Weighted = x.Weighted(); t.Weighted {
		x, err = scaled(x)
	} else {
		x, err = x.WithWeights(nil)
	}
	if err != nil {
		return t, err
	}
	rows := x
	if c.Len() > 0 {
		if rows, err = x.HStack(c); err != nil {
			return t, err
		}
	}
	t.Train, t.Validation = rows.Slice(0, n), rows.Slice(n, n+held)
	if numbers != nil { // before negative weights are averaged away, of which each replicate has its own
		var err error
		if t, err = t.bootstrapped(s, replicate, numbers[:n]); err != nil {
			return t, err
		}
	}
	if err := t.checkSplit(); err != nil {
		return t, err
	}
	t.effective, t.negative = t.Train.EffectiveLen(), t.Train.NegativeShare()
	t.Train, t.Validation = withoutNegative(t.Train), withoutNegative(t.Validation)
	return t, nil
}

// Points returns the features of the training rows without their conditions.
func (t Data) Points() (data.Points, error) { return t.Train.Columns(span(0, t.Dim)...) }

// Conditions returns the conditions of the training rows.
func (t Data) Conditions() (data.Points, error) {
	return t.Train.Columns(span(t.Dim, t.Dim+t.Condition)...)
}

// Slice returns up to n training points and their conditions, starting at row number from.
func (t Data) Slice(from, n int) (x, c data.Points, err error) {
	rows := t.Train.Slice(min(from, t.Train.Len()), min(from+n, t.Train.Len()))
	if x, err = rows.Columns(span(0, t.Dim)...); err == nil && t.Condition > 0 {
		c, err = rows.Columns(span(t.Dim, t.Dim+t.Condition)...)
	}
	return x, c, err
}

// span returns the numbers from (included) to to (excluded).
func span(from, to int) []int {
	numbers := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		numbers = append(numbers, i)
	}
	return numbers
}

// IsTable reports whether a source is a table of points.
func IsTable(s data.Source) bool {
	_, finite := s.(data.Finite)
	return finite
}
