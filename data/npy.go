package data

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// The .npy format, as numpy.lib.format describes it, consists of the magic string, two bytes of
// version, the header's length (2 bytes in version 1, 4 in versions 2 and 3, little-endian), the
// header (a Python dictionary) and the values.
const (
	npyMagic = "\x93NUMPY"
	// npyMaxHeader is far more than the header of a two-dimensional array needs. A file with a
	// longer header is rejected.
	npyMaxHeader = 1 << 16
	// npyAlign is the number of bytes that the header is padded to a multiple of, so that the
	// values can be mapped into memory.
	npyAlign = 64
)

// ReadNPY reads points from a NumPy .npy file. The file holds an array [N, D], or [N] for points of
// one feature, of float32 or float64 in either byte order, in C or Fortran order. float64 is
// rounded to float32.
//
// It returns an error if the array has another dtype or rank or is empty, if the file is truncated
// or has bytes left over, or if a column varies too little about a large offset for float32. It
// also returns an error, which names the row and the column, if a number is NaN, infinite or beyond
// float32's range. It never allocates more memory than the file's size justifies, whatever the
// header says.
func ReadNPY(path string) (Points, error) {
	f, err := os.Open(path)
	if err != nil {
		return Points{}, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	p, err := readNPY(f)
	if err != nil {
		return Points{}, fmt.Errorf("data: %s: %w", path, err)
	}
	return p, nil
}

// ReadNPYFrom reads points from r, to its end, as ReadNPY does from a file.
func ReadNPYFrom(r io.Reader) (Points, error) {
	p, err := readNPY(r)
	if err != nil {
		return Points{}, fmt.Errorf("data: NPY: %w", err)
	}
	return p, nil
}

// readNPY reads points from r. Its errors don't name the file.
func readNPY(r io.Reader) (Points, error) {
	if r == nil {
		return Points{}, errors.New("there must be a reader, got nil")
	}
	buffered := bufio.NewReaderSize(r, 1<<16)
	text, err := readNPYHeader(buffered)
	if err != nil {
		return Points{}, err
	}
	header, err := parseNPYHeader(text)
	if err != nil {
		return Points{}, err
	}
	number, ok := npyNumbers[header.descr]
	if !ok {
		return Points{}, fmt.Errorf("the dtype must be '<f4', '<f8', '>f4' or '>f8' (float32 or float64), got %s", header.descr)
	}
	n, d, err := header.rows()
	if err != nil {
		return Points{}, err
	}
	at := func(k int) (row, column int) { return k / d, k % d }
	if header.fortran {
		at = func(k int) (row, column int) { return k % n, k / n }
	}
	var kept columns.Narrowing
	values, err := readNPYValues(buffered, number, n*d, at, func(k int, exact float64, v float32) {
		if _, column := at(k); n > 1 && number.size > 4 { // a single row and float32 lose nothing
			kept.Saw(column, exact, v)
		}
	})
	if err != nil {
		return Points{}, err
	}
	if err := kept.Check(strconv.Itoa); err != nil {
		return Points{}, err
	}
	switch _, err := buffered.ReadByte(); {
	case err == nil:
		return Points{}, fmt.Errorf("the file must end after its %d points of dimension %d, but more bytes follow", n, d)
	case !errors.Is(err, io.EOF):
		return Points{}, err
	}
	if header.fortran && d > 1 {
		sorted := make([]float32, len(values))
		for k, v := range values {
			i, j := at(k)
			sorted[i*d+j] = v
		}
		values = sorted
	}
	return NewPoints(d, values)
}

// npyNumber describes how a dtype stores a number.
type npyNumber struct {
	size   int
	decode func([]byte) float64
}

var npyNumbers = map[string]npyNumber{
	"'<f4'": {4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }},
	"'>f4'": {4, func(b []byte) float64 { return float64(math.Float32frombits(binary.BigEndian.Uint32(b))) }},
	"'<f8'": {8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }},
	"'>f8'": {8, func(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }},
}

// readNPYValues reads count numbers in the file's order. It calls saw with each number and the
// float32 that is kept of it. It returns an error if a number isn't finite as a float32; at gives
// its row and column.
func readNPYValues(
	r io.Reader, number npyNumber, count int, at func(k int) (row, column int), saw func(k int, exact float64, v float32),
) ([]float32, error) {
	// The count is only the header's claim, so memory grows with what is really read.
	const block = 1 << 13
	values := make([]float32, 0, min(count, block))
	bytes := make([]byte, block*number.size)
	for len(values) < count {
		part := bytes[:min(block, count-len(values))*number.size]
		if got, err := io.ReadFull(r, part); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, err
			}
			return nil, fmt.Errorf("the file is truncated: its header promises %d numbers, but it ends after %d", count, len(values)+got/number.size)
		}
		for ; len(part) > 0; part = part[number.size:] {
			exact := number.decode(part)
			v := float32(exact)
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				row, column := at(len(values))
				return nil, fmt.Errorf("row %d, column %d is %v; points must be finite and within float32's range", row, column, exact)
			}
			saw(len(values), exact, v)
			values = append(values, v)
		}
	}
	return values, nil
}

// readNPYHeader returns the header's text. The values are what is left to read.
func readNPYHeader(r io.Reader) (string, error) {
	var start [len(npyMagic) + 2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:len(npyMagic)]) != npyMagic {
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", err
		}
		return "", errors.New("it isn't a .npy file: it doesn't begin with NumPy's magic string")
	}
	var length uint32
	switch major := start[len(npyMagic)]; major {
	case 1:
		var short uint16
		if err := binary.Read(r, binary.LittleEndian, &short); err != nil {
			return "", truncatedNPY(err, "header")
		}
		length = uint32(short)
	case 2, 3:
		if err := binary.Read(r, binary.LittleEndian, &length); err != nil {
			return "", truncatedNPY(err, "header")
		}
	default:
		return "", fmt.Errorf("the format's version must be 1, 2 or 3, got %d", major)
	}
	if length > npyMaxHeader {
		return "", fmt.Errorf("the header must have at most %d bytes, got %d", npyMaxHeader, length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", truncatedNPY(err, "header")
	}
	return string(text), nil
}

// truncatedNPY turns an end of file into an error that says where the file is truncated.
func truncatedNPY(err error, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is truncated: it ends within its %s", where)
	}
	return err
}
