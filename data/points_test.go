package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

const jetsCSV = "mass,energy,,pT,pT\n1,2,3,4,5\n6,7,8,9,10\n"

func TestPointsOfACSVKeepTheNamesOfItsHeader(t *testing.T) {
	read := func(options CSV) Points {
		p, err := ReadCSVFrom(strings.NewReader(jetsCSV), options)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	all := read(CSV{})
	for _, test := range []struct {
		name string
		p    Points
		want []string
	}{
		{"all columns, of which two share a name", all, []string{"mass", "energy", "", "", ""}},
		{"chosen columns", read(CSV{Columns: []string{"energy", "mass"}}), []string{"energy", "mass"}},
		{"names as a row", read(CSV{Header: WithHeader, Columns: []string{"2", "energy"}}), []string{"", "energy"}},
		{"only nameless columns", read(CSV{Columns: []string{"2", "3"}}), nil},
		{"slice", all.Slice(1, 2), []string{"mass", "energy", "", "", ""}},
		{"rows", must(t)(all.Pick(1, 0)), []string{"mass", "energy", "", "", ""}},
		{"columns", must(t)(all.Columns(1, 0, 1)), []string{"energy", "mass", "energy"}},
		{"side by side", must(t)(pointsOf(t, 1, 0, 0).HStack(must(t)(all.Columns(0)))), []string{"", "mass"}},
		{"no header", must(t)(ReadCSVFrom(strings.NewReader("1,2\n3,4\n"), CSV{})), nil},
	} {
		if got := test.p.ColumnNames(); !slices.Equal(got, test.want) || (got == nil) != (test.want == nil) {
			t.Errorf("%s: names are %q, want %q", test.name, got, test.want)
		}
	}
	scaler, err := FitScaler(all)
	if err != nil {
		t.Fatal(err)
	}
	if got := must(t)(scaler.Transform(all)).ColumnTitle(1); got != `"energy"` {
		t.Errorf("after scaling column 1 is %s", got)
	}
	noisy, grid, err := Dequantize(all, Dequantization{Columns: []int{0}, Quantum: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	if got := must(t)(grid.Quantize(noisy)).ColumnTitle(0); got != `"mass"` {
		t.Errorf("on and off the grid column 0 is %s", got)
	}
}

func TestMessagesNameAColumnByItsName(t *testing.T) {
	p, err := pointsOf(t, 2, 1, 5, 2, 5).WithColumnNames("mass\x1b[31m", strings.Repeat("long", 20))
	if err != nil {
		t.Fatal(err)
	}
	_, err = FitScaler(p)
	wantError(t, err, `column "`+strings.Repeat("long", 10)+`…" is 5 in all 2 points`)
	p.Values()[2] = float32(math.NaN())
	wantError(t, p.CheckFinite(), `row 1, column "mass\x1b[31m" is NaN`)
	plain, err := p.WithColumnNames()
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, plain.CheckFinite(), "row 1, column 0 is NaN")
	_, err = p.WithColumnNames("mass")
	wantError(t, err, "a name for each of 2 columns, got 1")
}

// must returns a function that returns points, or fails the test if there is an error.
func must(t *testing.T) func(Points, error) Points {
	return func(p Points, err error) Points {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}
