package parquet

import (
	"errors"
	"fmt"
	"io"
	"slices"

	pq "github.com/parquet-go/parquet-go"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/internal/columns"
)

// pandasIndex is the name under which pandas writes an index that has none.
const pandasIndex = "__index_level_0__"

// readRows reads the rows of the columns that the options choose.
func readRows(r io.ReaderAt, file *pq.File, options Options) (columns.Result, error) {
	none := columns.Result{}
	all := file.Root().Columns()
	names := make([]string, len(all))
	for j, column := range all {
		names[j] = column.Name()
	}
	wanted := columns.Options{Columns: options.Columns, Conditions: options.Conditions, Weight: options.Weight, Classes: options.Classes, Drop: options.Missing == data.DropMissing, KeepIndex: options.KeepIndex, Missing: options.MissingValues}
	choice, err := wanted.Choose(names, len(names))
	if err != nil {
		return none, err
	}
	var notes []string
	if k := slices.IndexFunc(choice.Columns, func(j int) bool { return names[j] == pandasIndex }); k >= 0 && choice.All && !options.KeepIndex && choice.Features() > 1 {
		choice.Columns = slices.Delete(choice.Columns, k, k+1)
		notes = append(notes, fmt.Sprintf("Column %q was left out as the index of pandas; set KeepIndex to keep it.", pandasIndex))
	}
	table, err := columns.NewTable(wanted, choice, names, len(names))
	if err != nil {
		return none, err
	}
	schema := elements(file.Metadata().Schema)
	if len(schema) != len(all) {
		return none, errors.New("the file is damaged: its schema has other columns than it says")
	}
	sources := make([]*source, len(choice.Columns))
	for k, j := range choice.Columns {
		if sources[k], err = newSource(all[j], schema[j], table.Kinds[k]); err != nil {
			return none, fmt.Errorf("column %s: %w", table.Title(k), err)
		}
		if sources[k].text {
			table.Settle(k, columns.Classes)
		} else {
			table.Settle(k, columns.Number)
		}
	}
	if err := checkRows(file); err != nil {
		return none, err
	}
	row := 0
	for _, group := range file.Metadata().RowGroups {
		for k, s := range sources {
			if err := checkChunk(r, file.Size(), group, s.chunk); err != nil {
				return none, fmt.Errorf("column %s: the file is damaged: %w", table.Title(k), err)
			}
		}
	}
	for _, group := range file.RowGroups() {
		chunks := group.ColumnChunks()
		for _, s := range sources {
			s.open(chunks[s.chunk])
		}
		for range group.NumRows() {
			if err := addRow(table, sources, row); err != nil {
				closeAll(sources)
				return none, err
			}
			row++
		}
		closeAll(sources)
	}
	if row == 0 {
		return none, errors.New("the file holds no rows")
	}
	result, err := table.Finish()
	result.Notes = append(notes, result.Notes...)
	return result, err
}

func closeAll(sources []*source) {
	for _, s := range sources {
		s.close()
	}
}

// addRow reads the next row and adds it to the table, or leaves it out.
func addRow(table *columns.Table, sources []*source, row int) error {
	missing := false
	for k, s := range sources {
		isMissing, err := s.next(table, k)
		if err == nil && isMissing {
			missing = true
			err = table.Missing(k)
		}
		if err != nil {
			return fmt.Errorf("row %d, column %s: %w", row, table.Title(k), err)
		}
	}
	if missing {
		table.Drop()
		return nil
	}
	if k, problem := table.Add(); problem != "" {
		return fmt.Errorf("row %d, column %s: %s, got %v", row, table.Title(k), problem, table.Row[k])
	}
	return nil
}
