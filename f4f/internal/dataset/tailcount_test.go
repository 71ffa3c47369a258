package dataset

import (
	"slices"
	"testing"
)

func TestAFewPointsBeyondTheBoundAreNoMatter(t *testing.T) {
	for name, test := range map[string]struct {
		points float64
		each   []float64 // by feature, points outside
		want   bool
	}{
		"none":                     {1000, []float64{0, 0}, false},
		"a handful":                {100, []float64{2, 0}, false},
		"more of a few":            {100, []float64{0, 3}, true},
		"a normal distribution":    {1_000_000, []float64{63, 64, 60}, false},
		"one in a thousand":        {100_000, []float64{100, 0}, false},
		"more than one":            {100_000, []float64{101, 0}, true},
		"many features, few each":  {10_000, slices.Repeat([]float64{9}, 100), false},
		"many features, one of it": {10_000, append(slices.Repeat([]float64{0}, 99), 11), true},
	} {
		o := TailCount{Points: test.points, Features: test.each}
		if _, got := o.Matters(); got != test.want {
			t.Errorf("%s: it matters: %v, want %v", name, got, test.want)
		}
	}
}
