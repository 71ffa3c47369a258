package data

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// CSV describes the layout of a file of comma-separated values, and the columns to read. The zero
// value reads every column and finds out the layout. Columns are given by their names in the header
// or by their numbers, counted from 0.
type CSV struct {
	// Columns are the columns of the features, in this order. Empty means all columns that are not
	// named in another field.
	Columns []string
	// Conditions are the columns of the conditions, for ReadCSVWithConditions. A column of text
	// becomes classes.
	Conditions []string
	// Classes are the columns whose values are classes, each with its list of classes. An empty
	// list means those of the file, sorted. A column becomes one column of zeros and ones for each
	// class, named such as "channel=ee". A class that isn't listed is an error. Points.Classes
	// gives the lists back, so that another file is read with the same classes.
	Classes map[string][]string
	// Weight is the column of the weights of the points; see Points.WithWeights. It isn't a
	// feature. Empty means no weights.
	Weight string
	// Comma separates the fields. 0 finds it out: a comma, semicolon, tab or vertical line, or
	// blanks. ' ' means blanks and tabs of any number.
	Comma rune
	// Decimal is the sign before the decimals: '.' or ','; 0 means '.'.
	Decimal rune
	// Header says whether the first row holds the column names. The zero value is DetectHeader.
	Header Header
	// Skip is the number of lines to leave out above the header. Lines at the top that begin with #
	// need not be counted.
	Skip int
	// SkipUnderHeader is the number of rows to leave out under the header, such as one of units.
	SkipUnderHeader int
	// Missing says what to do about missing values. The zero value is Refuse.
	Missing Missing
	// KeepIndex keeps a first column that numbers the rows: from 0 or 1, with no header or under
	// none, or named such as "index", "id" or "event". It is left out otherwise unless Columns names
	// it, and a note tells so. Names of rows, as R writes them, are left out too.
	KeepIndex bool
}

// Header says whether the first row of a CSV file holds the names of the columns.
type Header int

const (
	// DetectHeader treats the first row as a header if none of its fields is a number and some
	// field isn't a missing value. Numbers that count from 0, as pandas names columns, are a header
	// if most numbers below have decimals, and otherwise an error that asks. A row of texts and
	// numbers is a header if a column is asked for by a name that it holds.
	DetectHeader Header = iota
	// WithHeader treats the first row as a header, even if it holds numbers.
	WithHeader
	// WithoutHeader treats the first row as a point.
	WithoutHeader
)

// Missing says what a reader does about a row in which a value is missing. In a CSV file a value is
// missing where the field is empty or one of NA, N/A, NaN, null, None and the like.
type Missing int

const (
	// Refuse returns an error that names the row and the column.
	Refuse Missing = iota
	// Drop leaves out the row. A note tells how many were left out; see Points.Notes.
	Drop
)

// ReadCSV reads points from a file of comma-separated values, one point a row. The file may be
// compressed by gzip, zstd or bzip2, and be UTF-8 or UTF-16. Fields may be quoted; blank lines are
// skipped. Lines at the top that begin with # are comments, but the last of them is the header if
// it names the columns, as that of numpy.savetxt does. The points keep the column names of the
// header; see ColumnNames. What the reader has guessed or left out is in their Notes.
//
// It returns an error that names the file, the line and the column if rows differ in length, if a
// field isn't a finite number within float32's range, if a value is missing, or if a quote isn't
// closed. It also returns an error if the file holds no points, if a column doesn't exist, if a
// column varies too little about a large offset for float32, if the sum of the weights isn't above
// 0, or if the file is of another kind.
func ReadCSV(path string, options CSV) (Points, error) {
	if len(options.Conditions) > 0 {
		return Points{}, fmt.Errorf("data: %s: points and their conditions are read with ReadCSVWithConditions", path)
	}
	x, _, err := readCSVFile(path, options)
	return x, err
}

// ReadCSVWithConditions reads points x [N, D] and the condition of each, c [N, C], from the columns
// of one file that options.Columns and options.Conditions name. It returns the same errors as
// ReadCSV, and one if a column is named twice. Both have the weights, if options.Weight is set.
func ReadCSVWithConditions(path string, options CSV) (x, c Points, err error) {
	if len(options.Conditions) == 0 {
		return Points{}, Points{}, fmt.Errorf("data: %s: Conditions must name the columns of the conditions, got none", path)
	}
	return readCSVFile(path, options)
}

// ReadCSVFrom reads points from r as ReadCSV does from a file.
func ReadCSVFrom(r io.Reader, options CSV) (Points, error) {
	if len(options.Conditions) > 0 {
		return Points{}, errors.New("data: CSV: points and their conditions are read with ReadCSVWithConditions")
	}
	x, _, err := readCSV(r, 0, options)
	if err != nil {
		return Points{}, fmt.Errorf("data: CSV: %w", err)
	}
	return x, nil
}

// readCSVFile reads the features and the conditions from the file at path.
func readCSVFile(path string, options CSV) (x, c Points, err error) {
	f, err := os.Open(path)
	if err != nil {
		return Points{}, Points{}, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	size := int64(0) // to expect rows by
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	if x, c, err = readCSV(f, size, options); err != nil {
		return Points{}, Points{}, fmt.Errorf("data: %s: %w", path, err)
	}
	return x, c, nil
}

// fromResult returns the points that a reader has gathered, and their conditions if there are any.
func fromResult(r columns.Result) (x, c Points, err error) {
	x, err = NewPoints(r.Dim, r.Values)
	if err != nil {
		return Points{}, Points{}, err
	}
	if x, err = x.WithWeights(r.Weights); err != nil {
		return Points{}, Points{}, fmt.Errorf("column %s: %w", r.WeightTitle, err)
	}
	x = x.named(r.Names).WithNotes(r.Notes...)
	if r.Conditions == 0 {
		return x, Points{}, nil
	}
	// The conditions are the last columns that were read.
	last := make([]int, r.Conditions)
	for k := range last {
		last[k] = r.Dim - len(last) + k
	}
	return x.SplitConditions(last...)
}
