package data

import (
	"fmt"
	"slices"
)

// VStack returns the points of p [N, D] with those of q [M, D] below: [N+M, D], with the column
// names of p, or those of q if p has none. If only one of them has weights, each point of the other
// has weight 1. Periods are those of CommonPeriods, and the notes of both are kept. It returns an
// error if p or q is empty, if the numbers of features differ, or if two features have different
// names or periods.
func (p Points) VStack(q Points) (Points, error) {
	if p.n == 0 || q.n == 0 || p.d != q.d {
		return Points{}, fmt.Errorf("data: points one below the other must have the same features, got %v and %v", p, q)
	}
	names := p.names
	if names == nil {
		names = q.names
	}
	for j := range p.d {
		if p.names != nil && q.names != nil && p.names[j] != q.names[j] {
			return Points{}, fmt.Errorf("data: points one below the other must have the same features in one order, got column %d named %q and %q: choose them with Columns, or rename them with WithColumnNames", j, p.names[j], q.names[j])
		}
	}
	periods, err := CommonPeriods(p, q)
	if err != nil {
		return Points{}, err
	}
	below, err := NewPoints(p.d, slices.Concat(p.values, q.values))
	if err != nil {
		return Points{}, err
	}
	if p.weights != nil || q.weights != nil {
		for _, part := range []Points{p, q} {
			for i := range part.n {
				below.weights = append(below.weights, part.weightOf(i))
			}
		}
		if err := below.CheckWeights(); err != nil {
			return Points{}, err
		}
	}
	return below.named(names).around(periods).WithNotes(slices.Concat(p.notes, q.notes)...), nil
}
