package data

import (
	"fmt"
	"slices"
)

// Pick is a copy of some rows of p, in the order given. It errs on a row that isn't there.
func (p Points) Pick(rows ...int) (Points, error) {
	values := make([]float32, 0, len(rows)*p.d)
	for _, i := range rows {
		if i < 0 || i >= p.n {
			return Points{}, fmt.Errorf("data: rows must be from 0 to %d, got %d", p.n-1, i)
		}
		values = append(values, p.Row(i)...)
	}
	return NewPoints(max(p.d, 1), values)
}

// Columns is a copy of some features of p [N, D], in the order given: [N, len(columns)]. It errs on
// none, and on a feature that isn't there.
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
	return NewPoints(len(columns), values)
}

// Split parts p [N, D] into the features of points and those of their conditions, which the columns
// name, counted from 0: x [N, D−C] and c [N, C]. It is for files that hold both side by side. It
// errs unless some columns are left, and each is named once.
func (p Points) Split(conditions ...int) (x, c Points, err error) {
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
	return x, c, err
}

// Beside is points with features of q to the right of those of p, row by row: [N, D] and [N, C] to
// [N, D+C]. It errs unless both have as many rows.
func (p Points) Beside(q Points) (Points, error) {
	if p.n != q.n || p.n == 0 {
		return Points{}, fmt.Errorf("data: points side by side must be as many, got %d and %d", p.n, q.n)
	}
	values := make([]float32, 0, p.n*(p.d+q.d))
	for i := range p.n {
		values = append(append(values, p.Row(i)...), q.Row(i)...)
	}
	return NewPoints(p.d+q.d, values)
}

// Repeat is n copies of the point p [1, D]: [n, D]. It errs unless p is a single one.
func (p Points) Repeat(n int) (Points, error) {
	if p.n != 1 || n < 0 {
		return Points{}, fmt.Errorf("data: a single point can be repeated 0 times or more, got %d points and %d times", p.n, n)
	}
	values := make([]float32, 0, n*p.d)
	for range n {
		values = append(values, p.values...)
	}
	return NewPoints(p.d, values)
}

// Line is n points evenly along the straight line from one point [1, D] to another, both included:
// [n, D]. It is a path of conditions.
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
