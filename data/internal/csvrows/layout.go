package csvrows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
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

// topComments returns the lines at the top that begin with #, and the number of lines that they and
// the blank lines among them take.
func topComments(head []byte, eol byte) (comments [][]byte, lines int) {
	for n := 1; len(head) > 0; n++ {
		line, rest, _ := bytes.Cut(head, []byte{eol})
		text := trimmed(line)
		if len(text) > 0 && text[0] != '#' {
			return comments, lines
		}
		if len(text) > 0 {
			comments = append(comments, slices.Clone(text))
			lines = n
		}
		head = rest
	}
	return comments, lines
}

// namesInComment returns the names that the last comment above the first row holds, as
// numpy.savetxt writes them, or nil. Savetxt separates them as it is told to, which need not be as
// the fields are.
func (r *Reader) namesInComment(comments [][]byte, first [][]byte) []string {
	if len(comments) == 0 {
		return nil
	}
	last := trimmed(bytes.TrimLeft(comments[len(comments)-1], "#"))
	for _, comma := range []rune{r.comma, ',', Blanks} {
		row, err := r.over(last, comma).Next()
		if err == nil && len(row) == len(first) && !anyNumber(row, '.') {
			return texts(row)
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

// findComma returns the separator by which the first rows have equally many fields, more than one:
// the comma first of all. It returns the comma if there is none.
func (r *Reader) findComma(head []byte, o Options) (comma rune, found bool) {
	candidates := []rune{',', ';', '\t', '|', Blanks}
	if o.Decimal == ',' {
		candidates = candidates[1:]
	}
	for _, candidate := range candidates {
		rows := r.sample(head, candidate)
		if len(rows) == 0 {
			continue
		}
		width := len(rows[0])
		if len(rows) > 1 && len(rows[1]) == width+1 && width > 1 { // R's header lacks the names of rows
			rows = rows[1:]
			width++
		}
		// Texts hold blanks: only numbers say that these separate.
		if candidate == Blanks && !anyNumber(rows[len(rows)-1], o.Decimal) {
			continue
		}
		if width > 1 && !slices.ContainsFunc(rows, func(row [][]byte) bool { return len(row) != width }) {
			return candidate, true
		}
	}
	return candidates[0], false
}

// isHeader reports whether the first row is a header. It returns a note about a first row in doubt,
// and an error if only the user can tell.
func (o Options) isHeader(first [][]byte, below [][][]byte) (header bool, note string, err error) {
	if o.Header != Detect {
		return o.Header == With, "", nil
	}
	shown := short(bytes.Join(first[:min(len(first), 5)], []byte{','}))
	switch {
	case !slices.ContainsFunc(first, func(field []byte) bool { return !Missing(field) }):
		return false, "", nil // a row of missing values, which the reader tells of
	case !anyNumber(first, o.Decimal):
		if i := slices.IndexFunc(first, func(field []byte) bool { return len(field) > 0 && Missing(field) }); i >= 0 {
			note = fmt.Sprintf("The first row, %q, is read as a header though it holds %q; if it isn't one, set Header to WithoutHeader.", shown, first[i])
		}
		return true, note, nil
	case o.namesAColumn(first):
		return true, "", nil
	}
	numbers, others := first, len(first[0]) > 0
	if !others { // as pandas writes it with an index
		numbers = first[1:]
	}
	if len(numbers) > 0 && (len(first) > 1 && countUp(numbers)) && len(below) > 0 {
		if !others || o.broken(below, len(first)-len(numbers)) {
			return true, fmt.Sprintf("The first row, %q, is read as a header of numbers, as pandas writes it; if it is a point, set Header to WithoutHeader.", shown), nil
		}
		return false, "", fmt.Errorf("the first row, %q, may be a header of numbers, as pandas writes it, or a point: set Header to WithHeader or WithoutHeader", shown)
	}
	if o.wholeAboveBroken(first, below) {
		note = fmt.Sprintf("The first row, %q, is read as a point, though its numbers are whole and those below are not; if it is a header, set Header to WithHeader.", shown)
	}
	return false, note, nil
}

// namesAColumn reports whether a column is asked for by a text of the first row that isn't the
// number of a column. Among numbers alone it would be a guess.
func (o Options) namesAColumn(first [][]byte) bool {
	if !slices.ContainsFunc(first, func(field []byte) bool { _, ok := Number(field, o.Decimal); return !ok }) {
		return false
	}
	return slices.ContainsFunc(o.Wanted, func(wanted string) bool {
		if n, err := strconv.Atoi(wanted); wanted == "" || err == nil && n >= 0 && n < len(first) {
			return false
		}
		return slices.ContainsFunc(first, func(field []byte) bool { return string(field) == wanted })
	})
}

// countUp reports whether fields are 0, 1, 2 and so on.
func countUp(fields [][]byte) bool {
	for i, field := range fields {
		if string(field) != strconv.Itoa(i) {
			return false
		}
	}
	return true
}

// broken reports whether the rows' numbers, from a column on, have decimals: some of them, or half of
// them where there are but two columns, whose names 0 and 1 are also likely numbers of a point.
func (o Options) broken(rows [][][]byte, from int) bool {
	whole, all := 0, 0
	for _, row := range rows {
		for _, field := range row[min(from, len(row)):] {
			if v, ok := Number(field, o.Decimal); ok {
				all++
				if v == math.Trunc(v) && !bytes.ContainsAny(field, ".eE"+string(rune(o.Decimal))) {
					whole++
				}
			}
		}
	}
	if len(rows[0])-from == 2 {
		return 2*whole <= all && all > 0
	}
	return whole < all
}

// wholeAboveBroken reports whether the first row may be a header of numbers, such as years: its
// numbers are whole and differ, and no number below them is whole.
func (o Options) wholeAboveBroken(first [][]byte, below [][][]byte) bool {
	seen := map[string]bool{}
	for j, field := range first {
		v, ok := Number(field, o.Decimal)
		if !ok {
			continue
		}
		if v != math.Trunc(v) || seen[string(field)] {
			return false
		}
		seen[string(field)] = true
		for _, row := range below {
			if j >= len(row) {
				return false
			}
			if v, ok := Number(row[j], o.Decimal); !ok || v == math.Trunc(v) {
				return false
			}
		}
	}
	return len(seen) > 1 && len(below) >= 3
}

// anyNumber reports whether a row has a number, in float64's range or not.
func anyNumber(row [][]byte, decimal byte) bool {
	return slices.ContainsFunc(row, func(field []byte) bool {
		_, ok := Number(field, decimal)
		return ok && !Missing(field)
	})
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

// CommaName returns a separator as a message names it.
func CommaName(comma rune) string {
	switch comma {
	case Blanks:
		return "blanks (' ')"
	case '\t':
		return `tabs ('\t')`
	}
	return strconv.QuoteRune(comma)
}

// Hint returns what may be wrong with the separator or the decimal sign where a field isn't a
// number, or "".
func (l Layout) Hint(field []byte, decimal byte) string {
	text := string(field)
	var remedies []string
	comma := l.Comma
	if i := strings.IndexAny(text, ";\t|"); i >= 0 && rune(text[i]) != l.Comma {
		comma = rune(text[i])
	}
	withComma := strings.Contains(text, ",") || comma != l.Comma && l.Comma == ','
	if withComma && decimal == '.' {
		if _, ok := Number(bytes.ReplaceAll(field, []byte{','}, []byte{'.'}), '.'); ok || comma != l.Comma {
			remedies = append(remedies, "Decimal to ','")
		}
	}
	if comma != l.Comma || l.Found && len(remedies) > 0 {
		remedies = append([]string{"Comma to " + CommaName(comma)}, remedies...)
	}
	if len(remedies) == 0 {
		return ""
	}
	return "; should you set " + strings.Join(remedies, " and ") + "?"
}
