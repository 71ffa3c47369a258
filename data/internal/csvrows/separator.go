package csvrows

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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

// thousands matches numbers with a comma before each three digits, as in 1,500.
var thousands = regexp.MustCompile(`^ *[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)? *$`)

// Hint returns what may be wrong with the separator or the decimal sign where a field isn't a
// number, or "".
func (l Layout) Hint(field []byte, decimal byte) string {
	text := string(field)
	if l.Comma == ',' && thousands.MatchString(text) { // quoted, and no decimals, which take another separator
		return "; remove the commas between thousands"
	}
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
