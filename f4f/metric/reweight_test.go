package metric_test

import (
	"math"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Points of N(0, 1) weighed to stand for N(μ, 1): their weighted mean is μ, and
// N/EffectiveSampleSize is E w² = exp(μ²).
func TestReweightedPointsStandForTheOtherDistribution(t *testing.T) {
	const n, mu = 200_000, 0.7
	x, err := data.Gaussian(1).Sample(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	logP, logQ := make([]float64, n), make([]float64, n)
	for i := range logP {
		v := x.At(i, 0)
		logP[i], logQ[i] = -v*v/2+1000, -(v-mu)*(v-mu)/2 // constants don't matter, however large
	}
	w, err := metric.Reweight(logP, logQ)
	if err != nil {
		t.Fatal(err)
	}
	sum, mean := 0.0, 0.0
	for i, v := range w {
		sum, mean = sum+v, mean+v*x.At(i, 0)/n
	}
	if math.Abs(sum/n-1) > 1e-9 || math.Abs(mean-mu) > 0.02 {
		t.Errorf("weights have a mean of %g and put the points' at %g, want 1 and %g", sum/n, mean, mu)
	}
	if got, want := n/w.EffectiveSampleSize(), math.Exp(mu*mu); math.Abs(got-want) > 0.05*want {
		t.Errorf("an effective point stands for %g, want %g", got, want)
	}
}

func TestReweightRefusesWhatGivesNoWeights(t *testing.T) {
	none := math.Inf(-1)
	for _, test := range []struct {
		logP, logQ []float64
		want       string
	}{
		{[]float64{0, 0}, []float64{0}, "of the same points, got 2 and 1"},
		{nil, nil, "at least one point"},
		{[]float64{0, none}, []float64{0, 0}, "log p is −Inf in row 1"},
		{[]float64{0, 0}, []float64{none, none}, "some of 2 points"},
		{[]float64{0, math.NaN()}, []float64{0, 0}, "got NaN in row 1"},
	} {
		if _, err := metric.Reweight(test.logP, test.logQ); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, %v: got %v, want an error with %q", test.logP, test.logQ, err, test.want)
		}
	}
	if w, err := metric.Reweight([]float64{0, 0}, []float64{0, none}); err != nil || w[1] != 0 || w.EffectiveSampleSize() != 1 {
		t.Errorf("a point where q is 0: weights %v, error %v", w, err)
	}
}
