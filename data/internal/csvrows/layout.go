package csvrows

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// Header says whether the first row holds the names of the columns.
type Header int

// The kinds of headers are those of the package data, in its order.
const (
	Detect Header = iota
	With
	Without
)

// Options say what a reader knows of a file's layout. The zero value finds out all of it.
type Options struct {
	Comma     rune // 0 to find it out
	Decimal   byte // '.' or ','
	Header    Header
	Skip      int      // lines above the header
	SkipUnder int      // rows under the header
	Wanted    []string // columns that are asked for
}

// Layout says how the rows of a file are to be read.
type Layout struct {
	Comma    rune
	Found    bool     // whether Comma was found out
	Names    []string // of the columns; nil if there are none
	Width    int      // columns of a row
	Labels   bool     // whether the first column holds names of rows
	Trailing bool     // whether rows end in a separator, which begins no field
	Notes    []string
}

// ErrEmpty is the error of a file without a row.
var ErrEmpty = errors.New("the file is empty")

// Open finds out the layout of the text and moves r to the first row of values.
func (r *Reader) Open(o Options) (Layout, error) {
	var l Layout
	if err := r.skipLines(o.Skip); err != nil {
		if errors.Is(err, io.EOF) {
			return l, fmt.Errorf("the file must have more lines than the %d that Skip leaves out", o.Skip)
		}
		return l, err
	}
	head, err := r.head()
	if err != nil {
		return l, err
	}
	comments, length := topComments(head, r.eol)
	if err := r.skipLines(length); err != nil && !errors.Is(err, io.EOF) {
		return l, err
	}
	if head, err = r.head(); err != nil {
		return l, err
	}
	l.Comma, l.Found = o.Comma, false
	if o.Comma == 0 {
		l.Comma, l.Found = r.findComma(head, o)
	}
	r.comma = l.Comma
	sample := r.sample(head, l.Comma)
	if len(sample) == 0 {
		// The error of the first row, if there is one, says more.
		if _, err := r.Next(); err != nil && !errors.Is(err, io.EOF) {
			return l, err
		}
		return l, ErrEmpty
	}
	if l.Found && l.Comma != ',' {
		l.Notes = append(l.Notes, fmt.Sprintf("Fields are separated by %s, as it seems; Comma says so without a note.", CommaName(l.Comma)))
	}
	first, below := sample[0], sample[1:]
	header, note, err := o.isHeader(first, below)
	if err != nil {
		return l, err
	}
	if note != "" {
		l.Notes = append(l.Notes, note)
	}
	if names := r.namesInComment(comments, first); names != nil && o.Header != Without && (!header || anyNumber(first, o.Decimal)) {
		l.Names = names
		below = sample
		l.Notes = append(l.Notes, fmt.Sprintf("The names of the columns are those of the comment %q.", short(comments[len(comments)-1])))
	} else if header {
		l.Names = texts(first)
		if _, err := r.Next(); err != nil {
			return l, err
		}
	} else {
		below = sample
	}
	if o.SkipUnder > 0 {
		if l.Names == nil {
			return l, errors.New("SkipUnderHeader leaves out rows under a header, but there is none: set Header to WithHeader, or use Skip")
		}
		for range o.SkipUnder {
			if _, err := r.Next(); err != nil && !errors.Is(err, io.EOF) {
				return l, err
			}
		}
		below = below[min(o.SkipUnder, len(below)):]
	}
	l.measure(below, len(first))
	l.Labels = l.Labels || l.namesRows(below, o.Decimal)
	return l, l.checkNames()
}

// measure finds out how wide rows are, and whether they have a field that the header lacks.
func (l *Layout) measure(rows [][][]byte, first int) {
	l.Width = first
	if l.Names != nil {
		l.Width = len(l.Names)
	}
	if len(rows) == 0 {
		return
	}
	longer, trailing := true, l.Comma != Blanks
	for _, row := range rows {
		longer = longer && len(row) == l.Width+1
		trailing = trailing && len(row) > 1 && len(row[len(row)-1]) == 0
	}
	switch {
	case trailing && longer && l.Names != nil: // the rows end in a separator, the header doesn't
		l.Trailing = true
	case longer && l.Names != nil: // as R writes the names of rows
		l.Names = append([]string{""}, l.Names...)
		l.Width++
		l.Labels = true
	case trailing && l.Names != nil && l.Names[len(l.Names)-1] == "":
		l.Trailing = true
		l.Width--
		l.Names = l.Names[:l.Width]
	case trailing && l.Names == nil && len(rows) > 1:
		l.Trailing = true
		l.Width--
	}
}

// namesRows reports whether the first column holds names of rows: text under a name that says so or
// under none.
func (l *Layout) namesRows(rows [][][]byte, decimal byte) bool {
	if l.Names == nil || !columns.NamesIndex(l.Names[0]) {
		return false
	}
	return slices.ContainsFunc(rows, func(row [][]byte) bool { return !Missing(row[0]) && !anyNumber(row[:1], decimal) })
}

// checkNames returns an error if a name isn't UTF-8.
func (l *Layout) checkNames() error {
	for j, name := range l.Names {
		if !utf8.ValidString(name) {
			return fmt.Errorf("the name of column %d, %q, isn't UTF-8: convert the file, for example by iconv -f latin1 -t utf-8", j, name)
		}
	}
	return nil
}

// sample returns the first rows, as they are with that separator. It ends before a row with an
// error.
func (r *Reader) sample(head []byte, comma rune) (rows [][][]byte) {
	const most = 20
	for over := r.over(head, comma); len(rows) < most; {
		row, err := over.Next()
		if err != nil {
			return rows
		}
		kept := make([][]byte, len(row))
		for i, field := range row {
			kept[i] = slices.Clone(field)
		}
		rows = append(rows, kept)
	}
	return rows
}

// short returns the beginning of a text, for a message.
func short(text []byte) []byte { return text[:min(len(text), 40)] }

func texts(row [][]byte) []string {
	all := make([]string, len(row))
	for i, field := range row {
		all[i] = string(field)
	}
	return all
}
