package metric

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// 2 of 4 and 1 of 4 points are shares of a half and a quarter, with the deviations of counts.
func TestRatiosOfAFewPointsAreThoseOfTheirCounts(t *testing.T) {
	truth, x := points(t, 1, 0.5, 0.6, 1.5, 9), points(t, 1, 0.5, 1.2, 1.5, -1)
	all, err := Ratios(truth, x, Binning{Edges: map[string][]float64{"0": {0, 1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	f := all[0]
	near(t, "truth in the first bin", f.Bins[0].Truth.Value, 0.5, 0)
	near(t, "its count", f.Bins[0].Truth.Count, 2, 0)
	near(t, "its deviation", f.Bins[0].Truth.Error, math.Sqrt2/4, 1e-15)
	near(t, "ratio", f.Bins[0].Ratio, 0.5, 0)
	near(t, "its deviation", f.Bins[0].Error, 0.5*math.Sqrt(1+0.5), 1e-15) // 1 point over 2
	near(t, "second ratio", f.Bins[1].Ratio, 2, 0)
	near(t, "below", f.Under.Sample.Value, 0.25, 0)
	near(t, "above", f.Over.Truth.Value, 0.25, 0)
	if !math.IsNaN(f.Under.Ratio) || f.Over.Ratio != 0 {
		t.Errorf("the ratios outside are %v and %v", f.Under.Ratio, f.Over.Ratio)
	}
}

// The upper edge of the last bin belongs to it, an edge between two bins to the upper one.
func TestEdgesBelongToBins(t *testing.T) {
	x := points(t, 1, 0, 1, 2)
	all, err := Ratios(x, x, Binning{Edges: map[string][]float64{"0": {0, 1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := all[0].Bins[0].Truth.Count, all[0].Bins[1].Truth.Count; a != 1 || b != 2 {
		t.Errorf("the bins hold %v and %v points, want 1 and 2", a, b)
	}
}

// A point of weight 2 counts as two; a negative one takes a positive one away, but adds to the
// error.
func TestRatiosCountWeightsOfAnySign(t *testing.T) {
	truth := points(t, 1, 0.5, 1.5)
	x, err := points(t, 1, 0.5, 0.5, 1.5, 1.5).WithWeights([]float64{2, -1, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	all, err := Ratios(truth, x, Binning{Edges: map[string][]float64{"0": {0, 1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "share", all[0].Bins[0].Sample.Value, 0.25, 1e-15)
	near(t, "its deviation", all[0].Bins[0].Sample.Error, math.Sqrt(5)/4, 1e-15)
	near(t, "its count", all[0].Bins[0].Sample.Count, 1.0/5, 1e-15)
}

// χ² of two samples of one distribution has its p-value below 5% in 5% of seeds, for weights of
// both signs too; pulls have a standard deviation of 1.
func TestRatiosOfOneDistributionAreCalibrated(t *testing.T) {
	for name, weighted := range map[string]bool{"counts": false, "weights": true} {
		low, pulls := 0, []float64{}
		const seeds = 300
		for seed := range uint64(seeds) {
			truth, x := gaussian(t, 2000, 2*seed, 1, 0), gaussian(t, 3000, 2*seed+1, 1, 0)
			if weighted {
				x = withSigns(t, x)
			}
			all, err := Ratios(truth, x, Binning{Bins: 20, EqualShares: true})
			if err != nil {
				t.Fatal(err)
			}
			if all[0].PValue() < 0.05 {
				low++
			}
			pulls = append(pulls, all[0].Bins[7].Pull())
		}
		near(t, name+": share of p-values below 5%", float64(low)/seeds, 0.05, 0.035)
		e := meanOf(pulls)
		near(t, name+": mean pull", e.Value, 0, 0.2)
		near(t, name+": deviation of pulls", e.Error*math.Sqrt(seeds), 1, 0.12)
	}
}

// withSigns gives every fourth point the weight −1.
func withSigns(t *testing.T, x data.Points) data.Points {
	t.Helper()
	weights := make([]float64, x.Len())
	for i := range weights {
		if weights[i] = 1; i%4 == 0 {
			weights[i] = -1
		}
	}
	y, err := x.WithWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func TestAutomaticBinsSpanTheTruthButNotItsOutliers(t *testing.T) {
	truth := gaussian(t, 5000, 1, 1, 0)
	values := slices.Clone(truth.Values())
	values[0] = 1e6
	spoilt := points(t, 1, values...)
	all, err := Ratios(spoilt, truth, Binning{})
	if err != nil {
		t.Fatal(err)
	}
	bins := all[0].Bins
	if last := bins[len(bins)-1].To; len(bins) != 40 || last > 6 || all[0].Over.Truth.Count < 1 {
		t.Errorf("%d bins end at %v, with %v points above", len(bins), last, all[0].Over.Truth.Count)
	}
	equal, err := Ratios(truth, truth, Binning{Bins: 10, EqualShares: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range equal[0].Bins {
		near(t, "share of an equal bin", b.Truth.Value, 0.1, 0.003)
	}
}

func TestTheSpreadIsThatOfTheMembers(t *testing.T) {
	truth := points(t, 1, 0.5, 1.5)
	all, err := Ratios(truth, truth, Binning{Edges: map[string][]float64{"0": {0, 1, 2}}}, points(t, 1, 0.5, 0.5, 0.5, 1.5), points(t, 1, 0.5, 1.5, 1.5, 1.5))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "spread of 1.5 and 0.5", all[0].Bins[0].Spread, math.Sqrt(0.5), 1e-15)
	if _, err := Ratios(truth, truth, Binning{}, truth); err == nil {
		t.Error("one member has a spread")
	}
}

func TestWorstLooksAtBinsWithEnoughTruth(t *testing.T) {
	bin := func(ratio, count float64) RatioBin { return RatioBin{Ratio: ratio, Truth: Share{Count: count}} }
	f := FeatureRatios{Bins: []RatioBin{bin(2, 10), bin(0.97, 500), bin(1.02, 500), bin(math.NaN(), 0)}}
	near(t, "among all", f.Worst(0).Ratio, 2, 0)
	near(t, "among full bins", f.Worst(400).Ratio, 0.97, 0)
	if !math.IsNaN(f.Worst(1e9).Ratio) {
		t.Error("there is a worst of no bins")
	}
}

func TestRatiosSayWhatIsWrong(t *testing.T) {
	x := points(t, 1, 0.5, 1.5)
	for want, b := range map[string]Binning{
		"bins": {Bins: -1}, "\"pt\"": {Edges: map[string][]float64{"pt": {0, 1}}}, "at least 2 edges": {Edges: map[string][]float64{"0": {0}}},
		"increasing": {Edges: map[string][]float64{"0": {0, 0}}}, "finite": {Edges: map[string][]float64{"0": {0, math.Inf(1)}}},
	} {
		_, err := Ratios(x, x, b)
		wantError(t, err, want)
	}
	_, err := Ratios(data.Points{}, x, Binning{})
	wantError(t, err, "hold points")
}

// Equal weights give the bits of none, in every metric of bins, correlations, distances, scores and
// predictions.
func TestEqualWeightsOfNewMetricsAreNone(t *testing.T) {
	x, y := gaussian(t, 300, 1, 1, 0, 1), gaussian(t, 300, 2, 1, 0, 1)
	thirds := slices.Repeat([]float64{1.0 / 3}, 300)
	weighted := func(p data.Points) data.Points {
		p, err := p.WithWeights(thirds)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := func(p data.Points) data.Points {
		p, err := p.Columns(0)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	grid, _ := forecastsOfNormals(t, 300, 2, 0, 1, 1)
	scores, signal := pair(150, 1, 1)
	for name, make := range map[string]func(heavy bool, weigh func(data.Points) data.Points) (any, error){
		"ratios":       func(_ bool, w func(data.Points) data.Points) (any, error) { return Ratios(w(x), w(y), Binning{}) },
		"correlations": func(_ bool, w func(data.Points) data.Points) (any, error) { return CorrelationDifferences(w(x), w(y)) },
		"distances":    func(_ bool, w func(data.Points) data.Points) (any, error) { return CumulativeDisplacement(w(x), y) },
		"PIT":          func(_ bool, w func(data.Points) data.Points) (any, error) { return grid.PIT(first(w(x))) },
		"CRPS":         func(_ bool, w func(data.Points) data.Points) (any, error) { return grid.CRPS(first(w(x))) },
		"ROC": func(heavy bool, _ func(data.Points) data.Points) (any, error) {
			if heavy {
				return ROC(scores, signal, thirds, Resampling{Resamples: 20})
			}
			return ROC(scores, signal, nil, Resampling{Resamples: 20})
		},
	} {
		with, err := make(true, weighted)
		if err != nil {
			t.Fatal(err)
		}
		without, err := make(false, func(p data.Points) data.Points { return p })
		if err != nil {
			t.Fatal(err)
		}
		if a, b := fmt.Sprint(with), fmt.Sprint(without); a != b {
			t.Errorf("%s: with equal weights %.200s, without %.200s", name, a, b)
		}
	}
}
