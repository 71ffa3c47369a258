package npy

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// Read reads an array [N] or [N, D] from r, to its end. wanted are the fields of a structured array
// or the columns of another, by name or number; empty means all.
func Read(r *bufio.Reader, wanted []string) (columns.Result, error) {
	text, err := readHeader(r)
	if err != nil {
		return columns.Result{}, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return columns.Result{}, err
	}
	var result columns.Result
	if h.descr != "" && h.descr[0] == '[' {
		result, err = readStructured(r, h, wanted)
	} else {
		result, err = readPlain(r, h, wanted)
	}
	if err != nil {
		return columns.Result{}, err
	}
	return result, ended(r, h.shape[0], result.Dim)
}

// Exact reads an array [N] of numbers from r, to its end, without rounding them to float32.
func Exact(r *bufio.Reader) ([]float64, error) {
	text, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	of, err := numberOf(h.descr)
	if err != nil {
		return nil, err
	}
	n, d, err := h.rows()
	if err != nil {
		return nil, err
	}
	if d != 1 {
		return nil, fmt.Errorf("the array must have one column, got shape %v", h.shape)
	}
	var exact []float64
	_, err = readValues(r, of, n, func(k int) (row, column int) { return k, 0 }, func(_ int, v float64, _ float32) { exact = append(exact, v) })
	if err != nil {
		return nil, err
	}
	return exact, ended(r, n, 1)
}

// ended returns an error unless a file ends after its points.
func ended(r *bufio.Reader, n, d int) error {
	switch _, err := r.ReadByte(); {
	case err == nil:
		return fmt.Errorf("the file must end after its %d points of dimension %d, but more bytes follow", n, d)
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}
