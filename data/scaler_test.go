package data

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The columns are 1, 2, 3, 4 and 0, 0, 0, 8: means 2.5 and 2, variances (2.25+0.25)/2 = 1.25 and
// (3·4+36)/4 = 12.
func TestFitScalerMeasuresMeanAndStandardDeviation(t *testing.T) {
	p, err := NewPoints(2, []float32{1, 0, 2, 0, 3, 0, 4, 8})
	if err != nil {
		t.Fatal(err)
	}
	s, err := FitScaler(p)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []struct{ mean, std float64 }{{2.5, math.Sqrt(1.25)}, {2, math.Sqrt(12)}} {
		if math.Abs(s.Mean[j]-want.mean) > 1e-15 || math.Abs(s.Std[j]-want.std) > 1e-15 {
			t.Errorf("column %d: got mean %v and deviation %v, want %v and %v", j, s.Mean[j], s.Std[j], want.mean, want.std)
		}
	}
	if got, want := s.LogDet(), -0.5*math.Log(1.25*12); math.Abs(got-want) > 1e-15 {
		t.Errorf("got log-det %v, want %v", got, want)
	}
	z, err := s.Transform(p)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := z.At(3, 1), 6/math.Sqrt(12); math.Abs(got-want) > 1e-6 {
		t.Errorf("8 became %v, want %v", got, want)
	}
}

// The naive E x² − (E x)² has no digit left here: x² is 10¹⁴, its rounding 0.01, the variance 0.25.
func TestFitScalerKeepsItsDigitsFarFromZero(t *testing.T) {
	values := make([]float32, 100000)
	for i := range values {
		values[i] = 1e7 + float32(i%2)
	}
	p, err := NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	s, err := FitScaler(p)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Std[0]-0.5) > 1e-9 {
		t.Errorf("got deviation %v, want 0.5", s.Std[0])
	}
}

func TestScalerStandardisesAndUndoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 4).Draw(t, "dim")
		n := rapid.IntRange(2, 50).Draw(t, "n")
		values := rapid.SliceOfN(rapid.Float32Range(-1e6, 1e6), n*dim, n*dim).Draw(t, "values")
		for j := range dim { // no column is constant
			values[j], values[dim+j] = -10-float32(j), 10
		}
		x, err := NewPoints(dim, values)
		if err != nil {
			t.Fatal(err)
		}
		s, err := FitScaler(x)
		if err != nil {
			t.Fatal(err)
		}
		z, err := s.Transform(x)
		if err != nil {
			t.Fatal(err)
		}
		back, err := s.InverseTransform(z)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for j := range dim {
				// Rounding of z, seen through InverseTransform, of x itself and of the mean; z
				// below float32's normal numbers.
				bound := 1e-7*(s.Std[j]*math.Abs(z.At(i, j))+math.Abs(x.At(i, j))) + 1e-15*math.Abs(s.Mean[j]) + 1e-44*s.Std[j]
				if gap := math.Abs(back.At(i, j) - x.At(i, j)); gap > bound {
					t.Fatalf("row %d, column %d: %v came back as %v", i, j, x.At(i, j), back.At(i, j))
				}
			}
		}
		again, err := FitScaler(z)
		if err != nil {
			t.Fatal(err)
		}
		for j := range dim {
			if math.Abs(again.Mean[j]) > 1e-6 || math.Abs(again.Std[j]-1) > 1e-6 {
				t.Fatalf("column %d has mean %v and deviation %v once standardised", j, again.Mean[j], again.Std[j])
			}
		}
	})
}

func TestScalerRefusesWhatItCannotScale(t *testing.T) {
	points := func(dim int, values ...float32) Points {
		p, err := NewPoints(dim, values)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, test := range []struct {
		name, want string
		p          Points
	}{
		{"no point", "at least one point, got none", Points{}},
		{"a constant", "column 1 is 0.1 in all 3 points", points(2, 1, 0.1, 2, 0.1, 3, 0.1)},
		{"one point", "column 0 is 5 in all 1 points", points(2, 5, 6)},
		{"NaN", "row 1, column 0 is NaN", points(1, 1, float32(math.NaN()))},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := FitScaler(test.p)
			wantError(t, err, test.want)
		})
	}
	x := points(2, 1, 2)
	for _, test := range []struct {
		name, want string
		s          Scaler
	}{
		{"another dimension", "means of 1 features, deviations of 1 and points of 2", Scaler{Mean: []float64{0}, Std: []float64{1}}},
		{"a deviation missing", "means of 2 features, deviations of 1", Scaler{Mean: []float64{0, 0}, Std: []float64{1}}},
		{"a deviation of 0", "deviation 0 of column 1", Scaler{Mean: []float64{0, 0}, Std: []float64{1, 0}}},
		{"a deviation of NaN", "deviation NaN of column 0", Scaler{Mean: []float64{0, 0}, Std: []float64{math.NaN(), 1}}},
		{"an infinite mean", "mean +Inf", Scaler{Mean: []float64{0, math.Inf(1)}, Std: []float64{1, 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.s.Transform(x)
			wantError(t, err, test.want)
			_, err = test.s.InverseTransform(x)
			wantError(t, err, test.want)
		})
	}
}

func TestScalerIsTheSameAfterJSON(t *testing.T) {
	text, err := json.Marshal(Scaler{Mean: []float64{0.1}, Std: []float64{2}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"mean":[0.1],"std":[2]}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}
