package data

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// WriteCSV writes p [N, D] to a file of comma-separated values, one point a row. If the points have
// column names, the first row is a header: a column without a name is named by its number. Numbers
// have as many digits as it takes to read back the same float32, and all of them in a column that
// varies by a few steps of float32 only. WriteCSV writes NaN and infinities as they are, but
// ReadCSV will reject them. It returns an error if p holds no point.
//
// Points without column names get a header, "column 0" and so on, where ReadCSV would otherwise
// take the first row for a header of numbers or the first column for an index. If a first column
// that counts the rows has a name such as "id", read the file with the option KeepIndex.
//
// Weights of the points become the last column, named "weight"; then there is always a header, and
// the option Weight: "weight" reads them back. It is an error if a feature has that name.
//
// The file appears whole or not at all, as that of WriteNPY does. If a name of the header could be
// read as a number, read the file with the option WithHeader.
func WriteCSV(path string, p Points) error {
	if p.weights != nil && slices.Contains(p.names, weightColumn) {
		return fmt.Errorf("data: %s: the column of the weights is named %q, so no feature may be: rename it (WithColumnNames)", path, weightColumn)
	}
	return writePoints(path, p, csvText)
}

// weightColumn is the name of the column that holds the weights in a file that WriteCSV writes.
const weightColumn = "weight"

// csvText returns the content of a CSV file: its header, if there is one, and the rows.
func csvText(p Points) []byte {
	var file bytes.Buffer
	rows := csv.NewWriter(&file)
	names := p.ColumnNames()
	if names == nil && (p.weights != nil || misleading(p)) {
		names = make([]string, p.Dim())
	}
	if names != nil {
		for j, name := range names {
			if name == "" {
				names[j] = "column " + strconv.Itoa(j)
			}
		}
		if p.weights != nil {
			names = append(names, weightColumn)
		}
		_ = rows.Write(names) // a Buffer takes everything
	}
	fields, bits := make([]string, p.Dim(), p.Dim()+1), digits(p)
	for i := range p.Len() {
		for j, v := range p.Row(i) {
			fields[j] = strconv.FormatFloat(float64(v), 'g', -1, bits[j])
		}
		if p.weights != nil {
			fields = append(fields[:p.Dim()], strconv.FormatFloat(p.weights[i], 'g', -1, 64))
		}
		_ = rows.Write(fields)
	}
	rows.Flush()
	return file.Bytes()
}

// misleading reports whether the first row counts from 0, as a header of pandas does, or the first
// column counts the rows, as an index does.
func misleading(p Points) bool {
	if p.d < 2 || p.n == 0 {
		return false
	}
	row, column := true, true
	for j, v := range p.Row(0) {
		row = row && v == float32(j)
	}
	first := p.values[0]
	for i := range p.n {
		column = column && p.values[i*p.d] == first+float32(i)
	}
	return row || column && (first == 0 || first == 1)
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
