package data

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/flowsforflows/flows/data/filekind"
	"github.com/flowsforflows/flows/data/internal/columns"
	"github.com/flowsforflows/flows/data/internal/csvrows"
)

// csvFile is a CSV file while it is read.
type csvFile struct {
	rows     *csvrows.Reader
	layout   csvrows.Layout
	table    *columns.Table
	columns  []int // to read
	decimal  byte
	all      bool // whether nobody said which columns to read
	plain    bool // whether all columns are read, in their order, and hold numbers
	comments int  // lines among the rows that begin with #
}

// openCSV finds out the layout and chooses the columns.
func openCSV(r io.Reader, options CSV) (*csvFile, error) {
	if r == nil {
		return nil, errors.New("there must be a reader, got nil")
	}
	if err := options.validate(); err != nil {
		return nil, err
	}
	text, err := filekind.Text(r)
	if err != nil {
		return nil, err
	}
	f := &csvFile{rows: csvrows.NewReader(text), decimal: '.'}
	if options.Decimal == ',' {
		f.decimal = ','
	}
	f.layout, err = f.rows.Open(csvrows.Options{
		Comma: options.Comma, Decimal: f.decimal, DecimalGiven: options.Decimal != 0, Header: csvrows.Header(options.Header), Skip: options.Skip, SkipUnder: options.SkipUnderHeader,
		Wanted: slices.Concat(options.Columns, options.Conditions, []string{options.Weight}),
	})
	if err != nil {
		return nil, err
	}
	wanted := options.columns()
	choice, err := wanted.Choose(f.layout.Names, f.layout.Width)
	if err != nil {
		return nil, err
	}
	if f.layout.Labels && choice.All && !options.KeepIndex && choice.Columns[0] == 0 && choice.Features() > 1 {
		choice.Columns = choice.Columns[1:]
		f.layout.Notes = append(f.layout.Notes, "The first column was left out as the names of the rows; set KeepIndex to keep it."+f.layout.LabelsHint)
	}
	f.columns, f.all = choice.Columns, choice.All
	if f.table, err = columns.NewTable(wanted, choice, f.layout.Names, f.layout.Width); err != nil {
		return nil, err
	}
	f.plain = len(f.columns) == f.layout.Width
	for k, column := range f.columns {
		f.plain = f.plain && k == column && f.table.Kinds[k] == columns.Number
	}
	return f, nil
}

// add adds a row to the table, or leaves it out.
func (f *csvFile) add(row [][]byte) error {
	if width := f.layout.Width; f.layout.Trailing && len(row) == width+1 {
		if len(row[width]) > 0 && f.all {
			return fmt.Errorf("line %d: column %d has a value, %q, but the rows above have none there: name the columns to read in Columns", f.rows.Line(), width, columns.Short(string(row[width])))
		}
		row = row[:width]
	}
	if len(row) != f.layout.Width {
		if f.isComment(row) {
			return nil
		}
		return f.wrongWidth(row)
	}
	missing := false
	for k, column := range f.columns {
		field := row[column]
		if f.table.Kinds[k] == columns.Number {
			if v, ok := csvrows.Number(field, f.decimal); ok {
				f.table.Row[k] = v
				if v == v && !f.table.Coded(v) {
					continue
				}
			}
		}
		switch isMissing, err := f.other(k, field); {
		case err != nil && f.isComment(row):
			return nil
		case err != nil:
			return fmt.Errorf("line %d, column %s: %w", f.rows.Line(), f.table.Title(k), f.hinted(err, row, field))
		case isMissing:
			missing = true
		}
	}
	if missing {
		f.table.Drop()
		return nil
	}
	if k, problem := f.table.Add(); problem != "" {
		return fmt.Errorf("line %d, column %s: %s, got %q", f.rows.Line(), f.table.Title(k), problem, columns.Short(string(row[f.columns[k]])))
	}
	return nil
}

// errNoNumber is the error of a text where a number must be.
var errNoNumber = errors.New("a field must be a number")

// other sets column k of the row to a field that isn't a plain number in a column of numbers. It
// returns whether the value is missing.
func (f *csvFile) other(k int, field []byte) (missing bool, err error) {
	v, isNumber := csvrows.Number(field, f.decimal)
	if (csvrows.Missing(field) || f.table.CodedText(string(field)) || isNumber && f.table.Coded(v)) && !f.table.Listed(k, string(field)) {
		return true, f.table.Missing(k)
	}
	if isNumber {
		f.table.Settle(k, columns.Number)
	} else {
		f.table.Settle(k, columns.Classes)
	}
	switch {
	case isNumber && f.table.Mixed(k):
		err = errors.New("a number below texts: name the column in Classes if both are classes")
	case f.table.Kinds[k] == columns.Classes:
		f.table.Row[k], err = f.table.Class(k, field)
	case isNumber:
		f.table.Row[k] = v
	default:
		err = errNoNumber
	}
	return false, err
}

// hinted adds to an error what was read and what may help.
func (f *csvFile) hinted(err error, row [][]byte, field []byte) error {
	got := columns.Short(string(field))
	if !errors.Is(err, errNoNumber) {
		return fmt.Errorf("%w, got %q", err, got)
	}
	if hint := f.layout.Hint(field, f.decimal); hint != "" {
		return fmt.Errorf("%w, got %q%s", err, got, hint)
	}
	first := f.table.Empty() // whether this is the first row
	for _, other := range row {
		if _, ok := csvrows.Number(other, f.decimal); ok {
			first = false
		}
	}
	if first && f.layout.Names != nil {
		return fmt.Errorf("%w, got %q; if this row holds units, set SkipUnderHeader to 1. Otherwise name the columns of numbers in Columns, or those of text in Classes", err, got)
	}
	return fmt.Errorf("%w, got %q; leave out a column of text by Columns, or name it in Classes", err, got)
}

// isComment reports whether a row that can't be read begins as a comment does, and counts it then.
func (f *csvFile) isComment(row [][]byte) bool {
	if len(row[0]) == 0 || row[0][0] != '#' {
		return false
	}
	f.comments++
	return true
}

// wrongWidth returns the error of a row with another number of fields than the first.
func (f *csvFile) wrongWidth(row [][]byte) error {
	line, got, hint := f.rows.Line(), len(row), ""
	decimals := f.layout.WidthHint(row, f.decimal) // before the next row takes the place of this one
	if _, err := f.rows.Next(); errors.Is(err, io.EOF) {
		hint = "; it is the last row, so the file may be truncated"
	}
	hint += decimals
	if f.layout.Found && f.layout.Comma != ',' {
		hint += fmt.Sprintf("; fields seem to be separated by %s: if not, set Comma", csvrows.CommaName(f.layout.Comma))
	}
	return fmt.Errorf("line %d: every row must have the %d fields of the first, got %d%s", line, f.layout.Width, got, hint)
}
