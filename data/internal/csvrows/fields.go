package csvrows

import (
	"bytes"
	"unicode/utf8"
)

// blank reports whether a line holds nothing. Tabs that separate fields are something.
func (r *Reader) blank(line []byte) bool {
	if len(line) > 0 && line[0] > ' ' {
		return false
	}
	for _, b := range line {
		if b != ' ' && b != '\r' && (b != '\t' || r.comma == '\t') {
			return false
		}
	}
	return true
}

// split splits a line without quotes into fields.
func (r *Reader) split(line []byte) [][]byte {
	r.fields = r.fields[:0]
	if r.comma == Blanks {
		for {
			if line = trimmed(line); len(line) == 0 {
				return r.fields
			}
			end := r.separator(line)
			r.fields = append(r.fields, line[:end])
			line = line[end:]
		}
	}
	width := utf8.RuneLen(r.comma)
	for {
		end := r.separator(line)
		r.fields = append(r.fields, trimmed(line[:end]))
		if end == len(line) {
			return r.fields
		}
		line = line[end+width:]
	}
}

// separator returns the offset of the first separator, or the length of text.
func (r *Reader) separator(text []byte) int {
	i := -1
	switch {
	case r.comma == Blanks:
		i = bytes.IndexAny(text, " \t")
	case r.comma < utf8.RuneSelf:
		// Fields are short: a loop is faster here than bytes.IndexByte.
		comma := byte(r.comma)
		for i, b := range text {
			if b == comma {
				return i
			}
		}
	default:
		i = bytes.IndexRune(text, r.comma)
	}
	if i < 0 {
		return len(text)
	}
	return i
}

// trimmed returns text without the blanks around it.
func trimmed(text []byte) []byte {
	for len(text) > 0 && isBlank(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isBlank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }
