package data

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestReadCSVGivesBackWhatWriteCSVWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.csv")
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 5).Draw(t, "dim")
		n := rapid.IntRange(1, 40).Draw(t, "n")
		values := rapid.SliceOfN(rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32), n*dim, n*dim).Draw(t, "values")
		if rapid.Bool().Draw(t, "narrow") { // a few steps of float32 apart
			for i := range values {
				values[i] = math.Float32frombits(math.Float32bits(0.1) + uint32(rapid.IntRange(0, 9).Draw(t, "steps")))
			}
		}
		if rapid.Bool().Draw(t, "counting") { // as an index does, or a header of pandas
			for i := range values {
				values[i] = float32(i / dim)
				if i < dim && rapid.Bool().Draw(t, "along the row") {
					values[i] = float32(i)
				}
			}
		}
		var names []string
		if rapid.Bool().Draw(t, "named") {
			names = rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][ ,"a-z]{0,5}[a-z]`), dim, dim, rapid.ID).Draw(t, "names")
		}
		p, err := NewPoints(dim, values)
		if err == nil {
			p, err = p.WithColumnNames(names...)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteCSV(path, p); err != nil {
			t.Fatal(err)
		}
		how := CSV{Header: DetectHeader}
		if names != nil { // one of them may be "id" or "no", which an index has too
			how = CSV{Header: WithHeader, KeepIndex: true}
		}
		q, err := ReadCSV(path, how)
		if err != nil {
			t.Fatal(err)
		}
		if q.Dim() != dim || !slices.Equal(q.Values(), values) || names != nil && !slices.Equal(q.ColumnNames(), names) {
			t.Fatalf("wrote %v of %q, read %v of %q", values, names, q.Values(), q.ColumnNames())
		}
	})
}

func TestWriteCSVNamesColumnsWithoutANameByTheirNumber(t *testing.T) {
	p, err := NewPoints(2, []float32{1, 0.1, -3e10, 4})
	if err == nil {
		p, err = p.WithColumnNames("mass", "")
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "points.csv")
	if err := WriteCSV(path, p); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if want := "mass,column 1\n1,0.1\n-3e+10,4\n"; err != nil || string(file) != want {
		t.Errorf("wrote %q, want %q, %v", file, want, err)
	}
}
