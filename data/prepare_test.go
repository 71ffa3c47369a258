package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// What a column of 10,000 values looks like, and what is proposed.
func TestPrepareProposesWhatSuitsAColumn(t *testing.T) {
	gauss := (*rand.Rand).NormFloat64
	for _, test := range []struct {
		name string
		draw func(r *rand.Rand) float64
		want string // the maps, as code
		says string // part of the reason
	}{
		{"normal", gauss, ``, "as it is"},
		{"two peaks", func(r *rand.Rand) float64 { return gauss(r) + 8*float64(r.IntN(2)) }, ``, "as it is"},
		{"two positive peaks", func(r *rand.Rand) float64 { return math.Exp(gauss(r) + 8*float64(r.IntN(2))) }, `, data.Log`, "several peaks"},
		{"Cauchy", cauchy, `, data.Robust, data.Asinh(1), data.Quantile`, "heavy"},
		{"Cauchy, far off", func(r *rand.Rand) float64 { return 2000 + cauchy(r) }, `, data.Robust, data.Asinh(1), data.Quantile`, "heavy"},
		{"t of 3", func(r *rand.Rand) float64 {
			return gauss(r) / math.Sqrt((math.Pow(gauss(r), 2)+math.Pow(gauss(r), 2)+math.Pow(gauss(r), 2))/3)
		}, `, data.Robust, data.Asinh(1), data.Quantile`, "heavy"},
		{"log-normal", lognormal, `, data.Log, data.Quantile`, "positive"},
		{"log-normal, narrow", func(r *rand.Rand) float64 { return math.Exp(0.4 * gauss(r)) }, `, data.Log, data.Quantile`, "positive"},
		{"exponential", (*rand.Rand).ExpFloat64, `, data.Log, data.Quantile`, "positive"},
		{"exponential above a cut", func(r *rand.Rand) float64 { return 20 + 15*r.ExpFloat64() }, `, data.LogAbove(20), data.Quantile`, "20"},
		{"exponential below an end", func(r *rand.Rand) float64 { return -2.5 - r.ExpFloat64() }, `, data.LogBelow(-2.5), data.Quantile`, "-2.5"},
		{"uniform", (*rand.Rand).Float64, `, data.Logit(0, 1), data.Quantile`, "ends"},
		{"uniform elsewhere", func(r *rand.Rand) float64 { return 0.25 + 1.5*r.Float64() }, `, data.Logit(0.25, 1.75), data.Quantile`, "ends"},
		{"beta", atAnEnd, `, data.Logit(0, 1), data.Quantile`, "ends"},
		{"angle", func(r *rand.Rand) float64 { return math.Pi * (2*r.Float64() - 1) }, ``, "angle"},
		{"count", func(r *rand.Rand) float64 { return math.Floor(3 * r.ExpFloat64()) }, `, data.Whole, data.Log, data.Quantile`, "whole"},
		{"large count", func(r *rand.Rand) float64 { return math.Round(200 + 10*gauss(r)) }, `, data.Whole`, "whole"},
		{"die", func(r *rand.Rand) float64 { return float64(1 + r.IntN(6)) }, `, data.Whole, data.Logit(1, 7), data.Quantile`, "whole"},
		{"class", func(r *rand.Rand) float64 { return float64(r.IntN(2)) }, `, data.Whole, data.Logit(0, 2), data.Quantile`, "condition"},
		{"spike at 0", func(r *rand.Rand) float64 { return lognormal(r) * float64(min(r.IntN(10)/3, 1)) }, `, data.Spike(0), data.Log, data.Quantile`, "exactly 0"},
		{"missing values", func(r *rand.Rand) float64 {
			if r.IntN(10) == 0 {
				return -999
			}
			return gauss(r)
		}, `, data.Spike(-999)`, "exactly -999"},
		{"decimals", func(r *rand.Rand) float64 { return math.Round(10*gauss(r)) / 10 }, ``, "Dequantize"},
		{"constant", func(*rand.Rand) float64 { return 3 }, ``, "constant"},
		{"offset", func(r *rand.Rand) float64 { return 1e8 + 100*gauss(r) }, ``, "offset"},
	} {
		p := drawnColumn(t, 10_000, test.draw)
		prepared, err := Prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		got := prepared[0].ColumnMaps.String()
		if want := `"pt"` + test.want; got != want && test.name != "angle" || !strings.Contains(prepared[0].Reason, test.says) {
			t.Errorf("%s: it proposes %s, because %s; want %s", test.name, got, prepared[0].Reason, want)
		}
		if columns := prepared.Columns(); len(columns) > 0 {
			if _, err := FitPipeline(p, columns...); err != nil {
				t.Errorf("%s: what it proposes can't be fitted: %v", test.name, err)
			}
		}
	}
}

// TestPrepareProposesMapsThatCanBeFitted: of few rows too, whatever the column.
func TestPrepareProposesMapsThatCanBeFitted(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		n := 2 + r.IntN(400)
		draws := []func(*rand.Rand) float64{
			(*rand.Rand).NormFloat64, cauchy, lognormal, (*rand.Rand).Float64, atAnEnd, (*rand.Rand).ExpFloat64,
			func(r *rand.Rand) float64 { return float64(r.IntN(4)) },
			func(r *rand.Rand) float64 { return math.Max(0, r.NormFloat64()) },
			func(r *rand.Rand) float64 { return math.Min(1, math.Max(0, 0.5+r.NormFloat64())) },
			func(r *rand.Rand) float64 { return 0.1 * float64(r.IntN(300)) },
		}
		values := make([]float32, 0, n*len(draws))
		for range n {
			for _, draw := range draws {
				values = append(values, float32(draw(r)))
			}
		}
		p, err := NewPoints(len(draws), values)
		if err != nil {
			t.Fatal(err)
		}
		prepared, err := Prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		pipeline, err := FitPipeline(p, prepared.Columns()...)
		if err != nil {
			t.Fatalf("%d rows: %v\n%s", n, err, prepared)
		}
		u, logDets, err := pipeline.Transform(p, 1)
		if err != nil || u.CheckFinite() != nil || slices.ContainsFunc(logDets, func(l float64) bool { return !finite(l) }) {
			t.Fatalf("%d rows: %v, %v\n%s", n, err, u.CheckFinite(), prepared)
		}
	}
}

func TestPrepareReadsAsALineAColumn(t *testing.T) {
	p := drawnColumn(t, 1000, lognormal)
	text := fmt.Sprint(must2(t)(Prepare(p)))
	if !strings.HasPrefix(text, `"pt", data.Log, data.Quantile`) || !strings.Contains(text, "skewed") {
		t.Errorf("it reads %s", text)
	}
	if _, err := Prepare(Points{}); err == nil {
		t.Error("no points are prepared")
	}
	if _, err := Prepare(Point(float32(math.NaN()))); err == nil {
		t.Error("a NaN is prepared")
	}
}

func must2(t *testing.T) func(Preparation, error) Preparation {
	return func(p Preparation, err error) Preparation {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// A code for a missing value is asked about, with the way to say so; other values aren't.
func TestPrepareAsksAboutCodesForMissingValues(t *testing.T) {
	gauss := (*rand.Rand).NormFloat64
	in := func(share, code float64, draw func(*rand.Rand) float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 {
			if r.Float64() < share {
				return code
			}
			return draw(r)
		}
	}
	counts := func(r *rand.Rand) float64 { return float64(r.IntN(90)) }
	for _, test := range []struct {
		name string
		draw func(r *rand.Rand) float64
		code string // that is asked about; "" for none
	}{
		{"-999", in(0.1, -999, gauss), "-999"},
		{"-9999, rarely", in(0.001, -9999, gauss), "-9999"},
		{"9999", in(0.1, 9999, lognormal), "9999"},
		{"-99 among counts", in(0.1, -99, counts), "-99"},
		{"1e20", in(0.1, 1e20, gauss), "1e+20"},
		{"-1 among positive values", in(0.1, -1, lognormal), "-1"},
		{"a spike at 0", in(0.1, 0, lognormal), ""},
		{"99 at the end of ages", func(r *rand.Rand) float64 { return float64(r.IntN(100)) }, ""},
		{"99 among values around it", in(0.1, 99, func(r *rand.Rand) float64 { return 100 + 10*gauss(r) }), ""},
		{"a single outlier", func(r *rand.Rand) float64 { return cauchy(r) }, ""},
		{"charges", func(r *rand.Rand) float64 { return float64(2*r.IntN(2) - 1) }, ""},
	} {
		reason := ProposalFor(drawnColumn(t, 10_000, test.draw), 0).Reason
		if asks := strings.Contains(reason, "MissingValues"); asks != (test.code != "") || !strings.Contains(reason, "DropMissing("+test.code) && asks {
			t.Errorf("%s: it says %q", test.name, reason)
		}
	}
}

// A weight counts as that many points, in what a column looks like.
func TestPrepareLooksAtTheWeightedDistribution(t *testing.T) {
	// The weights make an exponential column of a uniform one.
	r := rand.New(rand.NewPCG(5, 6))
	var values []float32
	var weights, negative []float64
	for range 10_000 {
		v := 20 * r.Float64()
		w := math.Exp(-v / 3)
		values, weights, negative = append(values, float32(v)), append(weights, w), append(negative, 1)
	}
	negative[0] = -5
	p, err := NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	plain := ProposalFor(p, 0)
	if p, err = p.WithWeights(weights); err != nil {
		t.Fatal(err)
	}
	weighted := ProposalFor(p, 0)
	if !strings.Contains(plain.String(), "Logit") || !strings.Contains(weighted.String(), "data.Log, data.Quantile") {
		t.Errorf("without weights it proposes %s, with them %s", plain, weighted)
	}
	if _, err := FitPipeline(p, weighted.ColumnMaps); err != nil {
		t.Errorf("what it proposes can't be fitted: %v", err)
	}
	if p, err = p.WithWeights(negative); err != nil {
		t.Fatal(err)
	}
	if again := ProposalFor(p, 0); again.String() != plain.String() {
		t.Errorf("one negative weight of 10,000 changes it from %s to %s", plain, again)
	}
}

func TestPrepareShowsWholeNumbersAsTheyAre(t *testing.T) {
	for _, draw := range []func(r *rand.Rand) float64{
		func(r *rand.Rand) float64 { return math.Floor(3 * r.ExpFloat64()) },
		func(r *rand.Rand) float64 { return float64(1 + r.IntN(6)) },
		func(r *rand.Rand) float64 { return math.Trunc(cauchy(r)) },
	} {
		if reason := ProposalFor(drawnColumn(t, 10_000, draw), 0).Reason; strings.Contains(strings.TrimSuffix(reason, "."), ".") {
			t.Errorf("of whole numbers it says %q", reason)
		}
	}
}
