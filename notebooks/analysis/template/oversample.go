package template

import (
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Oversample repeats events x [N, D] and their masses m [N, 1] whole, n times: row i and row N + i
// are one event. Moved to masses of their own, its copies fill the region more densely. It returns
// an error if n is less than 1 or there isn't a mass for each event.
func Oversample(x, m data.Points, n int) (data.Points, data.Points, error) {
	if n < 1 || m.Len() != x.Len() {
		return x, m, fmt.Errorf("template: %d events must have a mass each and be repeated at least once, got %d masses and %d times", x.Len(), m.Len(), n)
	}
	rows := make([]int, 0, n*x.Len())
	for range n {
		for i := range x.Len() {
			rows = append(rows, i)
		}
	}
	x, err := x.Pick(rows...)
	if err != nil {
		return x, m, err
	}
	m, err = m.Pick(rows...)
	return x, m, err
}

// stack returns the rows of p [N, D] and below them those of q [M, D].
func stack(p, q data.Points) (data.Points, error) {
	both, err := data.NewPoints(p.Dim(), slices.Concat(p.Values(), q.Values()))
	if err != nil {
		return data.Points{}, err
	}
	return both.WithColumnNames(p.ColumnNames()...)
}
