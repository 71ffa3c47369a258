package data_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func ExampleBinaryCode() {
	code, err := data.NewBinaryCode("channel", "ee", "em", "mm")
	if err != nil {
		panic(err)
	}
	x, err := code.Encode([]string{"mm", "ee"})
	if err != nil {
		panic(err)
	}
	classes, err := code.Decode(x)
	fmt.Println(x.ColumnNames(), x.Row(0), x.Row(1), classes, err)
	// Output: [channel:2 channel:1] [1 0] [0 0] [mm ee] <nil>
}

func TestBinaryCodesComeBackAmongOtherColumns(t *testing.T) {
	for _, k := range []int{2, 3, 4, 5, 27, 32, 33, 300} {
		var classes []string
		for i := range k {
			classes = append(classes, "class "+strconv.Itoa(i))
		}
		code, err := data.NewBinaryCode("k", classes...)
		if err != nil {
			t.Fatal(err)
		}
		if want := int(math.Ceil(math.Log2(float64(k)))); code.Digits() != want || len(code.ColumnNames()) != want || len(code.ColumnMaps()) != want || len(code.ArgmaxMaps()) != want {
			t.Errorf("%d classes have %d digits, want %d", k, code.Digits(), want)
		}
		rng := rand.New(rand.NewPCG(uint64(k), 1))
		values := slices.Clone(classes)
		rng.Shuffle(k, func(i, j int) { values[i], values[j] = values[j], values[i] })
		x, err := code.Encode(values)
		if err != nil {
			t.Fatal(err)
		}
		others := make([]float32, k)
		for i := range others {
			others[i] = rng.Float32()
		}
		beside, err := data.NewPoints(1, others)
		if err != nil {
			t.Fatal(err)
		}
		if beside, err = beside.WithColumnNames("mass"); err != nil {
			t.Fatal(err)
		}
		if x, err = beside.HStack(x); err != nil {
			t.Fatal(err)
		}
		if back, err := code.Decode(x); err != nil || !slices.Equal(back, values) {
			t.Errorf("%d classes came back as %q, %v", k, back, err)
		}
		seen := map[string]bool{}
		for i := range x.Len() {
			seen[fmt.Sprint(x.Row(i)[1:])] = true
		}
		if len(seen) != k || !slices.Equal(code.Classes(), classes) {
			t.Errorf("%d classes have %d sets of digits", k, len(seen))
		}
	}
}

func TestDigitsOfNoClassHaveNone(t *testing.T) {
	code, err := data.NewBinaryCode("k", "a", "b", "c")
	if err != nil {
		t.Fatal(err)
	}
	x, err := data.NewPoints(2, []float32{1, 1, 0, 1, 2, 0, 0, -1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if x, err = x.WithColumnNames(code.ColumnNames()...); err != nil {
		t.Fatal(err)
	}
	if classes, err := code.Decode(x); err != nil || !slices.Equal(classes, []string{"", "b", "", "", "c"}) {
		t.Errorf("the classes are %q, %v", classes, err)
	}
}

// A digit with noise has the sign that stands for it, and is close to half of a normal distribution.
func TestDigitsBecomeTheSignsOfNearlyNormalNumbers(t *testing.T) {
	code, err := data.NewBinaryCode("k", "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 20_000
	values := make([]string, rows)
	for i := range values {
		values[i] = code.Classes()[i%2]
	}
	x, err := code.Encode(values)
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := data.FitPipeline(x, code.ArgmaxMaps()...)
	if err != nil {
		t.Fatal(err)
	}
	u, _, err := pipeline.Transform(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	var second, fourth float64
	for i := range rows {
		v := u.At(i, 0)
		if (v > 0) != (x.At(i, 0) == 1) {
			t.Fatalf("the digit %v became %v", x.At(i, 0), v)
		}
		second += v * v / rows
		fourth += v * v * v * v / rows
	}
	if kurtosis := fourth / (second * second); math.Abs(kurtosis-3) > 0.3 {
		t.Errorf("the fourth moment over the second squared is %.2f, want 3 as for a normal distribution", kurtosis)
	}
}

func TestBinaryCodesRefuse(t *testing.T) {
	for name, classes := range map[string][]string{"none": nil, "one": {"a"}, "twice": {"a", "b", "a"}, "empty": {"a", ""}} {
		if _, err := data.NewBinaryCode("k", classes...); err == nil || !strings.Contains(err.Error(), `"k"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	code, err := data.NewBinaryCode("k", "a", "b", "c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := code.Encode([]string{"a", "z"}); err == nil || !strings.Contains(err.Error(), "row 1") || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("a strange class: %v", err)
	}
	x, err := code.Encode([]string{"a", "c"})
	if err != nil {
		t.Fatal(err)
	}
	half, err := data.NewPoints(2, []float32{0, 1, 0.5, 0})
	if err != nil {
		t.Fatal(err)
	}
	if half, err = half.WithColumnNames(x.ColumnNames()...); err != nil {
		t.Fatal(err)
	}
	if _, err := code.Decode(half); err == nil || !strings.Contains(err.Error(), "row 1") || !strings.Contains(err.Error(), "0.5") {
		t.Errorf("half a digit: %v", err)
	}
	if _, err := code.Decode(data.Point(0, 1)); err == nil || !strings.Contains(err.Error(), "k:2") {
		t.Errorf("no names: %v", err)
	}
	var none data.BinaryCode
	if _, err := none.Encode([]string{"a"}); err == nil {
		t.Error("the zero value encodes")
	}
	if _, err := none.Decode(x); err == nil {
		t.Error("the zero value decodes")
	}
	if none.Digits() != 0 || none.ColumnMaps() != nil || none.ArgmaxMaps() != nil || none.Classes() != nil {
		t.Error("the zero value has digits")
	}
}
