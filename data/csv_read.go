package data

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flowsforflows/flows/data/internal/columns"
	"github.com/flowsforflows/flows/data/internal/csvrows"
	"github.com/flowsforflows/flows/data/internal/filekind"
)

// validate returns an error if an option isn't valid.
func (o CSV) validate() error {
	switch {
	case o.Comma != 0 && (strings.ContainsRune("\"\r\n", o.Comma) || o.Comma == utf8.RuneError || !utf8.ValidRune(o.Comma)):
		return fmt.Errorf("the comma must be a character other than a quote or a line's end, got %q", o.Comma)
	case o.Decimal != 0 && o.Decimal != '.' && o.Decimal != ',':
		return fmt.Errorf("the option Decimal must be '.' or ',', got %q", o.Decimal)
	case o.Decimal != 0 && o.Decimal == o.Comma:
		return fmt.Errorf("the options Comma and Decimal must differ, got %q for both", o.Comma)
	case o.Header < DetectHeader || o.Header > WithoutHeader:
		return fmt.Errorf("the header must be DetectHeader, WithHeader or WithoutHeader, got %d", o.Header)
	case o.Skip < 0 || o.SkipUnderHeader < 0:
		return fmt.Errorf("the options Skip and SkipUnderHeader must not be negative, got %d and %d", o.Skip, o.SkipUnderHeader)
	}
	return o.Missing.validate()
}

func (m Missing) validate() error {
	if m != Refuse && m != Drop {
		return fmt.Errorf("the option Missing must be Refuse or Drop, got %d", m)
	}
	return nil
}

// columns returns the options that readers of all formats share.
func (o CSV) columns() columns.Options {
	return columns.Options{Columns: o.Columns, Conditions: o.Conditions, Weight: o.Weight, Classes: o.Classes, Drop: o.Missing == Drop, KeepIndex: o.KeepIndex}
}

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

// readCSV reads the features and the conditions from r, which holds some size bytes, or 0 if that
// isn't known. Its errors don't name the file.
func readCSV(r io.Reader, size int64, options CSV) (x, c Points, err error) {
	f, err := openCSV(r, options)
	if err != nil {
		return Points{}, Points{}, err
	}
	f.table.Expect(f.rows.Size(size))
	for {
		if f.plain && f.rows.Numbers(f.table.Row, f.decimal) {
			if k, problem := f.table.Add(); problem != "" {
				return Points{}, Points{}, fmt.Errorf("line %d, column %s: %s, got %v", f.rows.Line(), f.table.Title(k), problem, f.table.Row[k])
			}
			continue
		}
		row, err := f.rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = f.add(row)
		}
		if err != nil {
			return Points{}, Points{}, err
		}
	}
	result, err := f.table.Finish()
	if err != nil {
		return Points{}, Points{}, err
	}
	notes := f.layout.Notes
	if f.comments > 0 {
		notes = append(notes, fmt.Sprintf("Left out %d lines among the rows that begin with #, as comments.", f.comments))
	}
	result.Notes = append(notes, result.Notes...)
	return fromResult(result)
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
		Comma: options.Comma, Decimal: f.decimal, Header: csvrows.Header(options.Header), Skip: options.Skip, SkipUnder: options.SkipUnderHeader,
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
		f.layout.Notes = append(f.layout.Notes, "The first column was left out as the names of the rows; set KeepIndex to keep it.")
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
		return f.wrongWidth(len(row))
	}
	missing := false
	for k, column := range f.columns {
		field := row[column]
		if f.table.Kinds[k] == columns.Number {
			if v, ok := csvrows.Number(field, f.decimal); ok {
				f.table.Row[k] = v
				if v == v {
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
	if csvrows.Missing(field) && !f.table.Listed(k, string(field)) {
		return true, f.table.Missing(k)
	}
	v, isNumber := csvrows.Number(field, f.decimal)
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
func (f *csvFile) wrongWidth(got int) error {
	line, hint := f.rows.Line(), ""
	if _, err := f.rows.Next(); errors.Is(err, io.EOF) {
		hint = "; it is the last row, so the file may be truncated"
	}
	if f.layout.Found && f.layout.Comma != ',' {
		hint += fmt.Sprintf("; fields seem to be separated by %s: if not, set Comma", csvrows.CommaName(f.layout.Comma))
	}
	return fmt.Errorf("line %d: every row must have the %d fields of the first, got %d%s", line, f.layout.Width, got, hint)
}
