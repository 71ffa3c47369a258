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
