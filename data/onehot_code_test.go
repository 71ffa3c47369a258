package data_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func ExampleOneHotCode() {
	code, err := data.NewOneHotCode("channel", "ee", "em", "mm")
	if err != nil {
		panic(err)
	}
	x, err := code.Encode([]string{"mm", "ee"})
	if err != nil {
		panic(err)
	}
	classes, err := code.Decode(x)
	fmt.Println(x.ColumnNames(), x.Row(0), x.Row(1), classes, err)
	fmt.Println(code.ColumnMaps()[0])
	// Output:
	// [channel=ee channel=em channel=mm] [0 0 1] [1 0 0] [mm ee] <nil>
	// "channel=ee", data.Whole, data.Argmax("channel")
}

// twoFeatures returns rows of two features with Argmax, the columns of one among those of the other, and
// a column without maps.
func twoFeatures(t *testing.T, n int) (x data.Points, maps []data.ColumnMaps) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 0, 6*n)
	for range n {
		row := []float32{0, 0, rng.Float32(), 0, 0, 0}
		row[[]int{0, 3, 4}[rng.IntN(3)]] = 1
		row[[]int{1, 5}[rng.IntN(2)]] = 1
		values = append(values, row...)
	}
	x, err := data.NewPoints(6, values)
	if err != nil {
		t.Fatal(err)
	}
	for j, feature := range []string{"a", "b", "", "a", "a", "b"} {
		if feature != "" {
			maps = append(maps, data.ColumnMaps{Column: fmt.Sprint(j), Maps: []data.ColumnMap{data.Whole, data.Argmax(feature)}})
		}
	}
	return x, maps
}

func TestTheLargestValueTellsTheClass(t *testing.T) {
	x, maps := twoFeatures(t, 20_000)
	pipeline, err := data.FitPipeline(x, maps...)
	if err != nil {
		t.Fatal(err)
	}
	u, logDets, err := pipeline.Transform(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	back, backLogs, err := pipeline.InverseTransform(u)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(back.Values(), x.Values()) {
		t.Error("rows don't come back")
	}
	var second, fourth, together float64
	for i := range x.Len() {
		if a := max(u.At(i, 0), u.At(i, 3), u.At(i, 4)); (a == u.At(i, 3)) != (x.At(i, 3) == 1) || u.At(i, 2) != x.At(i, 2) {
			t.Fatalf("%v became %v", x.Row(i), u.Row(i))
		}
		if math.Abs(logDets[i]+backLogs[i]) > 1e-3*(1+math.Abs(logDets[i])) {
			t.Fatalf("row %d: the log-dets are %v and %v", i, logDets[i], backLogs[i])
		}
		v := u.At(i, 3)
		second, fourth, together = second+v*v/20_000, fourth+v*v*v*v/20_000, together+v*u.At(i, 4)/20_000
	}
	// Classes that are equally frequent become independent and nearly normal numbers.
	if math.Abs(second-1) > 0.05 || math.Abs(fourth-3) > 0.3 || math.Abs(together) > 0.03 {
		t.Errorf("the second moment is %.3f, the fourth %.2f and the correlation %.3f, want 1, 3 and 0 as for standard normal numbers", second, fourth, together)
	}
	// Every point is the image of some row.
	rng := rand.New(rand.NewPCG(3, 4))
	far := make([]float32, 6*1000)
	for i := range far {
		far[i] = float32(5 * math.Pow(10, float64(i%7)) * rng.NormFloat64())
	}
	somewhere, err := data.NewPoints(6, far)
	if err != nil {
		t.Fatal(err)
	}
	if x, logDets, err = pipeline.InverseTransform(somewhere); err != nil {
		t.Fatal(err)
	}
	for i, l := range logDets {
		if math.IsNaN(l) || math.IsInf(l, 0) {
			t.Errorf("%v has the log-det %v", somewhere.Row(i), l)
		}
	}
	if _, _, err = pipeline.Transform(x, 1); err != nil {
		t.Error(err)
	}
}

// TestArgmaxHasTheLogDetOfItsMap integrates the density of numbers that are independent and logistic
// before their asinh over the noise of a class: each of K classes then has the probability 1/K.
func TestArgmaxHasTheLogDetOfItsMap(t *testing.T) {
	x, maps := twoFeatures(t, 50)
	pipeline, err := data.FitPipeline(x, maps...)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := pipeline.Nodes(x, 32)
	if err != nil {
		t.Fatal(err)
	}
	of := make([]float64, nodes.U.Len())
	for i := range of {
		for _, j := range []int{0, 1, 3, 4, 5} {
			v := nodes.U.At(i, j) / 1.9
			logistic := 3 * math.Sinh(v)
			of[i] += -math.Abs(logistic) - 2*math.Log1p(math.Exp(-math.Abs(logistic))) + math.Log(3*math.Cosh(v)/1.9)
		}
	}
	want := math.Log(1.0/6) + 5*math.Log(1-2e-4) // noise keeps away from the ends of each of five columns
	for i, l := range nodes.LogProbs(of) {
		if math.Abs(l-want) > 1e-5 {
			t.Errorf("row %d has the log-prob %v, want %v", i, l, want)
		}
	}
}

func TestArgmaxRefuses(t *testing.T) {
	x, maps := twoFeatures(t, 50)
	pipeline, err := data.FitPipeline(x, maps...)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string][]float32{"two ones": {1, 1, 0, 1, 0, 0}, "no one": {0, 1, 0, 0, 0, 0}, "a two": {0, 1, 0, 2, 0, 0}, "less than 0": {-1, 1, 0, 1, 0, 0}, "no whole number": {0.5, 1, 0, 0, 0, 0}} {
		p, err := data.NewPoints(6, row)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := pipeline.Transform(p, 1); err == nil || !strings.Contains(err.Error(), "row 0") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := pipeline.Nodes(p, 32); err == nil || !strings.Contains(err.Error(), "row 0") {
			t.Errorf("%s, nodes: %v", name, err)
		}
	}
	for name, c := range map[string][]data.ColumnMap{
		"without Whole":  {data.Argmax("b")},
		"not last":       {data.Whole, data.Argmax("b"), data.Asinh(1)},
		"not second":     {data.Whole, data.Asinh(1), data.Argmax("b")},
		"without a name": {data.Whole, data.Argmax("")},
		"a column alone": {data.Whole, data.Argmax("c")},
	} {
		others := append(slices.Clone(maps[:4:4]), data.ColumnMaps{Column: "5", Maps: c})
		if _, err := data.FitPipeline(x, others...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOneHotCodesRefuse(t *testing.T) {
	for name, classes := range map[string][]string{"none": nil, "one": {"a"}, "twice": {"a", "b", "a"}, "empty": {"a", ""}} {
		if _, err := data.NewOneHotCode("k", classes...); err == nil || !strings.Contains(err.Error(), `"k"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := data.NewOneHotCode("", "a", "b"); err == nil {
		t.Error("a feature without a name: no error")
	}
	code, err := data.NewOneHotCode("k", "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := code.Encode([]string{"a", "z"}); err == nil || !strings.Contains(err.Error(), "row 1") || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("a strange class: %v", err)
	}
	for _, row := range [][]float32{{1, 1}, {0, 0}, {0, 0.5}, {2, 0}} {
		x, err := data.NewPoints(2, append([]float32{1, 0}, row...))
		if err != nil {
			t.Fatal(err)
		}
		if x, err = x.WithColumnNames(code.ColumnNames()...); err != nil {
			t.Fatal(err)
		}
		if _, err := code.Decode(x); err == nil || !strings.Contains(err.Error(), "row 1") {
			t.Errorf("%v: %v", row, err)
		}
	}
	if _, err := code.Decode(data.Point(0, 1)); err == nil || !strings.Contains(err.Error(), "k=a") {
		t.Errorf("no names: %v", err)
	}
	var none data.OneHotCode
	if _, err := none.Encode([]string{"a"}); err == nil {
		t.Error("the zero value encodes")
	}
	if _, err := none.Decode(data.Point(1)); err == nil {
		t.Error("the zero value decodes")
	}
	if none.ColumnNames() != nil || none.ColumnMaps() != nil || none.Classes() != nil {
		t.Error("the zero value has columns")
	}
}
