package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// pair returns scores of n events of signal, from N(shift, 1), and n of background, from N(0, 1).
func pair(n int, shift float64, seed uint64) (scores []float64, signal []bool) {
	r := rand.New(rand.NewPCG(seed, 5))
	for i := range 2 * n {
		s := i%2 == 0
		scores, signal = append(scores, r.NormFloat64()), append(signal, s)
		if s {
			scores[i] += shift
		}
	}
	return scores, signal
}

// pairwise is the statistic of Mann and Whitney by its definition.
func pairwise(scores []float64, signal []bool, weights []float64) float64 {
	sum, total := 0.0, 0.0
	for i := range scores {
		for j := range scores {
			if signal[i] && !signal[j] {
				w := weightAt(weights, i) * weightAt(weights, j)
				total += w
				switch {
				case scores[i] > scores[j]:
					sum += w
				case scores[i] == scores[j]:
					sum += w / 2
				}
			}
		}
	}
	return sum / total
}

func TestAUCOfACurveIsTheStatisticOfMannAndWhitney(t *testing.T) {
	scores, signal := pair(150, 0.7, 1)
	weights := make([]float64, len(scores))
	for i := range weights {
		if weights[i] = 1 + float64(i%5); i%7 == 0 {
			weights[i] = -1
		}
	}
	tied := make([]float64, len(scores))
	for i, s := range scores {
		tied[i] = math.Round(s)
	}
	for name, c := range map[string]struct{ scores, weights []float64 }{
		"plain": {scores, nil}, "weighted": {scores, weights}, "tied": {tied, nil}, "tied and weighted": {tied, weights},
	} {
		curve, err := ROC(c.scores, signal, c.weights, Resampling{Resamples: 20})
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, curve.AUC.Value, pairwise(c.scores, signal, c.weights), 1e-12)
		if !(curve.AUC.Low < curve.AUC.Value && curve.AUC.Value < curve.AUC.High) {
			t.Errorf("%s: the interval is %v", name, curve.AUC)
		}
	}
}

// For normal scores ε_B = 1 − Φ(Φ⁻¹(1 − ε_S) + d), the gain follows, and AUC = Φ(d/√2).
func TestCurvesOfANormalPairAreThoseInClosedForm(t *testing.T) {
	const shift, n = 1.5, 40_000
	scores, signal := pair(n, shift, 2)
	c, err := ROC(scores, signal, nil, Resampling{Resamples: 50, Confidence: 0.68})
	if err != nil {
		t.Fatal(err)
	}
	background := func(s float64) float64 {
		return distuv.UnitNormal.Survival(distuv.UnitNormal.Quantile(1-s) + shift)
	}
	near(t, "AUC", c.AUC.Value, distuv.UnitNormal.CDF(shift/math.Sqrt2), 0.005)
	within, count := 0, 0
	for _, p := range c.SIC(0) {
		if p.Signal <= 0.02 || p.Signal >= 0.98 {
			continue
		}
		want := p.Signal / math.Sqrt(background(p.Signal))
		relative := 4.5 / math.Sqrt(background(p.Signal)*n)
		near(t, "gain", p.Gain.Value, want, relative*want)
		if count++; p.Gain.Low <= want && want <= p.Gain.High {
			within++
		}
	}
	if count < 100 || within < count/4 { // neighbours go together
		t.Errorf("the truth lies within the band at %d of %d points", within, count)
	}
	if best := c.BestSIC(0); !(best.Gain.Value > 1) {
		t.Errorf("the best is %v", best)
	}
	for _, p := range c.SIC(0.05) {
		if 1/math.Sqrt(c.At(p.Signal).Value*n) > 0.051 {
			t.Fatalf("too few events pass at %v", p.Signal)
		}
	}
}

// A 90% interval of AUC and of ε_B at ε_S = 0.5 holds the truth in 90% of seeds.
func TestBandsOfCurvesCoverTheTruth(t *testing.T) {
	const shift, seeds = 1.0, 200
	auc, want := distuv.UnitNormal.CDF(shift/math.Sqrt2), distuv.UnitNormal.Survival(shift)
	areas, backgrounds := 0, 0
	for seed := range uint64(seeds) {
		scores, signal := pair(300, shift, 10+seed)
		c, err := ROC(scores, signal, nil, Resampling{Resamples: 100, Confidence: 0.9, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if c.AUC.Low <= auc && auc <= c.AUC.High {
			areas++
		}
		if b := c.At(0.5); b.Low <= want && want <= b.High {
			backgrounds++
		}
	}
	near(t, "coverage of AUC", float64(areas)/seeds, 0.9, 0.06)
	near(t, "coverage of the background efficiency", float64(backgrounds)/seeds, 0.9, 0.06)
}

// Background of weight −1 cancels equal background of weight 1 in the mean.
func TestNegativeWeightsCancelInCurves(t *testing.T) {
	scores, signal := pair(20_000, 1, 3)
	extra, _ := pair(20_000, 2, 4) // background twice, added and taken away
	weights := make([]float64, len(scores))
	for i := range weights {
		weights[i] = 1
	}
	all, labels := scores, signal
	for i := range extra {
		all, labels, weights = append(all, extra[i]), append(labels, false), append(weights, float64(1-2*(i/2%2)))
	}
	plain, err := ROC(scores, signal, nil, Resampling{Resamples: 20})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ROC(all, labels, weights, Resampling{Resamples: 20})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "AUC", signed.AUC.Value, plain.AUC.Value, 0.02)
	if wide, narrow := signed.AUC.High-signed.AUC.Low, plain.AUC.High-plain.AUC.Low; wide < narrow {
		t.Errorf("with cancelling weights the interval is %v wide, without %v", wide, narrow)
	}
}

func TestROCSaysWhatIsWrong(t *testing.T) {
	scores, signal := pair(20, 1, 1)
	nan := append([]float64{math.NaN()}, scores[1:]...)
	zero := make([]float64, len(scores))
	for want, call := range map[string]func() (ROCCurve, error){
		"label":     func() (ROCCurve, error) { return ROC(scores, signal[1:], nil, Resampling{}) },
		"1 weights": func() (ROCCurve, error) { return ROC(scores, signal, []float64{1}, Resampling{}) },
		"NaN":       func() (ROCCurve, error) { return ROC(nan, signal, nil, Resampling{}) },
		"at least":  func() (ROCCurve, error) { return ROC(scores[:8], signal[:8], nil, Resampling{}) },
		"sum":       func() (ROCCurve, error) { return ROC(scores, signal, zero, Resampling{}) },
		"Paired":    func() (ROCCurve, error) { return ROC(scores, signal, nil, Resampling{Paired: true}) },
		"resamples": func() (ROCCurve, error) { return ROC(scores, signal, nil, Resampling{Resamples: 1}) },
	} {
		_, err := call()
		wantError(t, err, want)
	}
	if c := (ROCCurve{}); !math.IsNaN(c.At(0.5).Value) || len(c.SIC(0)) != 0 || !math.IsNaN(c.BestSIC(0).Signal) {
		t.Error("an empty curve has values")
	}
}

// The curve of runs is their median, and its band holds the middle of them.
func TestROCOfRunsIsTheirMedian(t *testing.T) {
	var runs []ROCCurve
	for seed := range uint64(9) {
		scores, signal := pair(200, 1, 100+seed)
		c, err := ROC(scores, signal, nil, Resampling{Resamples: 20})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, c)
	}
	c, err := ROCOfRuns(0, runs...)
	if err != nil {
		t.Fatal(err)
	}
	var at, areas []float64
	within := 0
	for _, r := range runs {
		at, areas = append(at, r.At(0.5).Value), append(areas, r.AUC.Value)
		if b := c.At(0.5); b.Low <= r.At(0.5).Value && r.At(0.5).Value <= b.High {
			within++
		}
	}
	slices.Sort(at)
	slices.Sort(areas)
	near(t, "median ε_B", c.At(0.5).Value, at[4], 1e-12)
	near(t, "median AUC", c.AUC.Value, areas[4], 1e-12)
	if within < 5 || within > 7 {
		t.Errorf("the band holds %d of 9 runs", within)
	}
	same, err := ROCOfRuns(0.9, runs[0], runs[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range runs[0].Signal {
		near(t, "a run twice", same.At(s).Value, runs[0].Background[i].Value, 0)
		near(t, "its events", same.Passing[i], runs[0].Passing[i], 0)
	}
	_, err = ROCOfRuns(0, runs[0])
	wantError(t, err, "at least 2")
	_, err = ROCOfRuns(0, runs[0], ROCCurve{})
	wantError(t, err, "run 2")
	_, err = ROCOfRuns(2, runs...)
	wantError(t, err, "confidence")
}
