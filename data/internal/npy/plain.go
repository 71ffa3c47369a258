package npy

import (
	"io"
	"strconv"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// readPlain reads an array of numbers, [N] or [N, D].
func readPlain(r io.Reader, h header, wanted []string) (columns.Result, error) {
	of, err := numberOf(h.descr)
	if err != nil {
		return columns.Result{}, err
	}
	n, d, err := h.rows()
	if err != nil {
		return columns.Result{}, err
	}
	at := func(k int) (row, column int) { return k / d, k % d }
	if h.fortran {
		at = func(k int) (row, column int) { return k % n, k / n }
	}
	var kept columns.Narrowing
	values, err := readValues(r, of, n*d, at, func(k int, exact float64, v float32) {
		if _, column := at(k); n > 1 && !of.exact { // a single row and float32 lose nothing
			kept.Saw(column, exact, v)
		}
	})
	if err != nil {
		return columns.Result{}, err
	}
	if h.fortran && d > 1 {
		sorted := make([]float32, len(values))
		for k, v := range values {
			i, j := at(k)
			sorted[i*d+j] = v
		}
		values = sorted
	}
	all := columns.Result{Values: values, Rows: n, Dim: d}
	if len(wanted) > 0 {
		choice, err := columns.Options{Columns: wanted}.Choose(nil, d)
		if err != nil {
			return columns.Result{}, err
		}
		if kept != nil {
			chosen := make(columns.Narrowing, 0, len(choice.Columns))
			for _, j := range choice.Columns {
				chosen = append(chosen, kept[j])
			}
			kept = chosen
		}
		all = chosen(all, choice.Columns)
	}
	title := func(k int) string {
		if len(wanted) > 0 {
			return wanted[k]
		}
		return strconv.Itoa(k)
	}
	all.Notes = kept.Notes(title)
	return all, kept.Check(title)
}

// chosen returns some columns of r.
func chosen(r columns.Result, numbers []int) columns.Result {
	values := make([]float32, 0, r.Rows*len(numbers))
	for i := range r.Rows {
		for _, j := range numbers {
			values = append(values, r.Values[i*r.Dim+j])
		}
	}
	return columns.Result{Values: values, Rows: r.Rows, Dim: len(numbers)}
}
