package csvrows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// SyntaxError says where quotes are wrong.
type SyntaxError struct {
	First, Line int // the row's first line, and that of the error
	Column      int // byte of the line, from 1
	Problem     string
}

func (e *SyntaxError) Error() string {
	if e.First != e.Line {
		return fmt.Sprintf("lines %d to %d, character %d: %s", e.First, e.Line, e.Column, e.Problem)
	}
	return fmt.Sprintf("line %d, character %d: %s", e.Line, e.Column, e.Problem)
}

// quotedRow splits a row that has quotes. Its first line has that length; a quoted field may go on
// in the following lines.
func (r *Reader) quotedRow(length, next int) ([][]byte, error) {
	type span struct {
		from, to int // offsets, which stay right where the buffer moves
		doubled  bool
	}
	var spans []span
	lineStart := 0 // offset of the last line
	wrong := func(at int, problem string) error {
		return &SyntaxError{First: r.line, Line: r.nextLine - 1, Column: at - lineStart + 1, Problem: problem}
	}
	p := 0
	for {
		for p < length && (r.text[p] == ' ' || r.text[p] == '\r' || r.text[p] == '\t' && r.comma != '\t') {
			p++
		}
		if p == length && r.comma == Blanks {
			break
		}
		if p < length && r.text[p] == '"' {
			opened := p
			p++
			field := span{from: p}
			for {
				i := bytes.IndexByte(r.text[p:length], '"')
				if i < 0 {
					end, after, err := r.lineEnd(next)
					if errors.Is(err, io.EOF) {
						if r.nextLine-1 == r.line {
							return nil, wrong(opened, "a quote is left open (or is the file truncated?)")
						}
						return nil, wrong(length, "a quote was left open (or is the file truncated?)")
					}
					if err != nil {
						return nil, err
					}
					p, lineStart, length, next = next, next, end, after
					r.nextLine++
					continue
				}
				p += i
				if p+1 < length && r.text[p+1] == '"' {
					field.doubled = true
					p += 2
					continue
				}
				break
			}
			field.to = p
			spans = append(spans, field)
			p++
			after := p
			for p < length && (r.text[p] == ' ' || r.text[p] == '\r' || r.text[p] == '\t' && r.comma != '\t') {
				p++
			}
			if p < length && r.separator(r.text[p:length]) != 0 && (r.comma != Blanks || p == after) {
				return nil, wrong(p, "after a quoted field there must be a separator; a quote within it must be doubled")
			}
		} else {
			end := p + r.separator(r.text[p:length])
			if i := bytes.IndexByte(r.text[p:end], '"'); i >= 0 {
				return nil, wrong(p+i, "a quote within a field: the whole field must be quoted, and the quote doubled")
			}
			spans = append(spans, span{from: p, to: end})
			p = end
		}
		if r.comma == Blanks {
			continue
		}
		if p == length {
			break
		}
		p += utf8.RuneLen(r.comma)
	}
	text := r.text
	r.text = r.text[next:]
	r.fields, r.unquoted = r.fields[:0], r.unquoted[:0]
	for _, s := range spans {
		field := text[s.from:s.to]
		if s.doubled {
			from := len(r.unquoted)
			r.unquoted = append(r.unquoted, bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))...)
			field = r.unquoted[from:len(r.unquoted):len(r.unquoted)]
		}
		r.fields = append(r.fields, trimmed(field))
	}
	return r.fields, nil
}
