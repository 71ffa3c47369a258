package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

// float64NPY returns a file of one column of float64.
func float64NPY(values []float64) []byte {
	var rest []byte
	for _, v := range values {
		rest = binary.LittleEndian.AppendUint64(rest, math.Float64bits(v))
	}
	return npyWith(fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", len(values)), rest)
}

func TestReadersSayWhatFloat32Cannot(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   string // of the error; empty where the column can be read
	}{
		{"an offset of 1e8", []float64{1e8, 1e8 + 1.5, 1e8 + 3}, "goes from 1e+08 to 1.00000003e+08, too little for float32, whose steps there are 8"},
		{"seconds since 1970", []float64{1.7e9, 1.7e9 + 1, 1.7e9 + 200}, "goes from 1.7e+09 to 1.7000002e+09, too little for float32, whose steps there are 128"},
		{"below float32", []float64{1e-50, 3e-50}, "goes from 1e-50 to 3e-50, too little for float32, whose steps there are 1.4e-45"},
		{"an offset with room", []float64{1e8, 1e8 + 101, 1e8 - 207}, ""},
		{"steps of float32's own", []float64{1e8, 1e8 + 8, 1e8 + 16}, ""},
		{"a constant", []float64{0.1, 0.1, 0.1}, ""},
		{"small numbers", []float64{1e-30, 3e-30, 2e-30}, ""},
		{"subnormal", []float64{1e-40, 3e-40, 2e-40}, ""},
		{"huge", []float64{-3e38, 3e38}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var text strings.Builder
			text.WriteString("x,time\n")
			for i, v := range test.values {
				fmt.Fprintf(&text, "%d,%v\n", i, v)
			}
			_, csv := ReadCSVFrom(strings.NewReader(text.String()), CSV{})
			_, npy := ReadNPYFrom(bytes.NewReader(float64NPY(test.values)))
			if test.want == "" {
				if csv != nil || npy != nil {
					t.Errorf("got the errors %v and %v, want none", csv, npy)
				}
				return
			}
			wantError(t, csv, `data: CSV: column 1 ("time") `+test.want)
			wantError(t, npy, "data: NPY: column 0 "+test.want)
			// Leaving the column out avoids the error.
			if _, err := ReadCSVFrom(strings.NewReader(text.String()), CSV{Columns: []string{"x"}}); err != nil {
				t.Errorf("without the column: %v", err)
			}
		})
	}
}
