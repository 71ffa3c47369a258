package parquet

import (
	"fmt"
	"io"
	"os"

	pq "github.com/parquet-go/parquet-go"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/filekind"
	"github.com/flowsforflows/flows/data/internal/columns"
)

// Read reads points from a Parquet file, one a row. The points have the names of the columns. What
// the reader has guessed or left out is in their Notes.
//
// It returns an error that names the file, the row, counted from 0, and the column if a value is
// missing or isn't finite and within float32's range. It also returns an error if a column doesn't
// exist or is nested, of text or of times, if a column varies too little about a large offset for
// float32, if the sum of the weights isn't above 0, if the file is damaged, or if
// options.Conditions is set: use ReadWithConditions. It allocates no more memory than the file's
// size justifies, whatever lengths it claims.
func Read(path string, options Options) (data.Points, error) {
	if len(options.Conditions) > 0 {
		return data.Points{}, fmt.Errorf("parquet: %s: points and their conditions are read with ReadWithConditions", path)
	}
	x, _, err := readFile(path, options)
	return x, err
}

// ReadWithConditions reads points x [N, D] and the condition of each, c [N, C], from the columns of
// one file that options.Columns and options.Conditions name. It returns the same errors as Read,
// and one if a column is named twice or options.Conditions is empty. Both have the weights, if
// options.Weight is set.
func ReadWithConditions(path string, options Options) (x, c data.Points, err error) {
	if len(options.Conditions) == 0 {
		return x, c, fmt.Errorf("parquet: %s: Conditions must name the columns of the conditions, got none", path)
	}
	return readFile(path, options)
}

func readFile(path string, options Options) (x, c data.Points, err error) {
	f, err := os.Open(path)
	if err != nil {
		return x, c, fmt.Errorf("parquet: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		x, c, err = read(f, info.Size(), options)
	}
	if err != nil {
		return data.Points{}, data.Points{}, fmt.Errorf("parquet: %s: %w", path, err)
	}
	return x, c, nil
}

// read reads points from a file of that size. Its errors don't name the file.
func read(r io.ReaderAt, size int64, options Options) (x, c data.Points, err error) {
	// The library panics on some files that are damaged in ways that it doesn't look for.
	defer func() {
		if r := recover(); r != nil {
			x, c, err = data.Points{}, data.Points{}, fmt.Errorf("the file is damaged: %v", r)
		}
	}()
	if options.Missing != data.RefuseMissing && options.Missing != data.DropMissing {
		return x, c, fmt.Errorf("the option Missing must be RefuseMissing or DropMissing, got %d", options.Missing)
	}
	first := make([]byte, 64)
	n, _ := r.ReadAt(first, 0) // what opens the file returns the error of reading
	if err := filekind.Check(first[:n], filekind.Parquet); err != nil {
		return x, c, err
	}
	if err := checkFooter(r, size); err != nil {
		return x, c, err
	}
	file, err := pq.OpenFile(r, size, pq.SkipPageIndex(true), pq.SkipBloomFilters(true))
	if err != nil {
		return x, c, fmt.Errorf("the file is damaged: %w", err)
	}
	result, err := readRows(r, file, options)
	if err != nil {
		return x, c, err
	}
	return points(result)
}

// points returns the points that were read, and their conditions if there are any.
func points(r columns.Result) (x, c data.Points, err error) {
	x, err = data.NewPoints(r.Dim, r.Values)
	if err == nil {
		x, err = x.WithColumnNames(r.Names...)
	}
	if err != nil {
		return data.Points{}, data.Points{}, err
	}
	if x, err = x.WithWeights(r.Weights); err != nil {
		return data.Points{}, data.Points{}, fmt.Errorf("column %s: %w", r.WeightTitle, err)
	}
	x = x.WithNotes(r.Notes...)
	if r.Conditions == 0 {
		return x, c, nil
	}
	return x.SplitConditions(r.LastColumns()...)
}
