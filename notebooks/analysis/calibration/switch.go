package calibration

import (
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Joined returns both samples as one table with a further condition, the switch of Daumann et al.: 0
// for the simulation, 1 for the data. The weights of the simulation are scaled to the sum of those of
// the data.
func Joined(simulation, measured Events) (*data.ConditionalTable, error) {
	of, err := Switched(simulation.C, 0)
	if err != nil {
		return nil, err
	}
	to, err := Switched(measured.C, 1)
	if err != nil {
		return nil, err
	}
	w := normalised(simulation.X)
	for i := range w {
		w[i] *= float64(measured.X.Len())
	}
	for range measured.X.Len() {
		w = append(w, 1)
	}
	join := func(a, b data.Points) data.Points {
		if err != nil {
			return data.Points{}
		}
		var p data.Points
		if p, err = data.NewPoints(a.Dim(), slices.Concat(a.Values(), b.Values())); err == nil {
			p, err = p.WithColumnNames(a.ColumnNames()...)
		}
		if err == nil {
			p, err = p.WithWeights(w)
		}
		return p
	}
	x, c := join(simulation.X, measured.X), join(of, to)
	if err != nil {
		return nil, fmt.Errorf("calibration: %w", err)
	}
	return data.FromPointsWithConditions("simulation and data", x, c)
}

// Switched returns conditions c [N, C] with the switch to their right: 0 for the simulation, 1 for
// the data.
func Switched(c data.Points, measured float32) (data.Points, error) {
	column, err := data.NewPoints(1, slices.Repeat([]float32{measured}, c.Len()))
	if err == nil {
		column, err = column.WithColumnNames("measured")
	}
	if err == nil {
		c, err = c.HStack(column)
	}
	if err != nil {
		return data.Points{}, fmt.Errorf("calibration: %w", err)
	}
	return c, nil
}
