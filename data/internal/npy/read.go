package npy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

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

// readPlain reads an array of numbers, [N] or [N, D].
func readPlain(r io.Reader, h header, wanted []string) (columns.Result, error) {
	of, err := numberOf(h.descr)
	if err != nil {
		return columns.Result{}, err
	}
	n, d, err := h.rows()
	if err != nil {
		return columns.Result{}, err
	}
	at := func(k int) (row, column int) { return k / d, k % d }
	if h.fortran {
		at = func(k int) (row, column int) { return k % n, k / n }
	}
	var kept columns.Narrowing
	values, err := readValues(r, of, n*d, at, func(k int, exact float64, v float32) {
		if _, column := at(k); n > 1 && !of.exact { // a single row and float32 lose nothing
			kept.Saw(column, exact, v)
		}
	})
	if err != nil {
		return columns.Result{}, err
	}
	if h.fortran && d > 1 {
		sorted := make([]float32, len(values))
		for k, v := range values {
			i, j := at(k)
			sorted[i*d+j] = v
		}
		values = sorted
	}
	all := columns.Result{Values: values, Rows: n, Dim: d}
	if len(wanted) > 0 {
		choice, err := columns.Options{Columns: wanted}.Choose(nil, d)
		if err != nil {
			return columns.Result{}, err
		}
		if kept != nil {
			chosen := make(columns.Narrowing, 0, len(choice.Columns))
			for _, j := range choice.Columns {
				chosen = append(chosen, kept[j])
			}
			kept = chosen
		}
		all = chosen(all, choice.Columns)
	}
	title := func(k int) string {
		if len(wanted) > 0 {
			return wanted[k]
		}
		return strconv.Itoa(k)
	}
	all.Notes = kept.Notes(title)
	return all, kept.Check(title)
}

// chosen returns some columns of r.
func chosen(r columns.Result, numbers []int) columns.Result {
	values := make([]float32, 0, r.Rows*len(numbers))
	for i := range r.Rows {
		for _, j := range numbers {
			values = append(values, r.Values[i*r.Dim+j])
		}
	}
	return columns.Result{Values: values, Rows: r.Rows, Dim: len(numbers)}
}

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

func notFinite(row int, column string, v float64) error {
	return fmt.Errorf("row %d, column %s is %v; points must be finite and within float32's range: leave such rows out before saving, x[numpy.isfinite(x).all(axis=1)]", row, column, v)
}

// readHeader returns the header's text. The values are what is left to read.
func readHeader(r io.Reader) (string, error) {
	var start [len(Magic) + 2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:len(Magic)]) != Magic {
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", err
		}
		return "", errors.New("it isn't a .npy file: it doesn't begin with NumPy's magic string")
	}
	var length uint32
	switch major := start[len(Magic)]; major {
	case 1:
		var short uint16
		if err := binary.Read(r, binary.LittleEndian, &short); err != nil {
			return "", truncated(err, "header")
		}
		length = uint32(short)
	case 2, 3:
		if err := binary.Read(r, binary.LittleEndian, &length); err != nil {
			return "", truncated(err, "header")
		}
	default:
		return "", fmt.Errorf("the format's version must be 1, 2 or 3, got %d", major)
	}
	if length > maxHeader {
		return "", fmt.Errorf("the header must have at most %d bytes, got %d", maxHeader, length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", truncated(err, "header")
	}
	return string(text), nil
}

// truncated turns an end of file into an error that says where the file is truncated.
func truncated(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is truncated: it ends within its %s", where)
	}
	return err
}
