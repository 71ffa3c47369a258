package data

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// weighted returns points of one feature, 0, 1, 2 and so on, with these weights.
func weighted(t testing.TB, weights ...float64) Points {
	t.Helper()
	values := make([]float32, len(weights))
	for i := range values {
		values[i] = float32(i)
	}
	p, err := pointsOf(t, 1, values...).WithWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWeightsThatStandForNoDistributionAreRejected(t *testing.T) {
	p := pointsOf(t, 2, 1, 2, 3, 4)
	for _, test := range []struct {
		weights []float64
		want    string
	}{
		{[]float64{1}, "each of 2 points, got 1"},
		{[]float64{}, "each of 2 points, got 0"},
		{[]float64{1, math.NaN()}, "NaN in row 1"},
		{[]float64{math.Inf(-1), 1}, "-Inf in row 0"},
		{[]float64{0, 0}, "must be above 0, got 0"},
		{[]float64{1, -3}, "must be above 0, got -2"},
		{[]float64{1, -1}, "must be above 0, got 0"},
	} {
		_, err := p.WithWeights(test.weights)
		wantError(t, err, test.want)
	}
	for _, fine := range [][]float64{{1, -0.5}, {0, 1}, {math.MaxFloat64, math.MaxFloat64}, {5e-324, 5e-324}} {
		q, err := p.WithWeights(fine)
		if err != nil || !slices.Equal(q.Weights(), fine) {
			t.Errorf("%v became %v, %v", fine, q.Weights(), err)
		}
	}
	q, err := weighted(t, 1, 2).WithWeights(nil)
	if err != nil || q.Weights() != nil {
		t.Errorf("nil leaves the weights %v, %v", q.Weights(), err)
	}
}

func TestRowsKeepTheirWeights(t *testing.T) {
	p := weighted(t, 1, -2, 3, 4)
	two := must(t)(p.HStack(pointsOf(t, 1, 5, 6, 7, 8)))
	x, c, err := two.SplitConditions(1)
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := FitScaler(p)
	if err != nil {
		t.Fatal(err)
	}
	noisy, grid, err := Dequantize(p, Dequantization{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		p    Points
		want []float64
	}{
		{"slice", p.Slice(1, 3), []float64{-2, 3}},
		{"rows", must(t)(p.Pick(2, 0, 2)), []float64{3, 1, 3}},
		{"columns", must(t)(p.Columns(0, 0)), p.Weights()},
		{"side by side", two, p.Weights()},
		{"to the right", must(t)(pointsOf(t, 1, 5, 6, 7, 8).HStack(p)), nil},
		{"points", x, p.Weights()},
		{"their conditions", c, p.Weights()},
		{"repeated", must(t)(p.Slice(1, 2).Repeat(3)), []float64{-2, -2, -2}},
		{"scaled", must(t)(scaler.Transform(p)), p.Weights()},
		{"scaled back", must(t)(scaler.InverseTransform(p)), p.Weights()},
		{"dequantised", noisy, p.Weights()},
		{"quantised", must(t)(grid.Quantize(noisy)), p.Weights()},
		{"those of others", must(t)(pointsOf(t, 2, 1, 2).WithWeightsOf(p.Slice(1, 2))), []float64{-2}},
		{"those of points without", must(t)(p.WithWeightsOf(pointsOf(t, 1))), nil},
		{"named", must(t)(p.WithColumnNames("mass")), p.Weights()},
	} {
		if !slices.Equal(test.p.Weights(), test.want) {
			t.Errorf("%s: weights are %v, want %v", test.name, test.p.Weights(), test.want)
		}
	}
	_, err = p.WithWeightsOf(p.Slice(0, 2))
	wantError(t, err, "each of 4 points, got those of 2")
	if w := p.Slice(0, 2).Weights(); cap(w) != 2 {
		t.Errorf("appending to a slice's weights would write over those behind it: %d of capacity %d", len(w), cap(w))
	}
}

func TestTablesKeepTheWeightsOfTheirRows(t *testing.T) {
	p := weighted(t, 1, 2, 3, 4, 5, 6)
	hasItsWeight := func(name string, p Points) {
		t.Helper()
		if p.Len() == 0 || len(p.Weights()) != p.Len() {
			t.Fatalf("%s: %d points with %d weights", name, p.Len(), len(p.Weights()))
		}
		for i, w := range p.Weights() {
			if w != p.At(i, 0)+1 {
				t.Errorf("%s: point %v has the weight %v", name, p.Row(i), w)
			}
		}
	}
	table, err := FromPointsWithConditions("rows", p, pointsOf(t, 1, 0, 0, 0, 1, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	hasItsWeight("sample", must(t)(table.Sample(4, 1)))
	still := Warp{Name: "left as it is", ConditionDim: 1, Draw: func(_ *rand.Rand, c []float64) { c[0] = 1 }, Forward: func(_, x, y []float64) { copy(y, x) }}
	hasItsWeight("warped", must(t)(NewWarped(FromPoints("rows", p), still).Sample(4, 1)))
	near, err := table.Near([]float32{0.9}, 3)
	if err != nil {
		t.Fatal(err)
	}
	hasItsWeight("near", near.Points())
	at, err := table.Given([]float32{1})
	if err != nil {
		t.Fatal(err)
	}
	hasItsWeight("given", at.(Finite).Points())
	for _, c := range []Points{weighted(t, 1, 2, 3, 4, 5, 7), must(t)(pointsOf(t, 1, 1, 2).WithWeights([]float64{1, 2}))} {
		if _, err := FromPointsWithConditions("rows", pointsOf(t, 1, make([]float32, c.Len())...), c); err == nil {
			t.Error("conditions may have weights that their points haven't")
		}
	}
}

func TestFingerprintsTellWeightsUnlessAllAreEqual(t *testing.T) {
	fingerprint := func(weights []float64) string {
		return FromPoints("x", must(t)(pointsOf(t, 1, 1, 2, 3).WithWeights(weights))).Fingerprint()
	}
	none := fingerprint(nil)
	// Files of trained flows hold it.
	if want := "3030dc391ac04c334448c24e105f722968102d67ff403f9f465c8778f206a716"; none != want {
		t.Errorf("points without weights have the fingerprint %s, want %s, which they had before there were weights", none, want)
	}
	if fingerprint([]float64{2, 2, 2}) != none {
		t.Error("equal weights change the fingerprint")
	}
	if a, b := fingerprint([]float64{1, 2, 3}), fingerprint([]float64{1, 3, 2}); a == none || b == none || a == b {
		t.Error("different weights don't change the fingerprint")
	}
}

func TestEffectiveSampleSizeAndNegativeShare(t *testing.T) {
	for _, test := range []struct {
		weights             []float64
		effective, negative float64
	}{
		{[]float64{1, 1, 1}, 3, 0},
		{[]float64{1, 0, 0, 0}, 1, 0},
		{[]float64{3, 1}, 1.6, 0},
		{[]float64{1, 1, 1, -1}, 1, 0.25},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, 2, 0},
		{[]float64{5e-324, 5e-324}, 2, 0},
	} {
		p := weighted(t, test.weights...)
		if got := p.EffectiveSampleSize(); math.Abs(got-test.effective) > 1e-12 {
			t.Errorf("%v: an effective number of %v, want %v", test.weights, got, test.effective)
		}
		if got := p.NegativeShare(); got != test.negative {
			t.Errorf("%v: a share of negative weights of %v, want %v", test.weights, got, test.negative)
		}
	}
	if p := pointsOf(t, 1, 1, 2); p.EffectiveSampleSize() != 2 || p.NegativeShare() != 0 || p.Weighted() {
		t.Errorf("without weights: %v", p)
	}
	if got := weighted(t, 3, 1).String(); !strings.Contains(got, "1.6") {
		t.Errorf("weighted points are %q", got)
	}
}

// A point of weight k counts as k copies of it.
func TestScalerOfWeightsIsThatOfCopies(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var values, copies []float32
		var weights []float64
		for range rapid.IntRange(2, 8).Draw(r, "n") {
			x, k := rapid.Float32Range(-100, 100).Draw(r, "x"), rapid.IntRange(0, 3).Draw(r, "k")
			values, weights = append(values, x), append(weights, float64(k)/3)
			copies = append(copies, slices.Repeat([]float32{x}, k)...)
		}
		p, err := pointsOf(t, 1, values...).WithWeights(weights)
		if len(copies) == 0 {
			if err == nil {
				r.Fatal("weights of 0 are no error")
			}
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		got, err := FitScaler(p)
		want, wantErr := FitScaler(pointsOf(t, 1, copies...))
		if (err == nil) != (wantErr == nil) {
			r.Fatalf("weights give %v, copies %v", err, wantErr)
		}
		if err == nil && (math.Abs(got.Mean[0]-want.Mean[0]) > 1e-9 || math.Abs(got.Std[0]-want.Std[0]) > 1e-9) {
			r.Fatalf("weights give %v, copies %v", got, want)
		}
	})
}

func TestScalerOfNegativeWeightsTakesAway(t *testing.T) {
	// 0 and 1 once each: the copy of 9 is taken away again.
	p, err := pointsOf(t, 1, 0, 1, 9, 9).WithWeights([]float64{1, 1, 1, -1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := FitScaler(p)
	if err != nil || s.Mean[0] != 0.5 || math.Abs(s.Std[0]-0.5) > 1e-15 {
		t.Errorf("got %v, %v, want a mean and a deviation of 0.5", s, err)
	}
	if p, err = pointsOf(t, 1, 0, 1, 9).WithWeights([]float64{1, 1, -0.5}); err != nil {
		t.Fatal(err)
	}
	_, err = FitScaler(p)
	wantError(t, err, "variance of column 0 must be above 0")
	for _, part := range []Points{p.Slice(2, 3), p.Slice(1, 3).Slice(1, 2)} {
		_, err = FitScaler(part)
		wantError(t, err, "sum of the weights must be above 0")
	}
}

// Draws of N(0, 1.5²) with the ratio of N(0.5, 1) to it as weights: maps are those of N(0.5, 1).
func TestColumnMapsCountWeights(t *testing.T) {
	z := must(t)(Gaussian(1).Sample(20_000, 1))
	values, weights := make([]float32, z.Len()), make([]float64, z.Len())
	for i := range values {
		v := 1.5 * z.At(i, 0)
		values[i], weights[i] = float32(v), math.Exp(v*v/4.5-(v-0.5)*(v-0.5)/2)
	}
	p := must(t)(pointsOf(t, 1, values...).WithWeights(weights))
	for _, m := range []ColumnMap{Standardised, Robust, Quantile} {
		fitted, err := FitPipeline(p, ColumnMaps{Column: "0", Maps: []ColumnMap{m}})
		if err != nil {
			t.Fatal(err)
		}
		u, _, err := fitted.Transform(pointsOf(t, 1, 0.5, 1.5), 1)
		if err != nil || math.Abs(u.At(0, 0)) > 0.05 || math.Abs(u.At(1, 0)-1) > 0.07 {
			t.Errorf("%s takes the mean to %g and a deviation above it to %g, want 0 and 1, %v", m, u.At(0, 0), u.At(1, 0), err)
		}
	}
	few := must(t)(pointsOf(t, 1, 3, 1, 2).WithWeights([]float64{1, 3, -1}))
	if got := few.byWeight([]float64{3, 1, 2}, []int{0, 1, 2}); !slices.Equal(got, []float64{1, 1, 3}) {
		t.Errorf("three values by weight are %v, want 1 twice and 3", got)
	}
}

func TestEqualWeightsGiveTheScalerOfNone(t *testing.T) {
	p := must(t)(Ring().Sample(1000, 1))
	want, err := FitScaler(p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := FitScaler(must(t)(p.WithWeights(slices.Repeat([]float64{0.1}, p.Len()))))
	if err != nil || !slices.Equal(got.Mean, want.Mean) || !slices.Equal(got.Std, want.Std) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestCSVReadsAColumnOfWeights(t *testing.T) {
	const file = "mass,w,energy\n1,0.5,2\n3,-1e-40,4\n5,1e300,6\n"
	read := func(text string, options CSV) (Points, error) {
		return ReadCSVFrom(strings.NewReader(text), options)
	}
	want := []float64{0.5, -1e-40, 1e300} // float64, not float32
	for _, options := range []CSV{{Weight: "w"}, {Weight: "1"}, {Weight: "w", Columns: []string{"mass", "energy"}}} {
		p, err := read(file, options)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Weights(), want) || !slices.Equal(p.ColumnNames(), []string{"mass", "energy"}) || p.At(2, 1) != 6 {
			t.Errorf("%+v: read %v of %q with the weights %v", options, p.Values(), p.ColumnNames(), p.Weights())
		}
	}
	for _, test := range []struct {
		text    string
		options CSV
		want    string
	}{
		{file, CSV{Weight: "weight"}, `no column "weight"`},
		{file, CSV{Weight: "w", Columns: []string{"w"}}, `must not be a feature or a condition too, got 1 ("w")`},
		{"x,w\n1,NaN\n", CSV{Weight: "w"}, `line 2, column 1 ("w"): the value is missing`},
		{"x,w\n1,heavy\n", CSV{Weight: "w"}, `"heavy"`},
		{"x,w\n1,1\n2,-1\n", CSV{Weight: "w"}, `column 1 ("w")`},
		{"w\n1\n", CSV{Weight: "w"}, "some column must be left for the points"},
	} {
		_, err := read(test.text, test.options)
		wantError(t, err, test.want)
	}
}

func TestFilesGiveBackWeightsOrRefuseThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.csv")
	for _, names := range [][]string{{"mass", "energy"}, {"mass", ""}, nil} {
		p := must(t)(pointsOf(t, 2, 1, 2, 3, 4).WithWeights([]float64{1. / 3, -1e-300}))
		p = must(t)(p.WithColumnNames(names...))
		if err := WriteCSV(path, p); err != nil {
			t.Fatal(err)
		}
		q := must(t)(ReadCSV(path, CSV{Weight: "weight"}))
		if !slices.Equal(q.Values(), p.Values()) || !slices.Equal(q.Weights(), p.Weights()) {
			t.Errorf("wrote %v with %v, read %v with %v", p.Values(), p.Weights(), q.Values(), q.Weights())
		}
		wantError(t, WriteNPY(path, p), "WriteCSV")
	}
	wantError(t, WriteCSV(path, must(t)(weighted(t, 1, 2).WithColumnNames("weight"))), `"weight"`)
	x, c, err := ReadCSVWithConditions(path, CSV{Weight: "weight", Conditions: []string{"1"}})
	if err != nil || x.Dim() != 1 || c.Dim() != 1 || !slices.Equal(x.Weights(), c.Weights()) || len(x.Weights()) != 2 {
		t.Errorf("read %v under %v, %v", x, c, err)
	}
}
