package f4f

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// trainingData is what a flow is trained and validated on. Rows of the tensors are points followed
// by their conditions, [N, D+C].
type trainingData struct {
	train, validation data.Points // points with conditions, side by side; validation may be none
	dim, condition    int
}

// conditionDim is the width of a source's conditions, 0 for none.
func conditionDim(s data.Source) int {
	if c, ok := s.(data.ConditionalSource); ok {
		return c.ConditionDim()
	}
	return 0
}

// draw is n points of a source and their conditions, which are no points where it has none.
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
		return x, c, fmt.Errorf("f4f: %s was to draw %d points of %d features and drew %d of %d", s.Name(), n, s.Dim(), x.Len(), x.Dim())
	case c.Len() > 0 && (c.Len() != n || c.Dim() != conditionDim(s)):
		return x, c, fmt.Errorf("f4f: %s was to draw %d conditions of %d features and drew %d of %d", s.Name(), n, conditionDim(s), c.Len(), c.Dim())
	}
	if err := x.CheckFinite(); err != nil {
		return x, c, fmt.Errorf("f4f: %s: %w", s.Name(), err)
	}
	if err := c.CheckFinite(); err != nil {
		return x, c, fmt.Errorf("f4f: conditions of %s: %w", s.Name(), err)
	}
	return x, c, nil
}

// drawTraining is a source's training and validation data by a recipe. salt keeps two sources that
// share a seed from sharing their draws.
func drawTraining(s data.Source, r Recipe, salt uint64) (trainingData, error) {
	t := trainingData{dim: s.Dim(), condition: conditionDim(s)}
	n, held := r.trainingRows(s)
	if finite, isTable := s.(data.Finite); isTable {
		all := finite.Points().Len()
		if err := finite.Points().CheckFinite(); err != nil { // here, where rows still have their own numbers
			return t, fmt.Errorf("f4f: %s: %w", s.Name(), err)
		}
		if all < 2 {
			return t, fmt.Errorf("f4f: %s: a single point has no density to learn: there must be at least 2, got %d", s.Name(), all)
		}
	}
	if n < r.Batch {
		return t, fmt.Errorf("f4f: %s: a batch of %d needs at least as many training points, got %d (besides %d for validation): set Batch lower", s.Name(), r.Batch, n, held)
	}
	// One draw for both: a table's rows come shuffled and without repetition, so the two never
	// share one.
	x, c, err := draw(s, n+held, r.Seed^salt)
	if err != nil {
		return t, err
	}
	rows := x
	if c.Len() > 0 {
		if rows, err = x.Beside(c); err != nil {
			return t, err
		}
	}
	t.train, t.validation = rows.Slice(0, n), rows.Slice(n, n+held)
	return t, nil
}

// points is the features of the training rows without the conditions, and conditions the conditions
// alone.
func (t trainingData) points() (data.Points, error) { return t.train.Columns(span(0, t.dim)...) }
func (t trainingData) conditions() (data.Points, error) {
	return t.train.Columns(span(t.dim, t.dim+t.condition)...)
}

// some is up to n training points and their conditions, from row number from on.
func (t trainingData) some(from, n int) (x, c data.Points, err error) {
	rows := t.train.Slice(min(from, t.train.Len()), min(from+n, t.train.Len()))
	if x, err = rows.Columns(span(0, t.dim)...); err == nil && t.condition > 0 {
		c, err = rows.Columns(span(t.dim, t.dim+t.condition)...)
	}
	return x, c, err
}

// span is the numbers from (included) to to (excluded).
func span(from, to int) []int {
	numbers := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		numbers = append(numbers, i)
	}
	return numbers
}

// outside counts the points with a feature beyond ±bound once scaled: their features there pass the
// flow unchanged.
func (t trainingData) outside(scaler *data.Scaler, bound float64) outside {
	o := newOutside(t.dim)
	for i := range t.train.Len() {
		row := t.train.Row(i)
		o.add(func(j int) bool {
			u := float64(row[j])
			if scaler != nil {
				u = (u - scaler.Mean[j]) / scaler.Std[j]
			}
			return math.Abs(u) > bound
		})
	}
	return o
}

// outsideNote is what a person should know about points beyond the bound; empty where there is
// nothing to say.
func (t trainingData) outsideNote(name string, scaler *data.Scaler, bound float64) string {
	return t.outside(scaler, bound).note("the points of "+name, scaler != nil, bound)
}
