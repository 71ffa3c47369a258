package template

import (
	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// Columns are the maps of the features before a flow sees them: a jet's mass has a heavy tail, and
// so has the difference of two, which begins at 0; a ratio lies between 0 and 1; the distance of the
// jets has a peak and a tail below it.
var Columns = []data.ColumnMaps{
	{Column: "mJ", Maps: []data.ColumnMap{data.Log}},
	{Column: "dmJ", Maps: []data.ColumnMap{data.Quantile}},
	{Column: "tau1", Maps: []data.ColumnMap{data.Logit(0, 1)}},
	{Column: "tau2", Maps: []data.ColumnMap{data.Logit(0, 1)}},
	{Column: "dR", Maps: []data.ColumnMap{data.Quantile}},
}

// Base returns a plan for the density of the features given the mass, p(x|m), of a table, with the
// maps of Columns. Its networks are small: larger ones take longer and were no better.
func Base(table *data.ConditionalTable) f4f.BasePlan {
	p := f4f.Base(table).Hidden(64).Blocks(1).Batch(256)
	for _, c := range Columns {
		p = p.Column(c.Column, c.Maps...)
	}
	return p
}

// Among returns a plan for the flow for flow from mass to mass of a base, with as small networks. It
// sees the difference of two masses. All differences that it meets in the region occur in the
// sidebands, while the masses of the region don't: with Both, it would be asked about those.
func Among(base f4f.BasePlan) f4f.BetweenPlan {
	return f4f.Between(base, base).On(f4f.Difference).Hidden(64).Blocks(1).Batch(256)
}
