package columns

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Result holds what was read: Rows points of Dim columns, of which the last Conditions are
// conditions.
type Result struct {
	Values     []float32 // row-major [Rows, Dim]
	Rows, Dim  int
	Conditions int
	Names      []string  // [Dim]; nil if there are none
	Weights    []float64 // [Rows]; nil if there are none
	Notes      []string

	WeightTitle string // of the column of the weights
}

// LastColumns returns the numbers of the columns that hold the conditions: the last ones.
func (r Result) LastColumns() []int {
	last := make([]int, r.Conditions)
	for k := range last {
		last[k] = r.Dim - len(last) + k
	}
	return last
}

// Finish returns the points. It returns an error if there are none, or if a column varies too
// little for float32.
func (t *Table) Finish() (Result, error) {
	switch {
	case t.rows == 0 && t.dropped > 0:
		return Result{}, fmt.Errorf("each of the %d rows has a missing value (%s): leave out the columns that miss them", t.dropped, t.whereMissing())
	case t.rows == 0:
		return Result{}, errors.New("the file has a header but no points")
	}
	from := 0 // the first column that is kept
	var notes []string
	leftOut, note := t.index.found(t.Title(0), t.values, t.dim())
	if leftOut {
		from = 1
	}
	if note != "" {
		notes = append(notes, note)
	}
	if t.dropped > 0 {
		notes = append(notes, fmt.Sprintf("Left out %d of %d rows, which miss a value (%s).", t.dropped, t.dropped+t.rows, t.whereMissing()))
	}
	title := func(k int) string { return t.Title(from + k) }
	narrow := t.narrow[from:]
	if err := narrow.Check(title); err != nil {
		return Result{}, err
	}
	notes = append(notes, narrow.Notes(title)...)
	for k, c := range t.classes {
		if c != nil && c.found {
			sorted, _ := c.order()
			notes = append(notes, fmt.Sprintf("Column %s holds text: its %d classes became columns of zeros and ones: %s. Classes says so without a note.", t.Title(k), len(sorted), quoted(sorted)))
		}
	}
	r := Result{Rows: t.rows, Conditions: t.choice.Conditions, Weights: t.weights, Notes: notes}
	if t.choice.Weight {
		r.WeightTitle = t.Title(t.dim())
	}
	r.Values, r.Names = t.spread(from)
	r.Dim = len(r.Values) / r.Rows
	r.Conditions = 0
	for k := t.features(); k < t.dim(); k++ {
		r.Conditions += t.width(k)
	}
	return r, nil
}

// width returns how many columns column k becomes.
func (t *Table) width(k int) int {
	if c := t.classes[k]; c != nil {
		return len(c.names)
	}
	return 1
}

// spread returns the values and names from a column on, with each column of classes replaced by one
// of zeros and ones for each class.
func (t *Table) spread(from int) (values []float32, names []string) {
	dim := t.dim()
	names = unambiguous(t.names, t.choice.Columns[:dim])
	if from == 0 && !slices.ContainsFunc(t.classes, func(c *classes) bool { return c != nil }) {
		return t.values, names
	}
	var all []string
	places, width := make([][]int, dim), 0
	for k := from; k < dim; k++ {
		title := ""
		if names != nil {
			title = names[k]
		}
		if t.classes[k] == nil {
			all = append(all, title)
		} else {
			if title == "" {
				title = strconv.Itoa(t.choice.Columns[k])
			}
			var sorted []string
			sorted, places[k] = t.classes[k].order()
			for _, class := range sorted {
				all = append(all, title+"="+class)
			}
		}
		width += t.width(k)
	}
	if width == dim-from && from > 0 && !slices.ContainsFunc(places, func(p []int) bool { return p != nil }) {
		values = t.values[:0] // each row moves to the left, never over one that isn't read yet
	} else {
		values = make([]float32, 0, width*t.rows)
	}
	for i := range t.rows {
		for k := from; k < dim; k++ {
			v := t.values[i*dim+k]
			if places[k] == nil {
				values = append(values, v)
				continue
			}
			at := len(values) + places[k][int(v)]
			values = append(values, make([]float32, len(places[k]))...)
			values[at] = 1
		}
	}
	return values, all
}

// whereMissing says how many values were missing in which columns.
func (t *Table) whereMissing() string {
	text, most := "", 0
	for k := range t.choice.Columns {
		column := t.choice.Columns[k]
		n := t.missing[column]
		if n == 0 {
			continue
		}
		if most++; most > 8 {
			return text + " and other columns"
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%d in column %s", n, Title(t.names, column))
	}
	return text
}
