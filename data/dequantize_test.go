package data

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowsforflows/flows/internal/ulp"
)

func pointsOf(t testing.TB, dim int, values ...float32) Points {
	t.Helper()
	p, err := NewPoints(dim, values)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDequantizeFindsTheGridThatValuesLieOn(t *testing.T) {
	pixels := make([]float32, 256)
	for i := range pixels {
		pixels[i] = float32(i) / 255
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		name            string
		values          []float32
		quantum, origin float64
	}{
		{"counts", []float32{0, 3, 1, 2, 2, 7}, 1, 0},
		{"negative", []float32{-3, -2, 5}, 1, 0},
		{"tens", []float32{10, 40, 20, -30}, 10, 0},
		{"odd numbers", []float32{1, 7, 3, 5}, 2, 1},
		{"a single level", []float32{5, 5, 5}, 1, 0},
		{"halves", []float32{0.5, 1.5, 2, 9}, 0.5, 0},
		{"half-integers", []float32{0.5, 1.5, 2.5, 9.5}, 1, 0.5},
		{"cents", []float32{0.07, 12.34, 7.01, 99.99}, 0.01, 0},
		{"tenths below 0", []float32{-0.7, 0.1, 0.3, 0.8}, 0.1, 0},
		{"pixels", pixels, 1.0 / 255, 0},
		{"of 1024", []float32{0, 1.0 / 1024, 3.0 / 1024, 1}, 1.0 / 1024, 0},
		{"up to a million", []float32{999_999, 7, 12}, 1, 0},
		{"years", []float32{1998, 2001, 2020, 2019}, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := pointsOf(t, 1, test.values...)
			noisy, grid, err := Dequantize(p, Dequantization{Seed: rng.Uint64()})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(grid.Quantum[0]/test.quantum-1) > 1e-6 || math.Abs(grid.Origin[0]-test.origin) > 1e-6 {
				t.Errorf("found steps of %v from %v, want %v from %v", grid.Quantum[0], grid.Origin[0], test.quantum, test.origin)
			}
			back, err := grid.Quantize(noisy)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range back.Values() {
				if math.Abs(float64(v-test.values[i])) > 1e-7*math.Abs(float64(v)) {
					t.Errorf("%v became %v and came back as %v", test.values[i], noisy.Values()[i], v)
				}
			}
		})
	}
}

func TestQuantizeUndoesDequantizeExactlyAndTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quantum := rapid.SampledFrom([]float64{1, 2, 0.5, 0.1, 0.01, 3}).Draw(t, "quantum")
		ks := rapid.SliceOfN(rapid.Int64Range(-3000, 3000), 2, 60).Draw(t, "ks")
		values := make([]float32, len(ks))
		for i, k := range ks {
			values[i] = float32(float64(k) * quantum)
		}
		p := pointsOf(&testing.T{}, 1, values...)
		noisy, grid, err := Dequantize(p, Dequantization{Columns: []int{0}, Quantum: []float64{quantum}, Seed: rapid.Uint64().Draw(t, "seed")})
		if err != nil {
			t.Fatal(err)
		}
		back, err := grid.Quantize(noisy)
		if err != nil {
			t.Fatal(err)
		}
		again, err := grid.Quantize(back)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(back.Values(), values) || !slices.Equal(again.Values(), values) {
			t.Fatalf("%v became %v, came back as %v and quantised again are %v", values, noisy.Values(), back.Values(), again.Values())
		}
	})
}

// Whatever the values are, Dequantize must return an error, or noise that Quantize undoes.
func TestDequantizeOfAnyValuesErrsOrIsUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(
			rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32), rapid.Float32Range(-2, 2), rapid.Map(rapid.IntRange(-9, 9), func(k int) float32 { return float32(k) / 8 }),
		), 1, 6).Draw(t, "values")
		options := Dequantization{Columns: []int{0}, Seed: rapid.Uint64().Draw(t, "seed")}
		if rapid.Bool().Draw(t, "given") {
			options.Quantum = []float64{rapid.Float64Range(math.SmallestNonzeroFloat64, math.MaxFloat64).Draw(t, "quantum")}
		}
		p, err := NewPoints(1, values)
		if err != nil {
			t.Fatal(err)
		}
		noisy, grid, err := Dequantize(p, options)
		if err != nil {
			return
		}
		back, err := grid.Quantize(noisy)
		if err != nil {
			t.Fatal(err)
		}
		largest := 0.0
		for _, v := range values {
			largest = max(largest, math.Abs(float64(v)))
		}
		for i, v := range back.Values() {
			if math.Abs(float64(v)-float64(values[i])) > 3*ulp.Float32(largest) {
				t.Fatalf("%v became %v and came back as %v on the grid %v", values[i], noisy.Values()[i], v, grid)
			}
		}
	})
}

// The mean of u uniform on [0, 1) is 1/2 and the variance 1/12. The mean of 100,000 draws lies
// within 5·√(1/12/10⁵) = 0.0046 of it, and the largest gap between them is far below 0.001.
func TestNoiseIsUniformOverAQuantum(t *testing.T) {
	const n = 100_000
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i%7) * 3
	}
	noisy, grid, err := Dequantize(pointsOf(t, 1, values...), Dequantization{})
	if err != nil {
		t.Fatal(err)
	}
	mean, square := 0.0, 0.0
	us := make([]float64, n)
	for i, v := range noisy.Values() {
		us[i] = float64(v-values[i]) / grid.Quantum[0]
		mean += us[i] / n
		square += us[i] * us[i] / n
	}
	if math.Abs(mean-0.5) > 0.0046 || math.Abs(square-mean*mean-1.0/12) > 0.002 {
		t.Errorf("the noise has the mean %v and the variance %v, want 1/2 and 1/12", mean, square-mean*mean)
	}
	slices.Sort(us)
	if us[0] < 0 || us[n-1] >= 1 || us[0] > 0.001 || us[n-1] < 0.999 {
		t.Errorf("the noise goes from %v to %v, want [0, 1)", us[0], us[n-1])
	}
	if got, want := grid.LogVolume(), math.Log(3); math.Abs(got-want) > 1e-12 {
		t.Errorf("the log-volume is %v, want %v", got, want)
	}
}

func TestDequantizeTouchesTheColumnsOnAGridAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var values []float32
	for range 500 {
		values = append(values, float32(rng.IntN(5)), rng.Float32(), float32(rng.IntN(9))/4)
	}
	p := pointsOf(t, 3, values...)
	for _, test := range []struct {
		options Dequantization
		want    string
	}{
		{Dequantization{}, "column 0 in steps of 1, column 2 in steps of 0.25"},
		{Dequantization{Columns: []int{2}}, "column 2 in steps of 0.25"},
		{Dequantization{Columns: []int{2, 0}, Quantum: []float64{0.125, 1}}, "column 0 in steps of 1, column 2 in steps of 0.125"},
		{Dequantization{Columns: []int{2, 0}, Quantum: []float64{0.25}}, "column 0 in steps of 0.25, column 2 in steps of 0.25"},
	} {
		noisy, grid, err := Dequantize(p, test.options)
		if err != nil {
			t.Fatal(err)
		}
		if grid.String() != test.want {
			t.Errorf("%+v: got %s, want %s", test.options, grid, test.want)
		}
		for j, q := range grid.Quantum {
			before, _ := p.Columns(j)
			after, _ := noisy.Columns(j)
			if slices.Equal(before.Values(), after.Values()) != (q == 0) {
				t.Errorf("%+v: column %d has the quantum %v and changed or not against it", test.options, j, q)
			}
		}
	}
	if got := (Grid{Quantum: []float64{0}, Origin: []float64{0}}).String(); got != "no column on a grid" {
		t.Errorf("a grid of nothing reads %q", got)
	}
}

func TestNoiseIsMadeBySeedAndPointsAlone(t *testing.T) {
	values := make([]float32, 1000)
	for i := range values {
		values[i] = float32(i % 10)
	}
	p := pointsOf(t, 1, values...)
	noise := func(p Points, seed uint64) []float32 {
		noisy, _, err := Dequantize(p, Dequantization{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		us := slices.Clone(noisy.Values())
		for i, v := range p.Values() {
			us[i] -= v
		}
		return us
	}
	a := noise(p, 1)
	if !slices.Equal(a, noise(p, 1)) {
		t.Error("one seed gave two noises")
	}
	// Conditions must not get the same noise as their points: the flow would learn it.
	values = slices.Clone(values)
	slices.Reverse(values)
	for name, other := range map[string][]float32{"another seed": noise(p, 2), "other points": noise(pointsOf(t, 1, values...), 1)} {
		same, product := 0, 0.0
		for i := range a {
			if a[i] == other[i] {
				same++
			}
			product += (float64(a[i]) - 0.5) * (float64(other[i]) - 0.5) * 12 / float64(len(a))
		}
		if same > 5 || math.Abs(product) > 0.16 { // 5/√1000
			t.Errorf("%s: %d of 1000 noises are the same, and their correlation is %v", name, same, product)
		}
	}
	if first := pointsOf(t, 1, a[:3]...); !slices.Equal(first.Values(), goldenNoise) {
		t.Errorf("seed 1 gave the noise %v, on another machine %v", first.Values(), goldenNoise)
	}
}

func TestDequantizeSaysWhatItCannotDo(t *testing.T) {
	ints := pointsOf(t, 2, 0, 0.1234567, 1, 0.7654321, 2, 0.3141592, 5, 0.9)
	far := pointsOf(t, 1, 1e8, 1e8+8, 1e8+32)
	for _, test := range []struct {
		name    string
		p       Points
		options Dequantization
		want    string
	}{
		{"no points", Points{}, Dequantization{}, "at least one point to dequantize, got none"},
		{"NaN", pointsOf(t, 1, 1, float32(math.NaN())), Dequantization{}, "row 1, column 0 is NaN"},
		{"no such column", ints, Dequantization{Columns: []int{2}}, "from 0 to 1, got 2"},
		{"a column twice", ints, Dequantization{Columns: []int{0, 0}}, "named once, got 0 twice"},
		{"a quantum of nothing", ints, Dequantization{Quantum: []float64{1}}, "a quantum needs Columns"},
		{"too many quanta", ints, Dequantization{Columns: []int{0}, Quantum: []float64{1, 2}}, "one for each of 1 columns, got 2"},
		{"a quantum of 0", ints, Dequantization{Columns: []int{0}, Quantum: []float64{0}}, "must be positive and finite, got 0"},
		{"a quantum of NaN", ints, Dequantization{Columns: []int{0}, Quantum: []float64{math.NaN()}}, "must be positive and finite, got NaN"},
		{"real numbers", ints, Dequantization{Columns: []int{1}}, "column 1 has 4 different values from 0.1234567 to 0.9, which lie on no grid that could be found: give its Quantum"},
		{"only real numbers", pointsOf(t, 1, 0.1234567, 0.7654321, 0.3141592, 0.9), Dequantization{}, "none of 1 columns lies on a grid that could be found"},
		{"another grid", ints, Dequantization{Columns: []int{0}, Quantum: []float64{2}}, "row 1, column 0 is 1; with a quantum of 2 values must be 0 or a whole number of quanta away from it"},
		{"no room", far, Dequantization{Columns: []int{0}, Quantum: []float64{8}}, "column 0 has no room for noise within its quantum of 8: its values are so large that float32 goes in steps of 8; subtract an offset"},
		{"beyond float32", ints, Dequantization{Columns: []int{0}, Quantum: []float64{1e39}}, "row 0, column 0 is 0; noise of a quantum of 1e+39 could take it beyond float32's range"},
		{"no room, unasked", far, Dequantization{}, "none of 1 columns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := Dequantize(test.p, test.options)
			wantError(t, err, test.want)
		})
	}
	for _, test := range []struct {
		name, want string
		g          Grid
	}{
		{"another dimension", "quanta of 1 columns, origins of 1 and points of 2", Grid{Quantum: []float64{1}, Origin: []float64{0}}},
		{"a quantum below 0", "quantum -1 of column 0", Grid{Quantum: []float64{-1, 0}, Origin: []float64{0, 0}}},
		{"an origin of NaN", "origin NaN", Grid{Quantum: []float64{1, 0}, Origin: []float64{math.NaN(), 0}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.g.Dequantize(ints, 1)
			wantError(t, err, test.want)
			_, err = test.g.Quantize(ints)
			wantError(t, err, test.want)
		})
	}
	grid := Grid{Quantum: []float64{1}, Origin: []float64{0}}
	_, err := grid.Quantize(pointsOf(t, 1, float32(math.Inf(1))))
	wantError(t, err, "row 0, column 0 is +Inf")
	_, err = Grid{Quantum: []float64{1e38}, Origin: []float64{0}}.Quantize(pointsOf(t, 1, -3.1e38))
	wantError(t, err, "the value of the grid below it, -4e+38, is beyond float32's range")
}

func TestAGridIsTheSameAfterJSON(t *testing.T) {
	text, err := json.Marshal(Grid{Quantum: []float64{0.1, 0}, Origin: []float64{0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"quantum":[0.1,0],"origin":[0,0]}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

// goldenNoise was drawn on one machine; others must draw the same.
var goldenNoise = []float32{0.70990837, 0.7698306, 0.57111}
