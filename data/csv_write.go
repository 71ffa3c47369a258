package data

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// WriteCSV writes p [N, D] to a file of comma-separated values, one point a row. If the points have
// column names, the first row is a header: a column without a name is named by its number. Numbers
// have as many digits as it takes to read back the same float32, and all of them in a column that
// varies by a few steps of float32 only. WriteCSV writes NaN and infinities as they are, but
// ReadCSV will reject them. It returns an error if p holds no point.
//
// The file appears whole or not at all, as that of WriteNPY does. If a name of the header could be
// read as a number, read the file with the option WithHeader.
func WriteCSV(path string, p Points) error { return writePoints(path, p, csvText) }

// csvText returns the content of a CSV file: its header, if there is one, and the rows.
func csvText(p Points) []byte {
	var file bytes.Buffer
	rows := csv.NewWriter(&file)
	if names := p.ColumnNames(); names != nil {
		for j, name := range names {
			if name == "" {
				names[j] = "column " + strconv.Itoa(j)
			}
		}
		_ = rows.Write(names) // a Buffer takes everything
	}
	fields, bits := make([]string, p.Dim()), digits(p)
	for i := range p.Len() {
		for j, v := range p.Row(i) {
			fields[j] = strconv.FormatFloat(float64(v), 'g', -1, bits[j])
		}
		_ = rows.Write(fields)
	}
	rows.Flush()
	return file.Bytes()
}

// digits returns for each column the bits that its numbers are written for: 32, or 64 if rounding
// them to their shortest form would leave too little of the column's variation for ReadCSV.
func digits(p Points) []int {
	var rounded columns.Narrowing
	for i := range p.Len() {
		for j, v := range p.Row(i) {
			short, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
			rounded.Saw(j, short, v)
		}
	}
	bits := make([]int, p.Dim())
	for j := range bits {
		bits[j] = 32
		if rounded.TooNarrow(j) {
			bits[j] = 64
		}
	}
	return bits
}
