package data

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ReadCSV reads points from a file of comma-separated values, one point a row. The file may be
// compressed by gzip, zstd or bzip2, and be UTF-8 or UTF-16. Fields may be quoted; blank lines are
// skipped. Lines at the top that begin with # are comments, but the last of them is the header if
// it names the columns, as that of numpy.savetxt does. The points keep the column names of the
// header; see ColumnNames. What the reader has guessed or left out is in their Notes.
//
// It returns an error that names the file, the line and the column if rows differ in length, if a
// field isn't a finite number within float32's range, if a value is missing, or if a quote isn't
// closed. It also returns an error if the file holds no points, if a column doesn't exist, if a
// column varies too little about a large offset for float32, if the sum of the weights isn't above
// 0, if the file is of another kind, or if options.Conditions is set: use ReadCSVWithConditions.
func ReadCSV(path string, options CSV) (Points, error) {
	if len(options.Conditions) > 0 {
		return Points{}, fmt.Errorf("data: %s: points and their conditions are read with ReadCSVWithConditions", path)
	}
	x, _, err := readCSVFile(path, options)
	return x, err
}

// ReadCSVWithConditions reads points x [N, D] and the condition of each, c [N, C], from the columns
// of one file that options.Columns and options.Conditions name. It returns the same errors as
// ReadCSV, and one if a column is named twice or options.Conditions is empty. Both have the
// weights, if options.Weight is set. Notes on both are in those of x.
func ReadCSVWithConditions(path string, options CSV) (x, c Points, err error) {
	if len(options.Conditions) == 0 {
		return Points{}, Points{}, fmt.Errorf("data: %s: Conditions must name the columns of the conditions, got none", path)
	}
	return readCSVFile(path, options)
}

// ReadCSVFrom reads points from r as ReadCSV does from a file.
func ReadCSVFrom(r io.Reader, options CSV) (Points, error) {
	if len(options.Conditions) > 0 {
		return Points{}, errors.New("data: CSV: points and their conditions are read with ReadCSVWithConditions")
	}
	x, _, err := readCSV(r, 0, options)
	if err != nil {
		return Points{}, fmt.Errorf("data: CSV: %w", err)
	}
	return x, nil
}

// readCSVFile reads the features and the conditions from the file at path.
func readCSVFile(path string, options CSV) (x, c Points, err error) {
	f, err := os.Open(path)
	if err != nil {
		return Points{}, Points{}, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	size := int64(0) // to expect rows by
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	if x, c, err = readCSV(f, size, options); err != nil {
		return Points{}, Points{}, fmt.Errorf("data: %s: %w", path, err)
	}
	return x, c, nil
}

// readCSV reads the features and the conditions from r, which holds some size bytes, or 0 if that
// isn't known. Its errors don't name the file.
func readCSV(r io.Reader, size int64, options CSV) (x, c Points, err error) {
	f, err := openCSV(r, options)
	if err != nil {
		return Points{}, Points{}, err
	}
	f.table.Expect(f.rows.Size(size))
	for {
		if f.plain && f.rows.Numbers(f.table.Row, f.decimal) {
			if k, coded, err := f.table.AnyCoded(); err != nil {
				return Points{}, Points{}, fmt.Errorf("line %d, column %s: %w, got %v", f.rows.Line(), f.table.Title(k), err, f.table.Row[k])
			} else if coded {
				f.table.Drop()
				continue
			}
			if k, problem := f.table.Add(); problem != "" {
				return Points{}, Points{}, fmt.Errorf("line %d, column %s: %s, got %v", f.rows.Line(), f.table.Title(k), problem, f.table.Row[k])
			}
			continue
		}
		row, err := f.rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = f.add(row)
		}
		if err != nil {
			return Points{}, Points{}, err
		}
	}
	result, err := f.table.Finish()
	if err != nil {
		return Points{}, Points{}, err
	}
	notes := f.layout.Notes
	if f.comments > 0 {
		notes = append(notes, fmt.Sprintf("Left out %d lines among the rows that begin with #, as comments.", f.comments))
	}
	result.Notes = append(notes, result.Notes...)
	return fromResult(result)
}
