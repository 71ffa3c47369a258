package data

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// GroupBy splits the table by one feature of its conditions, for example to see how well a flow
// fits in each class, or in each range of a mass. feature is its name, or its number, counted from
// 0, as text. If the feature has at most n different values, there is a table for each value, in
// ascending order. Otherwise there are n tables, for consecutive ranges with about the same number
// of points each (exactly, where no values are equal). For classes that OneHot made, feature is the
// name before "=". There is then a table for each class that occurs, whatever n is.
//
//	parts, err := table.GroupBy("mass", 5)
//	for _, part := range parts {
//		logProbs, err := density.At(part.Conditions()).LogProb(part.Points())
//		…
//	}
//
// The tables are named after the table and the part: "jets, mass 80.2 to 91.1". Points keep their
// weights and their order. GroupBy returns an error if there is no such feature, or if n is less
// than 1.
func (t *ConditionalTable) GroupBy(feature string, n int) ([]*ConditionalTable, error) {
	if n < 1 {
		return nil, fmt.Errorf("data: %s: the number of groups must be at least 1, got %d", t.Name(), n)
	}
	c := t.Conditions()
	if classes := classColumns(c, feature); classes != nil {
		var parts []*ConditionalTable
		for _, j := range classes {
			part, err := t.part(c.names[j], func(i int) bool { return c.Row(i)[j] == 1 })
			if err != nil {
				return nil, err
			}
			if part != nil {
				parts = append(parts, part)
			}
		}
		return parts, nil
	}
	found, err := columns.Numbers([]string{feature}, c.names, c.Dim())
	if err != nil {
		return nil, fmt.Errorf("data: conditions of %s: %w", t.Name(), err)
	}
	j := found[0]
	what := feature
	if c.names == nil || c.names[j] == "" {
		what = fmt.Sprintf("condition %d", j)
	}
	var parts []*ConditionalTable
	for _, r := range ranges(c, j, n) {
		title := fmt.Sprintf("%s %.4g to %.4g", what, r.least, r.greatest)
		if r.least == r.greatest {
			title = fmt.Sprintf("%s %.4g", what, r.least)
		}
		part, err := t.part(title, func(i int) bool { v := c.Row(i)[j]; return r.least <= v && v <= r.greatest })
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// classColumns returns the columns of the classes of a feature, or nil if it has none.
func classColumns(c Points, feature string) (columns []int) {
	for j, name := range c.names {
		if of, _, isClass := strings.Cut(name, "="); isClass && of == feature {
			columns = append(columns, j)
		}
	}
	return columns
}

// valueRange is a range of values, both ends included.
type valueRange struct{ least, greatest float32 }

// ranges splits the values of column j into at most n consecutive ranges: one for each value if
// there are no more than n, and else as equal in their numbers of points as equal values allow.
func ranges(c Points, j, n int) []valueRange {
	values := make([]float32, c.Len())
	for i := range values {
		values[i] = c.Row(i)[j]
	}
	slices.SortFunc(values, cmp.Compare[float32])
	var all []valueRange
	if different := slices.Compact(slices.Clone(values)); len(different) <= n {
		for _, v := range different {
			all = append(all, valueRange{v, v})
		}
		return all
	}
	from := 0
	for k := 1; k <= n && from < len(values); k++ {
		to := max(k*len(values)/n, from+1)
		for to < len(values) && values[to] == values[to-1] {
			to++ // equal values stay together
		}
		all = append(all, valueRange{values[from], values[to-1]})
		from = to
	}
	return all
}

// part returns a table of the rows that belong to a part, or nil if none does.
func (t *ConditionalTable) part(title string, belongs func(row int) bool) (*ConditionalTable, error) {
	var rows []int
	for i := range t.Points().Len() {
		if belongs(i) {
			rows = append(rows, i)
		}
	}
	if rows == nil {
		return nil, nil
	}
	x, err := t.Points().Pick(rows...)
	if err != nil {
		return nil, err
	}
	c, err := t.Conditions().Pick(rows...)
	if err != nil {
		return nil, err
	}
	return FromPointsWithConditions(t.Name()+", "+title, x, c)
}
