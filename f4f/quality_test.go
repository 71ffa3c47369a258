package f4f_test

import (
	"flag"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

// long runs the tests that take minutes: go test ./f4f -run Quality -long -v
var long = flag.Bool("long", false, "run the tests that take minutes")

// TestQualityOfABaseAtOneEpoch trains the paper's base for a tenth of its epochs, 7,812 steps over 10⁶ points, and says how far it is from the
// truth. nflows at the same setting is the measure: the limits are its KLs on the same sets, and a tenth of a nat.
func TestQualityOfABaseAtOneEpoch(t *testing.T) {
	if !*long {
		t.Skip("takes minutes: run it with -long")
	}
	for _, test := range []struct {
		truth data.Exact
		limit float64
	}{{data.FourCircles(), 0.45}, {data.Checkerboard(), 0.25}} {
		d := fitted(t, f4f.Base(test.truth).Epochs(1).Backend("xla").Store(store(t)))
		kl := must[metric.Estimate](t)(metric.KL(test.truth, d.LogProb, 100_000, 1))
		t.Logf("%s: true entropy %.4f nats, KL of the base %v nats, %.0f steps/s", test.truth.Name(), test.truth.Entropy(), kl, d.Rate())
		if kl.Value > test.limit {
			t.Errorf("%s: the KL is %v nats, want at most %v", test.truth.Name(), kl, test.limit)
		}
	}
}
