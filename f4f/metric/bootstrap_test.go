package metric

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// normals returns n points of one feature.
func normals(r *rand.Rand, n int, mean float64) data.Points {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(mean + r.NormFloat64())
	}
	p, err := data.NewPoints(1, values)
	if err != nil {
		panic(err)
	}
	return p
}

func meanOfFirst(s ...data.Points) (float64, error) {
	sum := 0.0
	for _, v := range s[0].Values() {
		sum += float64(v)
	}
	return sum / float64(s[0].Len()), nil
}

func deviation(s ...data.Points) (float64, error) {
	mean, _ := meanOfFirst(s...)
	sum := 0.0
	for _, v := range s[0].Values() {
		sum += (float64(v) - mean) * (float64(v) - mean)
	}
	return math.Sqrt(sum / float64(s[0].Len()-1)), nil
}

// TestIntervalsCoverTheTruthAsOftenAsTheySay: of a mean, of a standard deviation, and of a distance
// between two samples.
func TestIntervalsCoverTheTruthAsOftenAsTheySay(t *testing.T) {
	// E|X| of a normal X with mean μ and deviation s.
	absolute := func(μ, s float64) float64 {
		return s*math.Sqrt(2/math.Pi)*math.Exp(-μ*μ/(2*s*s)) + μ*math.Erf(μ/(s*math.Sqrt2))
	}
	for name, test := range map[string]struct {
		statistic func(...data.Points) (float64, error)
		truth     float64
		rows      int
		trials    int
	}{
		"mean":      {meanOfFirst, 0, 60, 400},
		"deviation": {deviation, 1, 200, 300},
		"energy": {func(s ...data.Points) (float64, error) { return EnergyDistance(s[0], s[1], Energy{}) },
			2*absolute(1, math.Sqrt2) - 2*absolute(0, math.Sqrt2), 40, 150},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		covered := 0
		for trial := range test.trials {
			x, y := normals(r, test.rows, 0), normals(r, test.rows+1, 1)
			interval, err := Bootstrap(test.statistic, Resampling{Confidence: 0.8, Resamples: 100, Seed: uint64(trial)}, x, y)
			if err != nil {
				t.Fatal(err)
			}
			if !(interval.Low < interval.Median && interval.Median < interval.High) {
				t.Fatalf("%s: the interval is %+v", name, interval)
			}
			if interval.Low <= test.truth && test.truth <= interval.High {
				covered++
			}
		}
		if share := float64(covered) / float64(test.trials); share < 0.72 || share > 0.88 {
			t.Errorf("%s: of intervals at 80%%, %.3g%% hold the truth", name, 100*share)
		}
	}
}

func TestPairsAreResampledTogether(t *testing.T) {
	x := normals(rand.New(rand.NewPCG(1, 1)), 50, 0)
	// The images are the points: paired, no resample has moved anything.
	moved := func(s ...data.Points) (float64, error) {
		d, err := Displacement(s[0], s[1])
		return d.L1, err
	}
	if interval, err := Bootstrap(moved, Resampling{Paired: true}, x, x); err != nil || interval.Low != 0 || interval.High != 0 {
		t.Errorf("the interval is %+v, %v", interval, err)
	}
	if interval, err := Bootstrap(moved, Resampling{}, x, x); err != nil || interval.High == interval.Low {
		t.Errorf("unpaired, the interval is %+v, %v", interval, err)
	}
}

func TestAnIntervalIsTheSameAgain(t *testing.T) {
	x := normals(rand.New(rand.NewPCG(1, 1)), 100, 0)
	a, err := Bootstrap(meanOfFirst, Resampling{}, x)
	b, err2 := Bootstrap(meanOfFirst, Resampling{}, x)
	c, err3 := Bootstrap(meanOfFirst, Resampling{Seed: 1}, x)
	if errors.Join(err, err2, err3) != nil || a != b || a == c {
		t.Errorf("intervals are %v, %v and %v", a, b, c)
	}
	// It is about that of the standard error.
	values := make([]float64, x.Len())
	for i, v := range x.Values() {
		values[i] = float64(v)
	}
	e, err := meanOf(values).Interval(0.95)
	if err != nil || math.Abs((a.High-a.Low)/(e.High-e.Low)-1) > 0.2 {
		t.Errorf("resampled it is %v, by the standard error %v, %v", a, e, err)
	}
}

func TestBootstrapSaysWhatIsWrong(t *testing.T) {
	x := normals(rand.New(rand.NewPCG(1, 1)), 20, 0)
	failing := func(s ...data.Points) (float64, error) {
		if s[0].Len() < 20 {
			return 0, errors.New("too few")
		}
		return 0, nil
	}
	nan := func(...data.Points) (float64, error) { return math.NaN(), nil }
	for name, test := range map[string]struct {
		statistic func(...data.Points) (float64, error)
		options   Resampling
		samples   []data.Points
		want      string
	}{
		"no statistic":      {nil, Resampling{}, []data.Points{x}, "statistic"},
		"no samples":        {meanOfFirst, Resampling{}, nil, "sample"},
		"few rows":          {meanOfFirst, Resampling{}, []data.Points{x, x.Slice(0, 9)}, "9"},
		"few resamples":     {meanOfFirst, Resampling{Resamples: 5}, []data.Points{x}, "5"},
		"confidence of 1":   {meanOfFirst, Resampling{Confidence: 1}, []data.Points{x}, "confidence"},
		"confidence of NaN": {meanOfFirst, Resampling{Confidence: math.NaN()}, []data.Points{x}, "confidence"},
		"pairs of no pairs": {meanOfFirst, Resampling{Paired: true}, []data.Points{x, x.Slice(0, 19)}, "19"},
		"a failure":         {failing, Resampling{}, []data.Points{x}, "too few"},
		"a sample too few":  {func(s ...data.Points) (float64, error) { return s[1].At(0, 0), nil }, Resampling{}, []data.Points{x}, "1"},
		"no number":         {nan, Resampling{}, []data.Points{x}, "NaN"},
	} {
		if _, err := Bootstrap(test.statistic, test.options, test.samples...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if _, err := (Estimate{Value: 1, Error: 1}).Interval(0); err == nil {
		t.Error("there is an interval at no confidence")
	}
}
