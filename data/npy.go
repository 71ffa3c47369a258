package data

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/flowsforflows/flows/data/filekind"
	"github.com/flowsforflows/flows/data/internal/npy"
)

// ReadNPY reads points from a NumPy .npy file. The file holds an array [N, D], or [N] for points of
// one feature, of floats of 16, 32 or 64 bits, of integers or of bools, in either byte order, in C
// or Fortran order. Numbers are rounded to float32. Of a structured array [N] each field is a
// feature with the field's name. fields are those to read, in this order, or the numbers of an
// array's columns; without them all are read. The file may be compressed by gzip, zstd or bzip2.
//
// It returns an error if the array has another dtype or rank or is empty, if the file is truncated
// or has bytes left over, or if a column varies too little about a large offset for float32. It
// also returns an error, which names the row and the column, if a number is NaN, infinite or beyond
// float32's range. It never allocates more memory than the file's size justifies, whatever the
// header says.
func ReadNPY(path string, fields ...string) (Points, error) {
	f, err := os.Open(path)
	if err != nil {
		return Points{}, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	p, err := readNPY(f, fields)
	if err != nil {
		return Points{}, fmt.Errorf("data: %s: %w", path, err)
	}
	return p, nil
}

// ReadNPYFrom reads points from r, to its end, as ReadNPY does from a file.
func ReadNPYFrom(r io.Reader, fields ...string) (Points, error) {
	p, err := readNPY(r, fields)
	if err != nil {
		return Points{}, fmt.Errorf("data: NPY: %w", err)
	}
	return p, nil
}

// readNPY reads points from r. Its errors don't name the file.
func readNPY(r io.Reader, fields []string) (Points, error) {
	if r == nil {
		return Points{}, errors.New("there must be a reader, got nil")
	}
	content, err := filekind.Open(r, npy.Magic)
	if err != nil {
		return Points{}, err
	}
	result, err := npy.Read(content, fields)
	if err != nil {
		return Points{}, err
	}
	p, _, err := fromResult(result)
	return p, err
}

// WriteNPY writes p [N, D] to a NumPy .npy file: float32, little-endian, C order, version 1. It
// writes NaN and infinities as they are, but ReadNPY will reject them. It returns an error if p
// holds no point, or if the points have weights, for which such a file has no place.
//
// The file appears whole or not at all: it is written under another name beside path and then
// renamed, so a previous file stays intact until then.
func WriteNPY(path string, p Points) error {
	if p.weights != nil {
		return fmt.Errorf("data: %s: an .npy file of points has no place for their weights: write them with WriteNPZ or WriteCSV, or the points without them (WithWeights(nil))", path)
	}
	return writePoints(path, p, npyFile)
}

// npyFile returns the content of a .npy file.
func npyFile(p Points) []byte { return npy.File(p.Len(), p.Dim(), p.Values()) }
