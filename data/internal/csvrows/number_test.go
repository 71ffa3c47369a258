package csvrows

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// Number must give the same bits as strconv for each way of writing a number.
func TestNumbersAreThoseOfStrconv(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	check := func(text string) {
		want, err := strconv.ParseFloat(text, 64)
		if got, ok := Number([]byte(text), '.'); !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q is %v (%v), want %v (%v)", text, got, ok, want, err)
		}
		if got, ok := Number([]byte(strings.ReplaceAll(text, ".", ",")), ','); !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q with a decimal comma is %v (%v), want %v", text, got, ok, want)
		}
	}
	for range 200_000 {
		switch v := rng.NormFloat64(); rng.IntN(6) {
		case 0:
			check(strconv.FormatFloat(v, 'g', -1, 64))
		case 1:
			check(strconv.FormatFloat(v, 'g', -1, 32))
		case 2:
			check(strconv.FormatFloat(math.Float64frombits(rng.Uint64()&^(1<<62)), 'g', rng.IntN(20), 64))
		case 3:
			check(fmt.Sprintf("%d.%d", rng.Int64N(1e6), rng.Uint64()))
		case 4:
			check(fmt.Sprintf("-%de%d", rng.Uint64()>>rng.IntN(64), rng.IntN(120)-60))
		case 5: // halfway between two float64, or just beside
			f := math.Abs(v)
			half := strconv.FormatFloat(f+(math.Nextafter(f, 9)-f)/2, 'f', 40, 64)
			check(half[:min(len(half), 12+rng.IntN(30))])
		}
	}
	for _, text := range []string{"0", "-0", "+1", "1.", ".5", "1e5", "1E-5", "9007199254740993", "9007199254740991.5", "18446744073709551615", "99999999999999999999", "1e22", "1e23", "1e999", "-1e999", "1e-999", "4.9e-324", "2.2250738585072011e-308", "0.000000000000000000000000000000000000000000001", "1.7976931348623157e308"} {
		check(text)
	}
}

func TestOnlyDecimalNumbersAreNumbers(t *testing.T) {
	for _, text := range []string{"", "-", "+", ".", "e5", "1e", "1e+", "1_000", "0x1p4", "0X1P4", "1,5", "1.5.2", "--1", "1 2", "1.5GeV", "1e5.5", "0b1"} {
		if v, ok := Number([]byte(text), '.'); ok {
			t.Errorf("%q is %v", text, v)
		}
	}
	if v, ok := Number([]byte("1.5"), ','); ok {
		t.Errorf("with a decimal comma, 1.5 is %v", v)
	}
	for _, text := range []string{"inf", "-Infinity", "nan"} { // which readers name as what they are
		if v, ok := Number([]byte(text), '.'); !ok || !math.IsInf(v, 0) && !math.IsNaN(v) {
			t.Errorf("%q is %v (%v)", text, v, ok)
		}
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("1.5e-3")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := Number([]byte(text), '.')
		want, err := strconv.ParseFloat(text, 64)
		isRange := err != nil && strings.Contains(err.Error(), "range")
		if strings.ContainsAny(text, "_xXpP") {
			return
		}
		if ok != (err == nil || isRange) || ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%q is %v (%v), want %v (%v)", text, got, ok, want, err)
		}
	})
}
