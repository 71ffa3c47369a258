package template

import (
	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// Columns are the maps of the features before a flow sees them: a jet's mass has a heavy tail, and
// so has the difference of two, which begins at 0; a ratio lies between 0 and 1.
var Columns = []data.ColumnMaps{
	{Column: "mJ", Maps: []data.ColumnMap{data.Log}},
	{Column: "dmJ", Maps: []data.ColumnMap{data.Quantile}},
	{Column: "tau1", Maps: []data.ColumnMap{data.Logit(0, 1)}},
	{Column: "tau2", Maps: []data.ColumnMap{data.Logit(0, 1)}},
}

// Base returns a plan for the density of the features given the mass, p(x|m), of a table, with the
// maps of Columns.
func Base(table *data.ConditionalTable) f4f.BasePlan {
	p := f4f.Base(table)
	for _, c := range Columns {
		p = p.Column(c.Column, c.Maps...)
	}
	return p
}
