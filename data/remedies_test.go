package data

import (
	"math"
	"strings"
	"testing"
)

// An error of a map says what to do.
func TestErrorsOfMapsSayWhatToDo(t *testing.T) {
	values := []float32{0.5, 1, 0, 2, 0}
	for i := range 40 {
		values = append(values, 3+float32(i)/16)
	}
	p, err := NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		maps []ColumnMap
		says []string
	}{
		{[]ColumnMap{Spike(7)}, []string{"Prepare", "data.Spike(7)"}},
		{[]ColumnMap{Whole}, []string{"Dequantize", "row 0"}},
		{[]ColumnMap{Log}, []string{"data.Spike(0)", "row 2"}},
		{[]ColumnMap{Logit(0, 10)}, []string{"data.Spike(0)", "row 2"}},
	} {
		_, err := FitPipeline(p, ColumnMaps{"0", test.maps})
		for _, part := range test.says {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%v: the error is %v, want %q in it", test.maps, err, part)
			}
		}
	}
	if _, err := FitPipeline(p, ColumnMaps{"0", []ColumnMap{Spike(0), Log}}); err != nil {
		t.Errorf("what is proposed gives %v", err)
	}
	if _, err := p.OnCircle("0", 2, 1); err == nil || !strings.Contains(err.Error(), "OnCircle") {
		t.Errorf("a period that ends before it begins gives %v", err)
	}
}

// Two ways to write one map are one map, so that plans with either have one fingerprint.
func TestLogAbove0IsLog(t *testing.T) {
	if LogAbove(0) != Log || LogAbove(math.Copysign(0, -1)) != Log || LogAbove(1) == Log {
		t.Errorf("LogAbove(0) is %v", LogAbove(0))
	}
}

// A column is found by its name and by its number, in every function that takes one.
func TestColumnsAreFoundByNameAndByNumber(t *testing.T) {
	p, err := NewPoints(3, []float32{1, 2, 3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.WithColumnNames("a", "0", ""); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"a": 0, "0": 1, "1": 1, "2": 2} { // a name comes before a number
		if j, err := p.ColumnNumber(name); err != nil || j != want {
			t.Errorf("column %q is %d, %v, want %d", name, j, err, want)
		}
	}
	for _, name := range []string{"", "3", "-1", "b"} {
		if j, err := p.ColumnNumber(name); err == nil {
			t.Errorf("column %q is %d", name, j)
		}
	}
	on, err := p.OnCircle("2", 0, 360)
	if err != nil || on.ColumnNames()[2] != "cos 2" {
		t.Errorf("an angle by its number gives %v, %v", on.ColumnNames(), err)
	}
	if _, err := FitPipeline(p, ColumnMaps{"a", []ColumnMap{Log}}, ColumnMaps{"0", []ColumnMap{Log}}, ColumnMaps{"1", []ColumnMap{Log}}); err == nil {
		t.Error("a column is given maps by its name and by its number")
	}
}
