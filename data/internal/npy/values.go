package npy

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// readValues reads count numbers in the file's order. It calls saw with each number and the float32
// that is kept of it. It returns an error if a number isn't finite as a float32; at gives its row
// and column.
func readValues(
	r io.Reader, of number, count int, at func(k int) (row, column int), saw func(k int, exact float64, v float32),
) ([]float32, error) {
	// The count is only the header's claim, so memory grows with what is really read.
	const block = 1 << 13
	values := make([]float32, 0, min(count, block))
	bytes := make([]byte, block*of.size)
	for len(values) < count {
		part := bytes[:min(block, count-len(values))*of.size]
		if got, err := io.ReadFull(r, part); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, err
			}
			return nil, fmt.Errorf("the file is truncated: its header promises %d numbers, but it ends after %d", count, len(values)+got/of.size)
		}
		for ; len(part) > 0; part = part[of.size:] {
			exact := of.decode(part)
			v := float32(exact)
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				row, column := at(len(values))
				return nil, notFinite(row, strconv.Itoa(column), exact)
			}
			saw(len(values), exact, v)
			values = append(values, v)
		}
	}
	return values, nil
}

// readRecord reads size bytes. The size is only the header's claim, so a long record grows with
// what is really read.
func readRecord(r io.Reader, record []byte, size int) ([]byte, error) {
	record = record[:0]
	for len(record) < size {
		part := min(size-len(record), 1<<16)
		from := len(record)
		record = append(record, make([]byte, part)...)
		if _, err := io.ReadFull(r, record[from:]); err != nil {
			return record, truncated(err, "values")
		}
	}
	return record, nil
}

func notFinite(row int, column string, v float64) error {
	return fmt.Errorf("row %d, column %s is %v; points must be finite and within float32's range: leave such rows out before saving, x[numpy.isfinite(x).all(axis=1)]", row, column, v)
}
