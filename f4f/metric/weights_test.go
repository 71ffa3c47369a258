package metric

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowsforflows/flows/data"
)

// weighted returns points with weights.
func weighted(t testing.TB, p data.Points, weights ...float64) data.Points {
	t.Helper()
	p, err := p.WithWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// byPoints are the metrics of points x against y, as numbers.
var byPoints = map[string]func(x, y data.Points) ([]float64, error){
	"reverse KL": func(x, _ data.Points) ([]float64, error) {
		e, err := ReverseKL(data.UniformSquare(), data.Gaussian(2).LogProb, x)
		return []float64{e.Value, e.OutsideSupport}, err
	},
	"KL": func(x, _ data.Points) ([]float64, error) {
		e, err := KL(drawing{data.UniformSquare(), x}, data.Gaussian(2).LogProb, x.Len(), 1)
		return []float64{e.Value, e.OutsideSupport}, err
	},
	"outside share": func(x, _ data.Points) ([]float64, error) {
		e, err := OutsideShare(data.Gaussian(2), x, OutOfDistribution{Quantile: 0.3, Samples: 1000})
		return []float64{e.Value}, err
	},
	"displacement": func(x, _ data.Points) ([]float64, error) {
		y, err := data.Scaler{Mean: []float64{1, 2}, Std: []float64{3, 4}}.Transform(x)
		if err != nil {
			return nil, err
		}
		d, err := Displacement(x, y)
		return []float64{d.L1, d.Euclidean}, err
	},
	"sliced Wasserstein of order 1": func(x, y data.Points) ([]float64, error) {
		d, err := SlicedWasserstein(x, y, Sliced{Projections: 5, Order: 1})
		return []float64{d}, err
	},
	"sliced Wasserstein of order 2": func(x, y data.Points) ([]float64, error) {
		d, err := SlicedWasserstein(x, y, Sliced{Projections: 5})
		return []float64{d}, err
	},
	"energy distance": func(x, y data.Points) ([]float64, error) {
		d, err := EnergyDistance(x, y, Energy{})
		return []float64{d}, err
	},
	"AUC": func(x, y data.Points) ([]float64, error) {
		e, err := AUC(y, x, TwoSample{Folds: 2})
		return []float64{e.Value, e.Error}, err
	},
}

// drawing is a distribution whose points are given.
type drawing struct {
	data.Distribution
	points data.Points
}

func (d drawing) Sample(int, uint64) (data.Points, error) { return d.points, nil }

func TestPointsOfEqualWeightGiveWhatPointsWithoutWeightsDo(t *testing.T) {
	x, y := gaussian(t, 60, 1, 1, 0, 0), gaussian(t, 50, 2, 1, 0.5, 0)
	for name, of := range byPoints {
		want, err := of(x, y)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, w := range []float64{1, 0.1, 1e300} {
			got, err := of(weighted(t, x, slices.Repeat([]float64{w}, 60)...), weighted(t, y, slices.Repeat([]float64{w}, 50)...))
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: weights of %g give %v, %v, and none give %v", name, w, got, err, want)
			}
		}
	}
	one, err := OptimalPairing(x, y, Pairing{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OptimalPairing(weighted(t, x, slices.Repeat([]float64{2}, 60)...), y, Pairing{}); err != nil || got != one {
		t.Errorf("a pairing with equal weights is %v, %v, without it is %v", got, err, one)
	}
}

// A point of weight k counts as k copies of it. The energy distance and the AUC know copies apart
// from points that are drawn, so they are left out here.
func TestWeightsCountAsCopies(t *testing.T) {
	var names []string
	for name := range byPoints {
		if name != "energy distance" && name != "AUC" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	rapid.Check(t, func(r *rapid.T) {
		draw := func(what string) (p, copies data.Points) {
			n := rapid.IntRange(2, 8).Draw(r, "n of "+what)
			values := rapid.SliceOfN(rapid.Float32Range(-0.9, 0.9), 2*n, 2*n).Draw(r, what)
			var all []float32
			weights := make([]float64, n)
			for i := range weights {
				k := rapid.IntRange(0, 3).Draw(r, "k")
				if i == 0 {
					k = max(k, 1)
				}
				weights[i] = 0.7 * float64(k) // of any scale
				all = append(all, slices.Repeat(values[2*i:2*i+2], k)...)
			}
			return weighted(t, points(t, 2, values...), weights...), points(t, 2, all...)
		}
		x, xCopies := draw("x")
		y, yCopies := draw("y")
		for _, name := range names {
			got, err := byPoints[name](x, y)
			want, wantErr := byPoints[name](xCopies, yCopies)
			if err != nil || wantErr != nil {
				r.Fatalf("%s: %v with weights, %v with copies", name, err, wantErr)
			}
			for k := range got {
				// A root of a difference that is 0 but for rounding is only good to a half of the digits.
				if math.Abs(got[k]-want[k]) > 1e-7*(1+math.Abs(want[k])) {
					r.Fatalf("%s: %v with weights, %v with copies", name, got, want)
				}
			}
		}
	})
}

// The energy distance by its formula.
func TestEnergyDistanceOfWeightsIsThatOfItsFormula(t *testing.T) {
	x := weighted(t, points(t, 1, 0, 1, 3), 1, 2, -0.5)
	y := weighted(t, points(t, 1, 2, 5), 1, 3)
	mean := func(p, q data.Points, within bool) float64 {
		sum, total := 0.0, 0.0
		for i, w := range p.Weights() {
			for j, v := range q.Weights() {
				if !within || i != j {
					sum, total = sum+w*v*math.Abs(p.At(i, 0)-q.At(j, 0)), total+w*v
				}
			}
		}
		return sum / total
	}
	got, err := EnergyDistance(x, y, Energy{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "distance", got, 2*mean(x, y, false)-mean(x, x, true)-mean(y, y, true), 1e-12)
}

// Draws of N(0, 1.5²) with the ratio of N(0.5, 1) to it as weights are draws of N(0.5, 1).
func TestReweightedPointsAreLikeThoseOfTheOtherDistribution(t *testing.T) {
	x, y := gaussian(t, 4000, 1, 1.5, 0), gaussian(t, 2000, 2, 1, 0.5)
	logP, logQ := make([]float64, x.Len()), make([]float64, x.Len())
	for i := range logP {
		v := x.At(i, 0)
		logP[i], logQ[i] = -v*v/2/1.5/1.5-math.Log(1.5), -(v-0.5)*(v-0.5)/2
	}
	w, err := Reweight(logP, logQ)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := w.Times(x)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sample size", w.EffectiveSampleSize(), moved.EffectiveSampleSize(), 1e-6)
	for name, limit := range map[string]float64{"energy distance": 0.005, "sliced Wasserstein of order 2": 0.1, "sliced Wasserstein of order 1": 0.1} {
		before, err := byPoints[name](x, y)
		if err != nil {
			t.Fatal(err)
		}
		after, err := byPoints[name](moved, y)
		if err != nil || after[0] > limit || before[0] < 2*limit {
			t.Errorf("%s: %v with the weights, %v without them, %v", name, after, before, err)
		}
	}
	e := auc(t, moved, y, TwoSample{})
	near(t, "AUC", e.Value, 0.5, 3*e.Error)
	if option := auc(t, x, y, TwoSample{Weights: w}); math.Abs(option.Value-e.Value) > 1e-9 {
		t.Errorf("the weights of the points give an AUC of %v, and those of the option %v", e, option)
	}
	if back := auc(t, y, moved, TwoSample{}); math.Abs(back.Value-0.5) > 3*back.Error {
		t.Errorf("with weights on the truth the AUC is %v", back)
	}
}

// x with points r of weight 1 and r again of weight −1 is x.
func TestNegativeWeightsTakeAway(t *testing.T) {
	x, y, extra := gaussian(t, 800, 1, 1, 0, 0), gaussian(t, 800, 2, 1, 0, 0), gaussian(t, 300, 3, 1, 3, 0)
	both := points(t, 2, slices.Concat(x.Values(), extra.Values(), extra.Values())...)
	same := weighted(t, both, slices.Concat(slices.Repeat([]float64{1}, 1100), slices.Repeat([]float64{-1}, 300))...)
	for _, name := range []string{"reverse KL", "outside share", "displacement", "sliced Wasserstein of order 1"} {
		got, err := byPoints[name](same, y)
		want, wantErr := byPoints[name](x, y)
		if err != nil || wantErr != nil {
			t.Fatal(name, err, wantErr)
		}
		for k := range got {
			near(t, name, got[k], want[k], 1e-6)
		}
	}
	// Another draw is taken away, so that nothing cancels point by point.
	other := points(t, 2, slices.Concat(x.Values(), extra.Values(), gaussian(t, 300, 4, 1, 3, 0).Values())...)
	like := weighted(t, other, slices.Concat(slices.Repeat([]float64{1}, 1100), slices.Repeat([]float64{-1}, 300))...)
	d, err := EnergyDistance(like, y, Energy{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "energy distance", d, 0, 0.01)
	e := auc(t, like, y, TwoSample{})
	near(t, "AUC", e.Value, 0.5, 4*e.Error)
}

func TestMetricsRefuseWeightsThatTheyAreNotDefinedFor(t *testing.T) {
	x, y := points(t, 1, 0, 1, 2), points(t, 1, 3, 4, 5)
	negative := weighted(t, x, 2, -1, 1)
	_, err := OptimalPairing(negative, y, Pairing{})
	wantError(t, err, "SlicedWasserstein")
	_, err = SlicedWasserstein(y, negative, Sliced{})
	wantError(t, err, "got -1 in row 1: use Order: 1")
	_, err = Displacement(negative, weighted(t, y, 1, 2, 3))
	wantError(t, err, "the same weights")
	_, err = AUC(y, negative, TwoSample{Folds: 2, Weights: []float64{1, 1, 1}})
	wantError(t, err, "leave TwoSample.Weights out")
	_, err = AUC(y, negative, TwoSample{Folds: 3})
	wantError(t, err, "in a fold must have a sum above 0")
	_, err = EnergyDistance(weighted(t, points(t, 1, 0, 1), 1, -0.9), y, Energy{})
	wantError(t, err, "worth more than one point")
	part := weighted(t, points(t, 1, 0, 1, 2), 1, 1, -1).Slice(1, 3)
	for name, of := range map[string]func() error{
		"displacement": func() error { _, err := Displacement(part, part); return err },
		"sliced":       func() error { _, err := SlicedWasserstein(y, part, Sliced{Order: 1}); return err },
		"energy":       func() error { _, err := EnergyDistance(y, part, Energy{}); return err },
		"AUC":          func() error { _, err := AUC(y, part, TwoSample{Folds: 2}); return err },
		"outside":      func() error { _, err := OutsideShare(data.Gaussian(1), part, OutOfDistribution{}); return err },
		"reverse KL":   func() error { _, err := ReverseKL(data.Gaussian(1), data.Gaussian(1).LogProb, part); return err },
	} {
		if err := of(); err == nil {
			t.Errorf("%s: weights of a sum of 0 are no error", name)
		}
	}
	_, err = Weights{1, 2}.Times(x)
	wantError(t, err, "each of 3 points, got 2")
	_, err = Weights{0, 0, 0}.Times(x)
	wantError(t, err, "sum of the weights")
	if p, err := (Weights{1, 2, 3}).Times(negative); err != nil || !slices.Equal(p.Weights(), []float64{2, -2, 3}) {
		t.Errorf("weights times weights are %v, %v", p.Weights(), err)
	}
}

func TestWeightedMeansHaveTheErrorOfTheirSpread(t *testing.T) {
	// 2,000 means of 50 values with weights of both signs: their spread is the error that is told.
	x := gaussian(t, 50*2000, 1, 1, 0)
	weights := make([]float64, 50)
	for i := range weights {
		weights[i] = float64(i%5) - 0.5
	}
	var means []float64
	told := 0.0
	for k := range 2000 {
		values := make([]float64, 50)
		for i := range values {
			values[i] = x.At(50*k+i, 0)
		}
		e := weightedMean(values, weights)
		means, told = append(means, e.Value), told+e.Error*e.Error/2000
	}
	spread := meanOf(means).Error * math.Sqrt(2000)
	near(t, "error", math.Sqrt(told), spread, 0.06*spread)
}
