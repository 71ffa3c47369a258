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
	t.index = newIndex(t, o, c)
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

// Missing returns an error that says what to do about a missing value in column k, or nil if such
// rows are to be left out. Call Drop for the row then.
func (t *Table) Missing(k int) error {
	if t.options.Drop {
		t.missing[t.choice.Columns[k]]++
		return nil
	}
	return errors.New("the value is missing: set Missing to Drop to leave such rows out, or leave out the column")
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
	leftOut, note := t.index.found(t)
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
