package csvrows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

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
	if err := l.decimalCommas(below, textBelow(head, r.eol, l.Names != nil), o); err != nil {
		return l, err
	}
	l.measure(below, len(first))
	if l.Labels && l.Comma == ',' && o.Comma == 0 && !o.DecimalGiven && allWhole(below) {
		l.LabelsHint = " If a comma is a decimal sign somewhere, nobody can tell it from a separator: write the file with another separator (Comma) or with decimal points."
	}
	l.Labels = l.Labels || l.namesRows(below, o.Decimal)
	return l, l.checkNames()
}

// textBelow returns a text without its first line, if that is a header.
func textBelow(head []byte, eol byte, header bool) []byte {
	if !header {
		return head
	}
	_, below, _ := bytes.Cut(head, []byte{eol})
	return below
}
