package data

import (
	"fmt"
	"slices"
)

// DropMissing returns p [N, D] without the rows in which a value is missing: NaN, or one of values,
// such as -999. Use it for points from .npy and .npz files or from memory; the options
// MissingValues of CSV and of package parquet do the same while reading. A note on the points says
// how many rows were left out. If conditions belong to the points, drop before they are split off
// (SplitConditions). It returns an error if no row is left, or if the weights of the rows that are
// left have a sum of 0 or less.
func (p Points) DropMissing(values ...float64) (Points, error) {
	codes := make([]float32, len(values))
	for k, v := range values {
		codes[k] = float32(v)
	}
	var rows []int
	for i := range p.n {
		if !slices.ContainsFunc(p.Row(i), func(v float32) bool { return v != v || slices.Contains(codes, v) }) {
			rows = append(rows, i)
		}
	}
	switch {
	case len(rows) == p.n:
		return p, nil
	case len(rows) == 0:
		return Points{}, fmt.Errorf("data: each of the %d rows has a missing value: leave out the columns that miss them (Columns)", p.n)
	}
	kept, err := p.Pick(rows...)
	if err == nil {
		err = kept.CheckWeights()
	}
	if err != nil {
		return Points{}, err
	}
	return kept.WithNotes(append(p.Notes(), fmt.Sprintf("Left out %d of %d rows, which miss a value.", p.n-len(rows), p.n))...), nil
}
