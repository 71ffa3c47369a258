package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// quantizedNodes is the number of Gauss–Legendre nodes in each direction of a cell.
const quantizedNodes = 8

// Quantized returns a distribution of the plane, or of a line, rounded down to a grid of this many
// levels from low to high in each column. The probability of a point is the integral of the density
// over its cell, by 8 Gauss–Legendre nodes in each direction, divided by the sum over all cells:
// what lies outside the grid is left out. These probabilities are the truth for what is learned from
// the points, also where the integral is not exact.
//
// It returns an error if of is nil, has more than two dimensions, or fails, or if low, high and
// levels make no grid; see NewDiscrete.
func Quantized(of Distribution, low, high float64, levels int) (*Discrete, error) {
	if of == nil {
		return nil, errors.New("data: a distribution to quantise must be given, got nil")
	}
	d := of.Dim()
	if d < 1 || d > 2 {
		return nil, fmt.Errorf("data: a distribution to quantise must have 1 or 2 dimensions, got %d", d)
	}
	if !(high > low) || math.IsInf(high-low, 0) {
		return nil, fmt.Errorf("data: a grid must go from a finite number to a greater one, got %g to %g", low, high)
	}
	each := slices.Repeat([]int{levels}, d)
	cells, err := cellsOf(each)
	if err != nil {
		return nil, err
	}
	quantum := (high - low) / float64(levels)
	grid := Grid{Quantum: slices.Repeat([]float64{quantum}, d), Origin: slices.Repeat([]float64{low}, d)}
	masses := make([]float64, cells)
	offsets, weights := gaussLegendre(quantizedNodes, 0, quantum)
	for k := range masses {
		corner := make([]float64, d)
		for j, level := range levelsAt(k, each) {
			corner[j] = low + float64(level)*quantum
		}
		nodes, shares := cellNodes(corner, offsets, weights)
		at, err := NewPoints(d, nodes)
		if err != nil {
			return nil, err
		}
		logs, err := of.LogProb(at)
		if err != nil {
			return nil, fmt.Errorf("data: %s can't be quantised: %w", of.Name(), err)
		}
		for i, l := range logs {
			masses[k] += shares[i] * math.Exp(l)
		}
	}
	return NewDiscrete(fmt.Sprintf("%s on %d levels", of.Name(), levels), grid, each, masses)
}

// cellNodes returns the nodes of a cell with this corner [1] or [2], as rows, and their weights.
func cellNodes(corner, offsets, weights []float64) (rows []float32, shares []float64) {
	for i, u := range offsets {
		if len(corner) == 1 {
			rows, shares = append(rows, float32(corner[0]+u)), append(shares, weights[i])
			continue
		}
		for k, v := range offsets {
			rows, shares = append(rows, float32(corner[0]+u), float32(corner[1]+v)), append(shares, weights[i]*weights[k])
		}
	}
	return rows, shares
}
