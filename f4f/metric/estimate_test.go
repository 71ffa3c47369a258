package metric

import (
	"math"
	"testing"
)

func TestEstimateReadsWithAsManyDecimalsAsItsErrorNeeds(t *testing.T) {
	for _, test := range []struct {
		e    Estimate
		want string
	}{
		{Estimate{Value: 0.01234, Error: 0.00042}, "0.0123 ± 0.0004"},
		{Estimate{Value: 12, Error: 3}, "12.0000 ± 3.0000"},
		{Estimate{Value: 0.00123456, Error: 0.0000032}, "0.001235 ± 0.000003"},
		{Estimate{Value: 1}, "1.0000 ± 0.0000"},
		{Estimate{Value: 0.5, Error: 0.1, OutsideSupport: 0.015}, "0.5000 ± 0.1000 (1.50% outside)"},
		{Estimate{Value: math.Inf(1), Error: math.NaN()}, "+Inf ± NaN"},
	} {
		if got := test.e.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
