package data

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPrepareConditionsProposesMapsWithoutNoise(t *testing.T) {
	for _, test := range []struct {
		name string
		draw func(r *rand.Rand) float64
		want string // the maps, as code
		says string
	}{
		{"normal", (*rand.Rand).NormFloat64, ``, "as it is"},
		{"log-normal", lognormal, `, data.Log`, "skewed"},
		{"Cauchy", cauchy, `, data.Robust, data.Asinh(1)`, "heavy"},
		{"counts", func(r *rand.Rand) float64 { return float64(r.IntN(5)) }, ``, "as it is"},
		{"a class", func(r *rand.Rand) float64 { return float64(r.IntN(2)) }, ``, "as it is"},
		{"a spike", func(r *rand.Rand) float64 { return max(r.NormFloat64(), 0) }, ``, ""},
		{"missing values", func(r *rand.Rand) float64 {
			if r.IntN(10) == 0 {
				return -999
			}
			return r.NormFloat64()
		}, `, data.Robust, data.Asinh(1)`, "MissingValues"},
		{"constant", func(*rand.Rand) float64 { return 3 }, ``, "constant"},
	} {
		c := drawnColumn(t, 2000, test.draw)
		prepared, err := PrepareConditions(c)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := prepared[0].ColumnMaps.String(), `"pt"`+test.want; got != want || !strings.Contains(prepared[0].Reason, test.says) {
			t.Errorf("%s: it proposes %s, because %s; want %s", test.name, got, prepared[0].Reason, want)
		}
		if columns := prepared.Columns(); len(columns) > 0 {
			if _, err := FitPipeline(c, columns...); err != nil {
				t.Errorf("%s: what it proposes can't be fitted: %v", test.name, err)
			}
		}
	}
	if _, err := PrepareConditions(Points{}); err == nil {
		t.Error("no conditions are prepared")
	}
}
