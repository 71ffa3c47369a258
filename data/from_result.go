package data

import (
	"fmt"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// fromResult returns the points that a reader has gathered, and their conditions if there are any.
func fromResult(r columns.Result) (x, c Points, err error) {
	x, err = NewPoints(r.Dim, r.Values)
	if err != nil {
		return Points{}, Points{}, err
	}
	if x, err = x.WithWeights(r.Weights); err != nil {
		return Points{}, Points{}, fmt.Errorf("column %s: %w", r.WeightTitle, err)
	}
	x = x.named(r.Names).WithNotes(r.Notes...)
	if r.Conditions == 0 {
		return x, Points{}, nil
	}
	return x.SplitConditions(r.LastColumns()...)
}
