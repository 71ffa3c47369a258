package columns

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Kind says what a column of a Table holds.
type Kind int

const (
	// Number is a column of numbers.
	Number Kind = iota
	// Either is a column of conditions whose first value will say whether it holds numbers or
	// classes.
	Either
	// Classes is a column of texts, each of them a class.
	Classes
)

// Table gathers the rows of some columns of a file.
type Table struct {
	// Row holds the next row's number of each column, to be set before Add.
	Row []float64
	// Kinds are the kinds of the columns. They are read only.
	Kinds []Kind

	choice  Choice
	names   []string // of the file's columns, or nil
	options Options
	classes []*classes // of the columns, nil for those of numbers

	values  []float32 // [rows, columns without the weight]
	weights []float64
	rows    int
	narrow  Narrowing
	index   index
	codes   []float32   // numbers that mean a missing value, rounded as the values are
	missing map[int]int // values that were missing in rows left out, by column
	dropped int
}

// NewTable returns a Table without rows of the columns that are chosen. names are those of all
// columns of the file, or nil.
func NewTable(o Options, c Choice, names []string, width int) (*Table, error) {
	t := &Table{
		Row: make([]float64, len(c.Columns)), Kinds: make([]Kind, len(c.Columns)),
		choice: c, names: names, options: o, classes: make([]*classes, len(c.Columns)), missing: map[int]int{},
	}
	for _, text := range o.Missing {
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			t.codes = append(t.codes, float32(v))
		}
	}
	for k := range len(c.Columns) {
		if k >= t.features() && k < t.dim() {
			t.Kinds[k] = Either
		}
	}
	for column, listed := range o.Classes {
		numbers, err := Numbers([]string{column}, names, width)
		if err != nil {
			return nil, fmt.Errorf("classes: %w", err)
		}
		k := slices.Index(c.Columns, numbers[0])
		if k < 0 || k >= t.dim() {
			return nil, fmt.Errorf("classes: column %s is not among the columns that are read", Title(names, numbers[0]))
		}
		if t.classes[k], err = newClasses(listed); err != nil {
			return nil, fmt.Errorf("column %s: %w", Title(names, numbers[0]), err)
		}
		t.Kinds[k] = Classes
	}
	// Only a column that nobody asked for is left out, and not the last one.
	if c.All && !o.KeepIndex && t.features() > 1 && c.Columns[0] == 0 && t.Kinds[0] == Number {
		t.index = newIndex(names)
	}
	return t, nil
}

// dim returns the number of columns without the weight.
func (t *Table) dim() int {
	if t.choice.Weight {
		return len(t.choice.Columns) - 1
	}
	return len(t.choice.Columns)
}

// features returns the number of columns of features.
func (t *Table) features() int { return t.dim() - t.choice.Conditions }

// Title returns the title of column k of the table.
func (t *Table) Title(k int) string { return Title(t.names, t.choice.Columns[k]) }

// Settle makes column k one of numbers or of classes, if it may be Either.
func (t *Table) Settle(k int, kind Kind) {
	if t.Kinds[k] != Either {
		return
	}
	t.Kinds[k] = kind
	if kind == Classes {
		t.classes[k], _ = newClasses(nil) // no classes are always valid
		t.classes[k].found = true
	}
}

// Mixed reports whether a number in column k makes it one of texts and numbers both, that the user
// hasn't said to hold classes.
func (t *Table) Mixed(k int) bool { return t.classes[k] != nil && t.classes[k].found }

// Class returns the number that stands for a text in column k, one of Classes. It returns an error
// if the text isn't among the classes.
func (t *Table) Class(k int, text []byte) (float64, error) {
	code, err := t.classes[k].code(text)
	return float64(code), err
}

// Listed reports whether a text is among the classes that the user listed for column k. Such a text
// isn't a missing value, even if it reads as one.
func (t *Table) Listed(k int, text string) bool {
	return t.classes[k] != nil && t.classes[k].has(text)
}

// Coded reports whether a number means a missing value because the user said so.
func (t *Table) Coded(v float64) bool {
	return len(t.codes) > 0 && slices.Contains(t.codes, float32(v))
}

// AnyCoded reports whether a number of Row means a missing value. It calls Missing for each, and
// returns its error with the column.
func (t *Table) AnyCoded() (k int, coded bool, err error) {
	if len(t.codes) == 0 {
		return 0, false, nil
	}
	for k, v := range t.Row {
		if t.Coded(v) {
			coded = true
			if err := t.Missing(k); err != nil {
				return k, true, err
			}
		}
	}
	return 0, coded, nil
}

// CodedText reports whether a text means a missing value because the user said so.
func (t *Table) CodedText(text string) bool { return slices.Contains(t.options.Missing, text) }

// Missing returns an error that says what to do about a missing value in column k, or nil if such
// rows are to be left out. Call Drop for the row then.
func (t *Table) Missing(k int) error {
	if t.options.Drop {
		t.missing[t.choice.Columns[k]]++
		return nil
	}
	return errors.New("the value is missing: set Missing to DropMissing to leave such rows out, or leave out the column")
}

// Empty reports whether no row was added or left out.
func (t *Table) Empty() bool { return t.rows+t.dropped == 0 }

// Drop leaves out the row.
func (t *Table) Drop() { t.dropped++; t.index.skip() }

// Add adds the row. If a number can't be a float32, it returns the first such column and what is
// wrong, and the row isn't added.
func (t *Table) Add() (k int, problem string) {
	dim, from := t.dim(), len(t.values)
	if cap(t.values)-from < dim {
		t.values = slices.Grow(t.values, dim)
	}
	values := t.values[from : from+dim]
	for k, v := range t.Row {
		if k == dim {
			break
		}
		kept := float32(v)
		if kept-kept != 0 { // NaN or infinite
			return k, "a number must be finite and within float32's range"
		}
		values[k] = kept
		t.narrow.Saw(k, v, kept)
	}
	if t.choice.Weight {
		w := t.Row[dim]
		if w-w != 0 {
			return dim, "a weight must be a finite number"
		}
		t.weights = append(t.weights, w)
	}
	t.values = t.values[:from+dim]
	if t.index.possible {
		t.index.saw(t.Row[0])
	}
	t.rows++
	return -1, ""
}

// Expect makes room for that many rows.
func (t *Table) Expect(rows int) { t.values = slices.Grow(t.values, rows*t.dim()) }
