// Package dataset draws the points that a flow is trained on, and finds what a person should know
// about them.
package dataset

import "github.com/flowsforflows/flows/data"

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

// Points returns the features of the training rows without their conditions.
func (t Data) Points() (data.Points, error) { return t.Train.Columns(span(0, t.Dim)...) }

// HeldOut returns the features of the rows held out without their conditions.
func (t Data) HeldOut() (data.Points, error) { return t.Validation.Columns(span(0, t.Dim)...) }

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
