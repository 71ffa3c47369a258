package f4f_test

import (
	"math"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// Encode applies the layers one after another, and log p is the log-prob of the standard normal plus
// the log-dets of the layers and of the scaler.
func TestLayersOneAfterAnotherAreTheFlow(t *testing.T) {
	for name, d := range map[string]*f4f.Density{
		"plain":        fitted(t, small(t, left)),
		"standardised": fitted(t, small(t, left).Standardise().Layers(3)),
		"coupling":     fitted(t, small(t, left).LayerKind(f4f.Coupling).Mixing(f4f.LULinear)),
		"conditional":  fitted(t, small(t, turned{})).At(data.Point(0.3)),
		"embedded":     fitted(t, small(t, turned{}).Embedding(3)).At(data.Point(0.3)),
	} {
		x := sample(t, left, 50, 3)
		z, logProb := must[data.Points](t)(d.Encode(x)), must[[]float64](t)(d.LogProb(x))
		layers := d.Layers()
		u := must[data.Points](t)(layers[0].Enter(x))
		sum := make([]float64, x.Len())
		learned := 0
		for i, l := range layers {
			if off := furthest(u, must[data.Points](t)(l.Enter(x))); off > 1e-4 {
				t.Errorf("%s: points come to %s up to %g from where the one before takes them", name, l, off)
			}
			if l.Learned() != (i%2 == 0) || (l.TailBound() == 4) != l.Learned() {
				t.Errorf("%s: %s is learned: %v, with the bound %v", name, l, l.Learned(), l.TailBound())
			}
			if l.Learned() {
				learned++
			}
			v, logDet, err := l.Apply(u)
			if err != nil {
				t.Fatal(err)
			}
			for k, d := range logDet {
				sum[k] += d
			}
			u = v
		}
		if off := furthest(u, z); off > 1e-4 || learned < 2 {
			t.Errorf("%s: %d layers end up to %g from what Encode gives", name, len(layers), off)
		}
		// The scaler's part is the same for all points.
		first := 0.0
		for k := range logProb {
			r := z.Row(k)
			rest := logProb[k] - sum[k] + (float64(r[0]*r[0])+float64(r[1]*r[1]))/2 + math.Log(2*math.Pi)
			if k == 0 {
				first = rest
			}
			if math.Abs(rest-first) > 1e-3 || name != "standardised" && math.Abs(rest) > 1e-3 {
				t.Fatalf("%s: the log-dets of point %d miss %g nats, those of the first %g", name, k, rest, first)
			}
		}
	}
	if _, _, err := (f4f.Layer{}).Apply(data.Point(1, 2)); err == nil {
		t.Error("no layer maps points")
	}
}
