package data

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// CSV describes the layout of a file of comma-separated values, and the columns to read. The zero
// value reads every column and detects the layout. Columns are given by their names in the header
// or by their numbers, counted from 0.
type CSV struct {
	// Columns are the columns of the features, in this order. Empty means all columns that are not
	// named in another field.
	Columns []string
	// Conditions are the columns of the conditions, for ReadCSVWithConditions. A column of text
	// becomes classes.
	Conditions []string
	// Classes maps the columns whose values are classes to their lists of classes. An empty list
	// means the classes of the file, sorted. Each class becomes a column of zeros and ones, named
	// such as "channel=ee", as OneHot makes them. A class that isn't listed is an error.
	// Points.Classes returns the lists, to read another file with the same classes.
	Classes map[string][]string
	// Weight is the column of the weights of the points; see Points.WithWeights. It isn't a
	// feature. Empty means no weights.
	Weight string
	// Comma is the separator of the fields. 0 means that it is detected among comma, semicolon,
	// tab, vertical line and blanks. ' ' means any number of blanks and tabs.
	Comma rune
	// Decimal is the decimal sign: '.' or ','. 0 means '.'; it isn't detected. If rows such as 1,5
	// may be a number with a decimal comma or two whole numbers, reading returns an error or a note
	// that asks for Decimal or Comma.
	Decimal rune
	// Header says whether the first row holds the column names. The zero value is DetectHeader.
	Header Header
	// Skip is the number of lines to skip above the header. Lines at the top that begin with #
	// need not be counted.
	Skip int
	// SkipUnderHeader is the number of rows to skip under the header, such as a row of units.
	SkipUnderHeader int
	// Missing says what to do about missing values. The zero value is RefuseMissing.
	Missing Missing
	// MissingValues are values that mean a missing one, besides those that Missing lists: numbers
	// such as "-999", however the file writes them, or texts such as "?".
	MissingValues []string
	// KeepIndex keeps a first column that numbers the rows from 0 or 1. By default such a column is
	// left out, with a note, if the file has no header, or if the header gives it no name or one
	// such as "index", "id" or "event". A column named in Columns is always kept. Row names, as R
	// writes them, are left out too.
	KeepIndex bool
}

// Header says whether the first row of a CSV file holds the names of the columns.
type Header int

const (
	// DetectHeader treats the first row as a header if none of its fields is a number and not all
	// of them are missing values. The numbers 0, 1, 2, …, as pandas names columns, are a header if
	// most numbers below have decimals; otherwise reading returns an error that asks for this
	// option. A row of texts and numbers is a header if it contains a name that an option asks for.
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
	// RefuseMissing returns an error that names the row and the column.
	RefuseMissing Missing = iota
	// DropMissing leaves out the row. A note says how many rows were left out; see Points.Notes.
	DropMissing
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
	if m != RefuseMissing && m != DropMissing {
		return fmt.Errorf("the option Missing must be RefuseMissing or DropMissing, got %d", m)
	}
	return nil
}

// columns returns the options that readers of all formats share.
func (o CSV) columns() columns.Options {
	return columns.Options{Columns: o.Columns, Conditions: o.Conditions, Weight: o.Weight, Classes: o.Classes, Drop: o.Missing == DropMissing, KeepIndex: o.KeepIndex, Missing: o.MissingValues}
}
