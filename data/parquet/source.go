package parquet

import (
	"errors"
	"fmt"
	"io"
	"math"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// source gives the values of one column, one after the other.
type source struct {
	chunk  int // number of the column chunk in each row group
	number func(pq.Value) float64
	text   bool // whether values are classes

	pages  pq.Pages
	page   pq.Page
	values pq.ValueReader
	block  []pq.Value // what was read of values
	unread []pq.Value
	class  []byte
}

// newSource returns the source of a column. It returns an error if the column holds no numbers, or
// no texts for a column of classes.
func newSource(column *pq.Column, element format.SchemaElement, kind columns.Kind) (*source, error) {
	if !column.Leaf() || column.Repeated() {
		return nil, errors.New("the column is nested: make a plain column of each of its values, or leave it out by Columns")
	}
	s := &source{chunk: column.Index(), block: make([]pq.Value, 256)}
	var err error
	s.number, err = numberOf(element)
	switch text := isText(element); {
	case err == nil:
		s.text = kind == columns.Classes
	case text && kind != columns.Number:
		s.text, err = true, nil
	case text:
		err = errors.New("the column holds text: leave it out by Columns, or name it in Classes")
	}
	return s, err
}

// open begins a column chunk.
func (s *source) open(chunk pq.ColumnChunk) {
	s.pages, s.values, s.unread = chunk.Pages(), nil, nil
}

// close ends it.
func (s *source) close() {
	s.release()
	if s.pages != nil {
		_ = s.pages.Close() // of reading
		s.pages = nil
	}
}

func (s *source) release() {
	if s.page != nil {
		pq.Release(s.page)
		s.page = nil
	}
	s.values = nil
}

// next sets the table's column k to the next value. It returns whether the value is missing.
func (s *source) next(table *columns.Table, k int) (missing bool, err error) {
	for len(s.unread) == 0 {
		if err := s.fill(); err != nil {
			return false, err
		}
	}
	v := s.unread[0]
	s.unread = s.unread[1:]
	if v.IsNull() {
		return true, nil
	}
	if s.text {
		s.class = v.AppendBytes(s.class[:0])
		if s.number != nil {
			s.class = fmt.Append(s.class[:0], s.number(v))
		}
		if (len(s.class) == 0 || table.CodedText(string(s.class))) && !table.Listed(k, string(s.class)) {
			return true, nil
		}
		table.Row[k], err = table.Class(k, s.class)
		return false, err
	}
	table.Row[k] = s.number(v)
	return math.IsNaN(table.Row[k]) || table.Coded(table.Row[k]), nil
}

// fill reads further values.
func (s *source) fill() error {
	if s.values == nil {
		page, err := s.pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return errors.New("the file is damaged: the column ends before the others")
		}
		if err != nil {
			return fmt.Errorf("the file is damaged: %w", err)
		}
		s.page, s.values = page, page.Values()
	}
	n, err := s.values.ReadValues(s.block)
	s.unread = s.block[:n]
	switch {
	case errors.Is(err, io.EOF):
		// The values of a page need not outlive it, but these are read before the page is.
		if n == 0 {
			s.release()
		}
		return nil
	case err != nil:
		return fmt.Errorf("the file is damaged: %w", err)
	case n == 0:
		return errors.New("the file is damaged: a page gives no values")
	}
	return nil
}
