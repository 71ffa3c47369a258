package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Pick returns a copy of some rows of p, in the order given. It returns an error if a row is out of
// range.
func (p Points) Pick(rows ...int) (Points, error) {
	values := make([]float32, 0, len(rows)*p.d)
	var weights []float64
	if p.weights != nil {
		weights = make([]float64, 0, len(rows))
	}
	for _, i := range rows {
		if i < 0 || i >= p.n {
			return Points{}, fmt.Errorf("data: rows must be from 0 to %d, got %d", p.n-1, i)
		}
		values = append(values, p.Row(i)...)
		if p.weights != nil {
			weights = append(weights, p.weights[i])
		}
	}
	picked, err := NewPoints(max(p.d, 1), values)
	picked.weights = weights
	return picked.named(p.names).around(p.periods).WithNotes(p.notes...), err
}

// Columns returns a copy of some features of p [N, D], in the order given: [N, len(columns)]. It
// returns an error if there are no columns or one is out of range.
func (p Points) Columns(columns ...int) (Points, error) {
	if len(columns) == 0 {
		return Points{}, fmt.Errorf("data: there must be at least one column, got none")
	}
	for _, j := range columns {
		if j < 0 || j >= p.d {
			return Points{}, fmt.Errorf("data: columns must be from 0 to %d, got %d", p.d-1, j)
		}
	}
	values := make([]float32, 0, p.n*len(columns))
	for i := range p.n {
		row := p.Row(i)
		for _, j := range columns {
			values = append(values, row[j])
		}
	}
	chosen, err := NewPoints(len(columns), values)
	chosen.weights = p.weights
	if p.names != nil {
		names := make([]string, len(columns))
		for k, j := range columns {
			names[k] = p.names[j]
		}
		chosen = chosen.named(names)
	}
	if p.periods != nil {
		periods := make([][2]float64, len(columns))
		for k, j := range columns {
			periods[k] = p.periods[j]
		}
		chosen = chosen.around(periods)
	}
	return chosen.WithNotes(p.notes...), err
}

// SplitConditions splits p [N, D] into points x [N, D−C] and their conditions c [N, C]. The
// arguments are the columns of the conditions, counted from 0. Use it for files that hold both side
// by side. Both keep the weights. It returns an error if a column is out of range or given twice,
// or if no column is left for the points.
func (p Points) SplitConditions(conditions ...int) (x, c Points, err error) {
	var rest []int
	for j := range p.d {
		if !slices.Contains(conditions, j) {
			rest = append(rest, j)
		}
	}
	for k, j := range conditions {
		if slices.Contains(conditions[:k], j) {
			return Points{}, Points{}, fmt.Errorf("data: a column of conditions must be named once, got %d twice", j)
		}
	}
	if c, err = p.Columns(conditions...); err != nil {
		return Points{}, Points{}, fmt.Errorf("%w (conditions)", err)
	}
	if len(rest) == 0 {
		return Points{}, Points{}, fmt.Errorf("data: some of %d columns must be left for the points, got %d of conditions", p.d, len(conditions))
	}
	x, err = p.Columns(rest...)
	return x, c.WithNotes(), err // the points' notes are on both
}

// HStack returns the features of p [N, D] with those of q [N, C] to their right: [N, D+C], with the
// weights of p. It returns an error if p is empty or q has another number of rows.
func (p Points) HStack(q Points) (Points, error) {
	if p.n != q.n || p.n == 0 {
		return Points{}, fmt.Errorf("data: points side by side must be as many, got %d and %d", p.n, q.n)
	}
	values := make([]float32, 0, p.n*(p.d+q.d))
	for i := range p.n {
		values = append(append(values, p.Row(i)...), q.Row(i)...)
	}
	beside, err := NewPoints(p.d+q.d, values)
	beside.weights = p.weights
	if p.names != nil || q.names != nil {
		names := make([]string, p.d+q.d)
		copy(names, p.names)
		copy(names[p.d:], q.names)
		beside = beside.named(names)
	}
	if p.periods != nil || q.periods != nil {
		periods := make([][2]float64, p.d+q.d)
		copy(periods, p.periods)
		copy(periods[p.d:], q.periods)
		beside = beside.around(periods)
	}
	return beside.WithNotes(slices.Concat(p.notes, q.notes)...), err
}

// Repeat returns n copies of the point p [1, D]: [n, D]. It returns an error if p isn't a single
// point or n is negative.
func (p Points) Repeat(n int) (Points, error) {
	if p.n != 1 || n < 0 {
		return Points{}, fmt.Errorf("data: a single point can be repeated 0 times or more, got %d points and %d times", p.n, n)
	}
	values := make([]float32, 0, n*p.d)
	for range n {
		values = append(values, p.values...)
	}
	repeated, err := NewPoints(p.d, values)
	if p.weights != nil {
		repeated.weights = slices.Repeat(p.weights, n)
	}
	return repeated.named(p.names).around(p.periods), err
}

// RepeatEach returns each row of p [N, D] m times, one after another, [N·m, D]: rows i·m to
// (i+1)·m−1 are row i of p. Use it for m draws under each of N conditions; f4f.Density.SampleEach
// draws in this order. It returns an error if m is negative.
func (p Points) RepeatEach(m int) (Points, error) {
	if m < 0 || p.n > 0 && m > math.MaxInt/8/p.n/max(p.d, 1) {
		return Points{}, fmt.Errorf("data: rows can be repeated 0 times or more, and as often as memory can address, got %d times", m)
	}
	rows := make([]int, 0, p.n*m)
	for i := range p.n {
		for range m {
			rows = append(rows, i)
		}
	}
	return p.Pick(rows...)
}

// Line returns n evenly spaced points [n, D] on the straight line between two points [1, D], both
// included. It serves as a path of conditions. It returns an error if an end isn't a single point,
// if their dimensions differ, or if n is less than 2.
func Line(from, to Points, n int) (Points, error) {
	switch {
	case from.n != 1 || to.n != 1 || from.d != to.d:
		return Points{}, fmt.Errorf("data: a line needs a point at each end, of one dimension, got %v and %v", from, to)
	case n < 2:
		return Points{}, fmt.Errorf("data: a line must have at least 2 points, got %d", n)
	}
	values := make([]float32, 0, n*from.d)
	for i := range n {
		s := float64(i) / float64(n-1)
		for j := range from.d {
			values = append(values, float32((1-s)*from.At(0, j)+s*to.At(0, j)))
		}
	}
	return NewPoints(from.d, values)
}

// ColumnNumber returns the number, counted from 0, of the feature with a name. name may also be
// that number, as text. It returns an error that lists the features if there is no such feature.
func (p Points) ColumnNumber(name string) (int, error) {
	if j := slices.Index(p.names, name); j >= 0 && name != "" {
		return j, nil
	}
	if j, err := strconv.Atoi(name); err == nil && j >= 0 && j < p.d {
		return j, nil
	}
	titles := make([]string, p.d)
	for j := range titles {
		titles[j] = p.ColumnTitle(j)
	}
	return 0, fmt.Errorf("data: there is no column %q, only %s", name, strings.Join(titles, ", "))
}
