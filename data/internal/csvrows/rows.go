package csvrows

import (
	"bytes"
	"unicode/utf8"
)

// Line returns the line, counted from 1, on which the last row begins.
func (r *Reader) Line() int { return r.line }

// Next returns the fields of the next row, valid until the following call. After the last row it
// returns io.EOF.
func (r *Reader) Next() ([][]byte, error) {
	for {
		length, next, err := r.lineEnd(0)
		if err != nil {
			return nil, err
		}
		r.line = r.nextLine
		r.nextLine++
		line := r.text[:length]
		if r.blank(line) {
			r.text = r.text[next:]
			continue
		}
		if bytes.IndexByte(line, '"') >= 0 {
			return r.quotedRow(length, next)
		}
		r.text = r.text[next:]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		return r.split(line), nil
	}
}

// Numbers sets row to the fields of the next row if these are as many plain numbers and nothing
// else: without blanks around them and quotes. Otherwise it returns false and doesn't consume the
// row. This is the form of most rows of most files, and the quickest to read.
func (r *Reader) Numbers(row []float64, decimal byte) bool {
	end := bytes.IndexByte(r.text, r.eol)
	if end < 0 || r.comma >= utf8.RuneSelf {
		return false
	}
	line, comma := r.text[:end], byte(r.comma)
	if end > 0 && line[end-1] == '\r' {
		line = line[:end-1]
	}
	last := len(row) - 1
	for k := range row {
		v, n := scan(line, decimal)
		if n == 0 || (n == len(line)) != (k == last) {
			return false
		}
		row[k] = v
		if k < last {
			if line[n] != comma {
				return false
			}
			line = line[n+1:]
		}
	}
	r.text = r.text[end+1:]
	r.line = r.nextLine
	r.nextLine++
	return true
}
