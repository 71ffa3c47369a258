package specs

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// FillLeading returns points [N, D] that begin with the leading features x [N, k], and the number of
// features known of each. Features from the first NaN of a row on are not known, and are filled
// with the mean of the training, or 0 if that isn't known. It returns an error unless 1 ≤ k ≤ D, all
// numbers are finite, and none follows a NaN.
func (s Density) FillLeading(x data.Points) (whole data.Points, known []int, err error) {
	switch {
	case x.Len() == 0:
		return whole, nil, fmt.Errorf("there must be at least one of the points, got none")
	case x.Dim() > s.Dim:
		return whole, nil, fmt.Errorf("leading features must be from 1 to %d, got %d", s.Dim, x.Dim())
	}
	middle := make([]float32, s.Dim) // in the units that the flow sees
	if s.Scaler != nil {
		for j, mean := range s.Scaler.Mean {
			middle[j] = float32(mean)
		}
	}
	filling, _, err := s.Leave(data.Point(middle...))
	if err != nil {
		return whole, nil, err
	}
	fill := filling.Row(0)
	known = make([]int, x.Len())
	values := make([]float32, 0, x.Len()*s.Dim)
	for i := range known {
		row := x.Row(i)
		for known[i] < len(row) && !math.IsNaN(float64(row[known[i]])) {
			known[i]++
		}
		for j := known[i]; j < len(row); j++ {
			if !math.IsNaN(float64(row[j])) {
				return whole, nil, fmt.Errorf("row %d: missing values must come last, but column %s is %v after a NaN in column %s: train on columns in another order, those that may be missing last",
					i, x.ColumnTitle(j), row[j], x.ColumnTitle(known[i]))
			}
		}
		for j := range known[i] {
			if classes := s.classColumns(j); classes != nil && slices.Max(classes) >= known[i] {
				return whole, nil, fmt.Errorf("row %d: columns %v are one feature's classes (data.Argmax), which must all be known or all be missing, and the first %d are known: train on columns in an order in which those of a feature follow each other", i, classes, known[i])
			}
		}
		values = append(append(values, row[:known[i]]...), fill[known[i]:]...)
	}
	if whole, err = data.NewPoints(s.Dim, values); err != nil {
		return whole, nil, err
	}
	if names := x.ColumnNames(); names != nil {
		whole, err = whole.WithColumnNames(append(names, make([]string, s.Dim-len(names))...)...)
	}
	if err == nil {
		err = s.CheckPoints(whole)
	}
	return whole, known, err
}
