package metric

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/flowsforflows/flows/data"
)

// forecastsOfNormals returns predictions N(mean, std²) on a grid and by m draws, for n rows.
func forecastsOfNormals(t testing.TB, n, m int, mean, std float64, seed uint64) (grid, drawn Predictions) {
	t.Helper()
	places := make([]float64, 801)
	for k := range places {
		places[k] = mean + std*(float64(k)/50-8)
	}
	logs := make([]float64, 0, n*len(places))
	for range n {
		for _, z := range places {
			u := (z - mean) / std
			logs = append(logs, -u*u/2)
		}
	}
	grid, err := PredictionsOnGrid(places, logs)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err = PredictionsOfSamples(gaussian(t, n*m, seed+1000, std, mean), m, seed)
	if err != nil {
		t.Fatal(err)
	}
	return grid, drawn
}

// CRPS of N(μ, σ²) is σ(z(2Φ(z) − 1) + 2φ(z) − 1/√π), z = (y − μ)/σ (Gneiting and Raftery, eq. 21).
func TestCRPSOfANormalIsThatInClosedForm(t *testing.T) {
	const mean, std = 3.0, 0.5
	y := points(t, 1, 3, 3.4, 2, -4, 8)
	grid, drawn := forecastsOfNormals(t, y.Len(), 40_000, mean, std, 1)
	exact, err := grid.Scores(y)
	if err != nil {
		t.Fatal(err)
	}
	fair, err := drawn.Scores(y)
	if err != nil {
		t.Fatal(err)
	}
	u, err := grid.PIT(y)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y.Len() {
		z := (y.At(i, 0) - mean) / std
		want := std * (z*(2*distuv.UnitNormal.CDF(z)-1) + 2*distuv.UnitNormal.Prob(z) - 1/math.Sqrt(math.Pi))
		near(t, "by a grid", exact[i], want, 2e-4)
		near(t, "by draws", fair[i], want, 0.012)
		near(t, "PIT", u.Values[i], distuv.UnitNormal.CDF(z), 1e-4)
	}
}

// A linear density on two points, 2x on (0, 1): F = x², and its CRPS at ½ by hand.
func TestCRPSOnAGridIsExactForLinearDensities(t *testing.T) {
	p, err := PredictionsOnGrid([]float64{0, 1}, []float64{math.Inf(-1), 7})
	if err != nil {
		t.Fatal(err)
	}
	scores, err := p.Scores(points(t, 1, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	// ∫_0^½ x⁴ + ∫_½^1 (1 − x²)²
	near(t, "CRPS", scores[0], 1.0/160+(8.0/15-(0.5-2*0.125/3+1.0/160)), 1e-15)
	u, err := p.PIT(points(t, 1, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "PIT", u.Values[0], 0.25, 1e-15)
}

// The mean of the fair score over draws of two doesn't depend on their number.
func TestCRPSOfFewDrawsIsFair(t *testing.T) {
	const n = 40_000
	y := gaussian(t, n, 1, 1, 0)
	two, err := PredictionsOfSamples(gaussian(t, 2*n, 2, 1, 0), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := two.CRPS(y)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "CRPS of the truth", got.Value, 1/math.Sqrt(math.Pi), 4*got.Error)
}

// The histogram of the true model lies within its 95% band in at least 95% of seeds, that of one
// that is too narrow never; tests have uniform p-values.
func TestTheTrueModelIsCalibrated(t *testing.T) {
	const n, seeds = 1000, 200
	inside, low := 0, [3]int{}
	grid, drawn := forecastsOfNormals(t, n, 9, 0, 1, 3)
	for seed := range uint64(seeds) {
		y := gaussian(t, n, 50+seed, 1, 0)
		u, err := grid.PIT(y)
		if err != nil {
			t.Fatal(err)
		}
		h, err := u.Histogram(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if h.Outside() == 0 {
			inside++
		}
		tests, err := u.Uniformity()
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range []TestResult{tests.KS, tests.CvM, tests.AD} {
			if r.PValue < 0.1 {
				low[k]++
			}
		}
	}
	near(t, "share of seeds within the band", float64(inside)/seeds, 0.965, 0.035)
	for k, name := range []string{"KS", "CvM", "AD"} {
		near(t, name+": share of p-values below 0.1", float64(low[k])/seeds, 0.1, 0.065)
	}
	ranks, err := drawn.PIT(gaussian(t, n, 77, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if tests, err := ranks.Uniformity(); err != nil || tests.AD.PValue < 1e-3 {
		t.Errorf("ranks among draws aren't uniform: %v, %v", tests, err)
	}
	narrow, _ := forecastsOfNormals(t, n, 2, 0, 0.7, 4)
	u, err := narrow.PIT(gaussian(t, n, 78, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if h, err := u.Histogram(10, 0.95); err != nil || h.Outside() < 2 {
		t.Errorf("a model that is too narrow lies in the band: %v, %v", h, err)
	}
}

// Values of the limiting distributions from tables.
func TestPValuesAreThoseOfTables(t *testing.T) {
	for p, x := range map[float64]float64{0.1: 1.224, 0.05: 1.358, 0.01: 1.628} {
		near(t, "KS", kolmogorovTail(x), p, 5e-4)
	}
	for p, x := range map[float64]float64{0.1: 0.34730, 0.05: 0.46136, 0.01: 0.74346} {
		near(t, "CvM", cramerVonMisesTail(x), p, 1e-5)
	}
	for p, x := range map[float64]float64{0.1: 1.933, 0.05: 2.492, 0.01: 3.878125} {
		near(t, "AD", andersonDarlingTail(x), p, 5e-5)
	}
	if kolmogorovTail(0) != 1 || cramerVonMisesTail(0) != 1 || andersonDarlingTail(0) != 1 || andersonDarlingTail(math.Inf(1)) != 0 {
		t.Error("the tails don't begin at 1")
	}
	for name, tail := range map[string]func(float64) float64{"KS": kolmogorovTail, "CvM": cramerVonMisesTail, "AD": andersonDarlingTail} {
		last := 1.0
		for x := 0.1; x < 1000; x *= 1.05 {
			if p := tail(x); p > last+1e-9 {
				t.Errorf("the p-value of %s rises to %g at %g", name, p, x)
			} else {
				last = p
			}
		}
	}
}

// KS and CvM of three values by the formulas of order statistics; AD too.
func TestUniformityOfThreeValues(t *testing.T) {
	u := PIT{Values: []float64{0.9, 0.2, 0.3}}
	got, err := u.Uniformity()
	if err != nil {
		t.Fatal(err)
	}
	sorted := []float64{0.2, 0.3, 0.9}
	cvm, ad := 1.0/36, -3.0
	for i, v := range sorted {
		cvm += math.Pow(v-(2*float64(i)+1)/6, 2)
		ad -= (2*float64(i) + 1) / 3 * (math.Log(v) + math.Log(1-sorted[2-i]))
	}
	near(t, "KS", got.KS.Statistic, 2.0/3-0.3, 1e-15)
	near(t, "CvM", got.CvM.Statistic, cvm, 1e-12)
	near(t, "AD", got.AD.Statistic, ad, 1e-12)
	copies := PIT{Values: []float64{0.9, 0.2, 0.3, 0.3}}
	weighted := PIT{Values: []float64{0.9, 0.2, 0.3}, Weights: []float64{1, 1, 2}}
	a, err := copies.Uniformity()
	if err != nil {
		t.Fatal(err)
	}
	b, err := weighted.Uniformity()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "KS of a weight of 2", b.KS.Statistic, a.KS.Statistic, 1e-12)
	impossible, err := PIT{Values: []float64{0, 0.5}}.Uniformity()
	if err != nil || !math.IsInf(impossible.AD.Statistic, 1) {
		t.Errorf("AD of an impossible value is %v, %v", impossible, err)
	}
}

func TestBandsOfWeightedPITsAreWider(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	u := PIT{Values: make([]float64, 4000), Weights: make([]float64, 4000)}
	for i := range u.Values {
		u.Values[i] = r.Float64()
		if u.Weights[i] = 1; i%4 == 0 {
			u.Weights[i] = -1
		}
	}
	near(t, "effective number", u.EffectiveSampleSize(), 1000, 1e-9)
	signed, err := u.Histogram(20, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := PIT{Values: u.Values}.Histogram(20, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if signed.High <= plain.High || signed.Low >= plain.Low || signed.Outside() > 1 {
		t.Errorf("the bands are %v and %v", signed, plain)
	}
}

func TestPredictionsSayWhatIsWrong(t *testing.T) {
	y, nan := points(t, 1, 1, 2), math.NaN()
	grid, _ := forecastsOfNormals(t, 2, 2, 0, 1, 1)
	second := func(_ any, err error) error { return err }
	for want, err := range map[string]error{
		"at least 2 points":   second(PredictionsOnGrid([]float64{1}, []float64{1})),
		"increasing":          second(PredictionsOnGrid([]float64{1, 1}, []float64{1, 2})),
		"row by row":          second(PredictionsOnGrid([]float64{1, 2}, []float64{1, 2, 3})),
		"below +Inf":          second(PredictionsOnGrid([]float64{1, 2}, []float64{1, nan})),
		"above 0 somewhere":   second(PredictionsOnGrid([]float64{1, 2}, []float64{math.Inf(-1), math.Inf(-1)})),
		"at least 2 samples":  second(PredictionsOfSamples(y, 1, 0)),
		"3 samples":           second(PredictionsOfSamples(y, 3, 0)),
		"no predictions":      second(Predictions{}.PIT(y)),
		"true value each":     second(grid.CRPS(points(t, 1, 1))),
		"a density":           second(Predict(1, y, nil)),
		"for each of 2":       second(Predict(1, y, func(data.Points) ([]float64, error) { return nil, nil })),
		"needs values":        second(PIT{}.Uniformity()),
		"from 0 to 1":         second(PIT{Values: []float64{1.5}}.Histogram(0, 0)),
		"bins":                second(PIT{Values: []float64{0.5}}.Histogram(-1, 0)),
		"confidence":          second(PIT{Values: []float64{0.5}}.Histogram(0, 2)),
		"sum above 0":         second(PIT{Values: []float64{0.5}, Weights: []float64{-1}}.Histogram(0, 0)),
		"a mean needs values": second(Mean(nil, nil)),
		"must be finite":      second(Mean([]float64{nan}, nil)),
	} {
		wantError(t, err, want)
	}
	e, err := Mean([]float64{1, 2, 3}, []float64{1, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", e.Value, 2, 1e-15)
}

// Predict calls a density with the grid once for each row, in the order of RepeatEach.
func TestPredictAsksForTheGridOfEachRow(t *testing.T) {
	grid := points(t, 1, 0, 1, 2)
	p, err := Predict(2, grid, func(z data.Points) ([]float64, error) {
		logs := make([]float64, z.Len())
		for i := range logs {
			if i/3 == 1 && z.At(i, 0) < 2 { // the second row is near 2
				logs[i] = math.Inf(-1)
			}
		}
		return logs, nil
	})
	if err != nil || p.Len() != 2 {
		t.Fatal(p.Len(), err)
	}
	u, err := p.PIT(points(t, 1, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "first", u.Values[0], 0.5, 1e-15)
	near(t, "second", u.Values[1], 0, 1e-15)
}
