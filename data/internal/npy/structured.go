package npy

import (
	"errors"
	"fmt"
	"io"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// readStructured reads an array [N] of records.
func readStructured(r io.Reader, h header, wanted []string) (columns.Result, error) {
	fields, size, err := parseFields(h.descr)
	if err != nil {
		return columns.Result{}, err
	}
	if len(h.shape) != 1 || h.shape[0] < 1 {
		return columns.Result{}, fmt.Errorf("a structured array must have one axis, [N], and a point, got shape %v", h.shape)
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	choice, err := columns.Options{Columns: wanted}.Choose(names, len(fields))
	if err != nil {
		return columns.Result{}, err
	}
	// Each number of a field is a column.
	var titles []string
	var decode []number
	var offsets, all []int
	for _, k := range choice.Columns {
		f := fields[k]
		if len(wanted) == 0 && f.name == "" { // padding
			continue
		}
		of, err := numberOf(f.descr)
		if err != nil {
			return columns.Result{}, fmt.Errorf("field %q: %w; or name the fields to read", columns.Short(f.name), err)
		}
		for i := range f.count {
			title := f.name
			if f.count > 1 {
				title = fmt.Sprintf("%s[%d]", f.name, i)
			}
			titles, decode = append(titles, title), append(decode, of)
			all, offsets = append(all, len(all)), append(offsets, f.offset+i*of.size)
		}
	}
	if len(all) == 0 {
		return columns.Result{}, errors.New("the dtype must have a field of numbers")
	}
	table, err := columns.NewTable(columns.Options{}, columns.Choice{Columns: all}, titles, len(all))
	if err != nil {
		return columns.Result{}, err
	}
	record := make([]byte, 0, min(size, 1<<16))
	for i := range h.shape[0] {
		if record, err = readRecord(r, record, size); err != nil {
			return columns.Result{}, fmt.Errorf("row %d of %d: %w", i, h.shape[0], err)
		}
		for k, of := range decode {
			table.Row[k] = of.decode(record[offsets[k]:])
		}
		if k, problem := table.Add(); problem != "" {
			return columns.Result{}, notFinite(i, table.Title(k), table.Row[k])
		}
	}
	return table.Finish()
}
