package csvrows

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
)

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

// broken reports whether the rows' numbers, from a column on, have decimals: some of them, or half
// of them where there are but two columns, whose names 0 and 1 are also likely numbers of a point.
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
