package metric

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/flowsforflows/flows/data"
)

// For N(0, I) in D dimensions the border is the sphere |x|² = b, with b the (1−α) quantile of χ²_D.
// Of x = s·z, with z from N(0, I), a share P(χ²_D > b/s²) lies beyond; in the plane that is
// α^(1/s²), 0.178 for s = 2.
func TestOutsideShareOfWiderGaussians(t *testing.T) {
	const n = 40000
	for _, test := range []struct {
		name     string
		dim      int
		std      float64
		quantile float64
	}{
		{"the truth itself", 2, 1, 0},
		{"narrower", 2, 0.5, 0.1},
		{"wider", 2, 2, 0},
		{"wider, another quantile", 2, 1.5, 0.05},
		{"wider in five dimensions", 5, 1.3, 0},
		{"on the line", 1, 3, 0.01},
	} {
		t.Run(test.name, func(t *testing.T) {
			alpha := test.quantile
			if alpha == 0 {
				alpha = 0.001
			}
			chi := distuv.ChiSquared{K: float64(test.dim)}
			border := chi.Quantile(1 - alpha)
			want := chi.Survival(border / (test.std * test.std))
			if test.dim == 2 {
				near(t, "closed form in the plane", want, math.Pow(alpha, 1/(test.std*test.std)), 1e-9)
			}
			got, err := OutsideShare(data.Gaussian(test.dim), gaussian(t, n, 3, test.std, make([]float64, test.dim)...), OutOfDistribution{Quantile: test.quantile})
			if err != nil {
				t.Fatal(err)
			}
			// The border's level is off by δ = √(α(1−α)/Samples), and with it the share by
			// δ·f_x/f_p, the ratio of the densities of |x|² and |z|² at the border.
			slope := chi.Prob(border/(test.std*test.std)) / (test.std * test.std) / chi.Prob(border)
			ofBorder := slope * math.Sqrt(alpha*(1-alpha)/defaultOutsideSamples)
			binomial := math.Sqrt(want * (1 - want) / n)
			near(t, "share", got.Value, want, 4*math.Hypot(binomial, ofBorder))
			near(t, "error", got.Error, math.Sqrt(got.Value*(1-got.Value)/n), 1e-15)
		})
	}
}

// By its definition the share of true samples is the quantile, for every set with a known density;
// the bound is four errors of the share and the border.
func TestOutsideShareOfTrueSamplesIsTheQuantile(t *testing.T) {
	const n, alpha = 50000, 0.001
	for _, truth := range []data.Distribution{data.FourCircles(), data.EightGaussians(), data.Gaussian(3)} {
		t.Run(truth.Name(), func(t *testing.T) {
			// The border has the same seed and must still draw other points: the same points would
			// give exactly the quantile, without any error.
			x, err := truth.Sample(n, 5)
			if err != nil {
				t.Fatal(err)
			}
			got, err := OutsideShare(truth, x, OutOfDistribution{Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "share", got.Value, alpha, 4*math.Sqrt(alpha/n+alpha/defaultOutsideSamples))
		})
	}
}

// constant has a density of 1 on the unit interval, 0 elsewhere, or fails in a way of choice.
type constant struct {
	normal
	logs func(x data.Points) ([]float64, error)
}

func (c constant) LogProb(x data.Points) ([]float64, error) { return c.logs(x) }

// With one value of the density all over, no point of the support lies below the border, and each
// other one does: even where true samples have a density of 0 by rounding, and the border is −Inf.
func TestOutsideShareCountsPointsWhereTheTruthIsZero(t *testing.T) {
	x := points(t, 1, 0.5, 2, -1, 0.25, 0.75, 7, 0.1, 0.2)
	for name, truth := range map[string]constant{
		"constant": {normal{t, 0.5, 0.01}, func(x data.Points) ([]float64, error) {
			logs := make([]float64, x.Len())
			for i := range logs {
				if v := x.At(i, 0); v < 0 || v > 1 {
					logs[i] = math.Inf(-1)
				}
			}
			return logs, nil
		}},
		"border at −Inf": {normal{t, 0.5, 0.01}, func(x data.Points) ([]float64, error) {
			logs := make([]float64, x.Len())
			for i := range logs {
				if v := x.At(i, 0); v < 0 || v > 1 || x.Len() > 8 && i%100 == 0 {
					logs[i] = math.Inf(-1)
				}
			}
			return logs, nil
		}},
	} {
		got, err := OutsideShare(truth, x, OutOfDistribution{Samples: 2000})
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, got.Value, 3./8, 0)
		near(t, name+" error", got.Error, math.Sqrt(3./8*5./8/8), 1e-15)
	}
}

func TestOutsideShareIsThatOfItsSeed(t *testing.T) {
	x := gaussian(t, 50000, 1, 2, 0, 0)
	share := func(seed uint64) Estimate {
		e, err := OutsideShare(data.Gaussian(2), x, OutOfDistribution{Samples: 1000, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	if share(1) != share(1) || share(1) == share(2) {
		t.Errorf("seed 1 gave %v and %v, seed 2 gave %v", share(1), share(1), share(2))
	}
}

func TestOutsideShareRefusesWhatMakesNoSense(t *testing.T) {
	truth, x := normal{t, 0, 1}, points(t, 1, 1, 2)
	broken := errors.New("out of memory")
	failing := constant{truth, func(data.Points) ([]float64, error) { return nil, broken }}
	short := constant{truth, func(data.Points) ([]float64, error) { return []float64{1}, nil }}
	nans := constant{truth, func(x data.Points) ([]float64, error) {
		logs := make([]float64, x.Len())
		logs[1] = math.NaN()
		return logs, nil
	}}
	for _, test := range []struct {
		name    string
		truth   data.Distribution
		x       data.Points
		options OutOfDistribution
		want    string
	}{
		{"no truth", nil, x, OutOfDistribution{}, "needs a truth"},
		{"no points", truth, data.Points{}, OutOfDistribution{}, "at least one point"},
		{"dimensions", truth, points(t, 2, 1, 2), OutOfDistribution{}, "one dimension, got 2 and 1"},
		{"NaN", truth, points(t, 1, 0, float32(math.NaN())), OutOfDistribution{}, "row 1, column 0 is NaN"},
		{"quantile below 0", truth, x, OutOfDistribution{Quantile: -0.1}, "above 0 and below 1, got -0.1"},
		{"quantile of 1", truth, x, OutOfDistribution{Quantile: 1}, "above 0 and below 1, got 1"},
		{"quantile NaN", truth, x, OutOfDistribution{Quantile: math.NaN()}, "above 0 and below 1, got NaN"},
		{"too few samples", truth, x, OutOfDistribution{Samples: 999}, "at least 1000 true samples, got 999"},
		{"fewer than none", truth, x, OutOfDistribution{Samples: -1}, "at least 1000 true samples, got -1"},
		{"failing density", failing, x, OutOfDistribution{}, "the true density: out of memory"},
		{"short density", short, x, OutOfDistribution{}, "each of 100000 points, got 1"},
		{"NaN density", nans, x, OutOfDistribution{}, "got NaN in row 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := OutsideShare(test.truth, test.x, test.options)
			wantError(t, err, test.want)
		})
	}
	_, err := OutsideShare(failing, x, OutOfDistribution{})
	if !errors.Is(err, broken) {
		t.Errorf("%v doesn't wrap its cause", err)
	}
	if _, err := OutsideShare(truth, x, OutOfDistribution{Samples: 1000}); err != nil {
		t.Errorf("1000 samples must do for a quantile of 0.001, got %v", err)
	}
}
