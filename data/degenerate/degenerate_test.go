package degenerate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func TestRepeatsTellRoundingFromSpikes(t *testing.T) {
	printed := func(digits int) func(v float64) float64 {
		return func(v float64) float64 {
			v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
			return float64(float32(v))
		}
	}
	for _, test := range []struct {
		name               string
		rows               int
		of                 func(v float64) float64
		rounded, standsOut bool
	}{
		{"float32", 1_000_000, func(v float64) float64 { return float64(float32(v)) }, false, false},
		{"six digits", 10_000, printed(6), false, false},
		{"six digits of a million", 1_000_000, printed(6), false, false},
		{"five digits", 10_000, printed(5), false, false},
		{"two digits", 10_000, printed(2), true, false},
		{"tenths", 600, func(v float64) float64 { return math.Round(10*v) / 10 }, true, false},
		{"a spike", 10_000, func(v float64) float64 { return math.Max(v, -1) }, false, true},
		{"a spike among rounded values", 10_000, func(v float64) float64 { return printed(6)(math.Max(v, -1)) }, false, true},
		{"few rows", 30, func(v float64) float64 { return math.Max(v, 1) }, false, true},
	} {
		r, values := rand.New(rand.NewPCG(1, 2)), make([]float64, test.rows)
		for i := range values {
			values[i] = test.of(r.NormFloat64())
		}
		slices.Sort(values)
		if got := Count(values); got.Rounded() != test.rounded || got.StandsOut() != test.standsOut {
			t.Errorf("%s: rounded %v and stands out %v, want %v and %v: %+v", test.name, got.Rounded(), got.StandsOut(), test.rounded, test.standsOut, got)
		}
	}
}

func TestPrintedTellsSixDigitsFromFloat32(t *testing.T) {
	if !Printed([]float32{0.123456, -12.5, 1.5e-7, 123456, 0}) || Printed([]float32{1.5, float32(math.Pi)}) || Printed(nil) {
		t.Error("what is printed is taken for what isn't")
	}
}

func TestNoValuesRepeatAmongNone(t *testing.T) {
	if got := Count([]float64(nil)); got.Share() != 0 || got.Rounded() || got.StandsOut() {
		t.Errorf("of no values it counts %+v", got)
	}
}
