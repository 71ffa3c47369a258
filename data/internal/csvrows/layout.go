package csvrows

import (
	"fmt"
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
	Comma        rune // 0 to find it out
	Decimal      byte // '.' or ','
	DecimalGiven bool // whether the user has named it
	Header       Header
	Skip         int      // lines above the header
	SkipUnder    int      // rows under the header
	Wanted       []string // columns that are asked for
}

// Layout says how the rows of a file are to be read.
type Layout struct {
	Comma      rune
	Found      bool     // whether Comma was found out
	Names      []string // of the columns; nil if there are none
	Width      int      // columns of a row
	Labels     bool     // whether the first column holds names of rows
	LabelsHint string   // what else that column may come from; "" if it is clear
	Trailing   bool     // whether rows end in a separator, which begins no field
	Notes      []string
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
