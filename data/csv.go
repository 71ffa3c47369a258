package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CSV describes the layout of a file of comma-separated values. The zero value reads every column
// of a file separated by commas and detects a header.
type CSV struct {
	// Columns are the columns of the features, in this order. Each is a name from the header, or a
	// number counted from 0. Empty means all columns.
	Columns []string
	// Conditions are the columns of the conditions, in the same form, for ReadCSVWithConditions. If
	// Columns is empty, all other columns are features of the points.
	Conditions []string
	// Weight is the column of the weights of the points, in the same form; see Points.WithWeights.
	// It isn't a feature. Empty means no weights.
	Weight string
	// Comma separates the fields; 0 means ','.
	Comma rune
	// Header says whether the first row holds the column names. The zero value is DetectHeader.
	Header Header
}

// Header says whether the first row of a CSV file holds the names of the columns.
type Header int

const (
	// DetectHeader treats the first row as a header if none of its fields is a number.
	DetectHeader Header = iota
	// WithHeader treats the first row as a header, even if it holds numbers.
	WithHeader
	// WithoutHeader treats the first row as a point.
	WithoutHeader
)

// ReadCSV reads points from a file of comma-separated values, one point a row. Fields may be
// quoted; blank lines are skipped. The points keep the column names of the header; see ColumnNames.
//
// It returns an error that names the file, the line and the column if rows differ in length, if a
// field isn't a finite number within float32's range, or if a quote isn't closed. It also returns
// an error if the file holds no points, if a column doesn't exist, if a column varies too little
// about a large offset for float32, or if the sum of the weights isn't above 0.
func ReadCSV(path string, options CSV) (Points, error) {
	if len(options.Conditions) > 0 {
		return Points{}, fmt.Errorf("data: %s: points and their conditions are read with ReadCSVWithConditions", path)
	}
	return readCSVFile(path, options)
}

// readCSVFile reads the features, followed by the conditions, from the file at path.
func readCSVFile(path string, options CSV) (Points, error) {
	f, err := os.Open(path)
	if err != nil {
		return Points{}, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	p, err := readCSV(f, options)
	if err != nil {
		return Points{}, fmt.Errorf("data: %s: %w", path, err)
	}
	return p, nil
}

// ReadCSVWithConditions reads points x [N, D] and the condition of each, c [N, C], from the columns
// of one file that options.Columns and options.Conditions name. It returns the same errors as
// ReadCSV, and one if a column is named twice. Both have the weights, if options.Weight is set.
func ReadCSVWithConditions(path string, options CSV) (x, c Points, err error) {
	if len(options.Conditions) == 0 {
		return Points{}, Points{}, fmt.Errorf("data: %s: Conditions must name the columns of the conditions, got none", path)
	}
	both, err := readCSVFile(path, options)
	if err != nil {
		return Points{}, Points{}, err
	}
	// The conditions are the last columns that were read.
	last := make([]int, len(options.Conditions))
	for k := range last {
		last[k] = both.Dim() - len(last) + k
	}
	return both.SplitConditions(last...)
}

// ReadCSVFrom reads points from r as ReadCSV does from a file.
func ReadCSVFrom(r io.Reader, options CSV) (Points, error) {
	if len(options.Conditions) > 0 {
		return Points{}, errors.New("data: CSV: points and their conditions are read with ReadCSVWithConditions")
	}
	p, err := readCSV(r, options)
	if err != nil {
		return Points{}, fmt.Errorf("data: CSV: %w", err)
	}
	return p, nil
}

// readCSV reads the features, followed by the conditions, from r. Its errors don't name the file.
func readCSV(r io.Reader, options CSV) (Points, error) {
	if r == nil {
		return Points{}, errors.New("there must be a reader, got nil")
	}
	rows, err := newCSVRows(r, options)
	if err != nil {
		return Points{}, err
	}
	first, err := rows.next()
	if errors.Is(err, io.EOF) {
		return Points{}, errors.New("the file is empty")
	}
	if err != nil {
		return Points{}, err
	}

	var names []string
	if options.Header == WithHeader || options.Header == DetectHeader && !slices.ContainsFunc(first, isNumber) {
		names = slices.Clone(first)
	}
	columns, weight, err := options.find(names, len(first))
	if err != nil {
		return Points{}, err
	}
	var values []float32
	var weights []float64
	row := first
	if names != nil {
		row, err = rows.next()
	}
	var kept narrowing
	for ; err == nil; row, err = rows.next() {
		for k, column := range columns {
			exact, problem := parseFinite(row[column])
			if problem != "" {
				return Points{}, fmt.Errorf("line %d, column %s: %s, got %q", rows.line(column), title(names, column), problem, short(row[column]))
			}
			values = append(values, float32(exact))
			kept.saw(k, exact, float32(exact))
		}
		if weight >= 0 {
			w, err := strconv.ParseFloat(row[weight], 64)
			if err != nil || math.IsNaN(w) || math.IsInf(w, 0) {
				return Points{}, fmt.Errorf("line %d, column %s: a weight must be a finite number, got %q", rows.line(weight), title(names, weight), short(row[weight]))
			}
			weights = append(weights, w)
		}
	}
	if !errors.Is(err, io.EOF) {
		return Points{}, err
	}
	if err := kept.check(func(k int) string { return title(names, columns[k]) }); err != nil {
		return Points{}, err
	}
	if len(values) == 0 {
		return Points{}, errors.New("the file has a header but no points")
	}
	p, err := NewPoints(len(columns), values)
	if err != nil {
		return Points{}, err
	}
	if p, err = p.WithWeights(weights); err != nil {
		return Points{}, fmt.Errorf("column %s: %w", title(names, weight), err)
	}
	return p.named(unambiguous(names, columns)), nil
}

// unambiguous returns the names of the chosen columns, with "" for a name that several columns of
// the header have. It returns nil if there is no header.
func unambiguous(names []string, columns []int) []string {
	if names == nil {
		return nil
	}
	count := map[string]int{}
	for _, name := range names {
		count[name]++
	}
	chosen := make([]string, len(columns))
	for k, j := range columns {
		if count[names[j]] == 1 {
			chosen[k] = names[j]
		}
	}
	return chosen
}

// csvRows reads rows of equal length and trims their fields.
type csvRows struct {
	reader *csv.Reader
	width  int // 0 before the first row
}

// newCSVRows returns a reader of rows. It returns an error if an option isn't valid.
func newCSVRows(r io.Reader, options CSV) (*csvRows, error) {
	comma := options.Comma
	if comma == 0 {
		comma = ','
	}
	if strings.ContainsRune("\"\r\n", comma) || comma == utf8.RuneError || !utf8.ValidRune(comma) {
		return nil, fmt.Errorf("the comma must be a character other than a quote or a line's end, got %q", comma)
	}
	if options.Header < DetectHeader || options.Header > WithoutHeader {
		return nil, fmt.Errorf("the header must be DetectHeader, WithHeader or WithoutHeader, got %d", options.Header)
	}
	buffered := bufio.NewReader(r)
	// Excel starts a UTF-8 file with a byte-order mark, which would otherwise become part of the
	// first name.
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		if _, err := buffered.Discard(3); err != nil {
			return nil, err
		}
	}
	reader := csv.NewReader(buffered)
	reader.Comma = comma
	reader.FieldsPerRecord = -1 // next has a better error for a row of another length
	reader.ReuseRecord = true
	// If the comma is a tab, trimming would remove empty fields.
	reader.TrimLeadingSpace = !unicode.IsSpace(comma)
	return &csvRows{reader: reader}, nil
}

// next returns the next row, which is valid until the following call. After the last row it returns
// io.EOF.
func (r *csvRows) next() ([]string, error) {
	row, err := r.reader.Read()
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse) && parse.StartLine != parse.Line:
		return nil, fmt.Errorf("lines %d to %d, character %d: %w (a quote left open, or a truncated file?)",
			parse.StartLine, parse.Line, parse.Column, parse.Err)
	case errors.As(err, &parse):
		return nil, fmt.Errorf("line %d, character %d: %w", parse.Line, parse.Column, parse.Err)
	case err != nil:
		return nil, err
	}
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	if r.width == 0 {
		r.width = len(row)
	}
	if len(row) != r.width {
		line, got, hint := r.line(0), len(row), ""
		if _, err := r.reader.Read(); errors.Is(err, io.EOF) {
			hint = "; it is the last row, so the file may be truncated"
		}
		return nil, fmt.Errorf("line %d: every row must have the %d fields of the first, got %d%s", line, r.width, got, hint)
	}
	return row, nil
}

// line returns the line, counted from 1, on which field i of the last row begins.
func (r *csvRows) line(i int) int {
	line, _ := r.reader.FieldPos(i)
	return line
}

// find returns the numbers of the requested columns among width columns: those of the points, then
// those of their conditions; and that of their weights, or −1. names is nil if there is no header.
func (c CSV) find(names []string, width int) (columns []int, weight int, err error) {
	conditions, err := columnsNamed(c.Conditions, names, width)
	if err != nil {
		return nil, 0, err
	}
	if columns, err = columnsNamed(c.Columns, names, width); err != nil {
		return nil, 0, err
	}
	weight = -1
	if c.Weight != "" {
		found, err := columnsNamed([]string{c.Weight}, names, width)
		if err != nil {
			return nil, 0, err
		}
		weight = found[0]
	}
	if len(c.Columns) == 0 {
		for i := range width {
			if i != weight && !slices.Contains(conditions, i) {
				columns = append(columns, i)
			}
		}
	}
	for k, i := range conditions {
		if slices.Contains(columns, i) || slices.Contains(conditions[:k], i) {
			return nil, 0, fmt.Errorf("a column of conditions must be asked for once, got %s again", title(names, i))
		}
	}
	switch {
	case slices.Contains(columns, weight) || slices.Contains(conditions, weight):
		return nil, 0, fmt.Errorf("the column of the weights must not be a feature or a condition too, got %s again", title(names, weight))
	case len(columns) == 0:
		return nil, 0, fmt.Errorf("some column must be left for the points, got %d columns, all of conditions or weights", width)
	}
	return append(columns, conditions...), weight, nil
}

// columnsNamed returns the numbers of the wanted columns, each given by its name or its number.
func columnsNamed(wanted, names []string, width int) ([]int, error) {
	var columns []int
	for _, wanted := range wanted {
		i := slices.Index(names, wanted)
		if i >= 0 && slices.Contains(names[i+1:], wanted) {
			return nil, fmt.Errorf("two columns are named %q; ask for one by its number, counted from 0", wanted)
		}
		if i < 0 {
			number, err := strconv.Atoi(wanted)
			if err != nil || number < 0 || number >= width {
				return nil, fmt.Errorf("there is no column %q; there are %s", wanted, listing(names, width))
			}
			i = number
		}
		columns = append(columns, i)
	}
	return columns, nil
}

// listing lists the columns of a file for an error message, the first 20 of them.
func listing(names []string, width int) string {
	if names == nil {
		return fmt.Sprintf("no names, only the numbers 0 to %d", width-1)
	}
	const most = 20
	quoted := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, strconv.Quote(name))
	}
	list := strings.Join(quoted, ", ")
	if len(names) > most {
		list += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return fmt.Sprintf("%s (numbers 0 to %d)", list, width-1)
}

// title returns a column's number, and its name if it has one.
func title(names []string, column int) string {
	if names == nil {
		return strconv.Itoa(column)
	}
	return fmt.Sprintf("%d (%q)", column, names[column])
}

// isNumber reports whether a field is a number, in float64's range or not.
func isNumber(field string) bool {
	_, err := strconv.ParseFloat(field, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// parseFinite parses a field as a number within float32's range. If it can't, problem says what is
// wrong.
func parseFinite(field string) (v float64, problem string) {
	v, err := strconv.ParseFloat(field, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, "a number must lie within float32's range"
	case err != nil:
		return 0, "a field must be a number"
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, "a number must be finite"
	case math.IsInf(float64(float32(v)), 0):
		return 0, "a number must lie within float32's range"
	}
	return v, ""
}
