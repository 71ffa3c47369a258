package bijection_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
)

// The ends of an angle are one point: a layer maps it to one point, with one log-det, and maps the
// features beside it alike.
func TestEndsOfAnAngleAreOnePoint(t *testing.T) {
	a, c := autoregressive(3, 0), coupling(3, 0)
	a.Angles, c.Angles = []int{0, 2}, []int{0, 2}
	for name, b := range map[string]bijection.Bijection{"autoregressive": a, "coupling": c} {
		of := bijectiontest.Case{Name: name, Bijection: b, Dim: 3}
		weights := weightsOf(t, of, dtypes.Float64)
		at := func(first, last float64) [][]float64 {
			store := storeOf(t, weights)
			defer store.Finalize()
			x := asTensor(dtypes.Float64, []float64{first, 0.3, last}, 1, 3)
			all := given(t, open(t, "go"), of, store, x, asTensor(dtypes.Float64, []float64{0}, 1, 1), false)
			return [][]float64{all["y"], all["log-det"], all["x"], all["log-det of the inverse"]}
		}
		want := at(-4, -4)
		for _, ends := range [][2]float64{{4, -4}, {-4, 4}, {4, 4}, {12, -20}} {
			for i, got := range at(ends[0], ends[1]) {
				for j, v := range got {
					off := v - want[i][j]
					if i%2 == 0 && j != 1 {
						off = math.Remainder(off, 8)
					}
					if !(math.Abs(off) <= 1e-12) {
						t.Errorf("%s: at %v result %d is %v, want %v as at −4", name, ends, i, got, want[i])
					}
				}
			}
		}
	}
}

func TestAnglesThatALayerCannotHave(t *testing.T) {
	for _, angles := range [][]int{{-1}, {3}, {1, 1}} {
		a, c := autoregressive(3, 0), coupling(3, 0)
		a.Angles, c.Angles = angles, angles
		for _, layer := range []bijection.Layer{a, c} {
			if err := layer.Validate(); err == nil || !strings.Contains(err.Error(), "angles") {
				t.Errorf("angles %v of %T gave %v", angles, layer, err)
			}
		}
	}
	if err := (bijection.Autoregressive{Dim: 2, Hidden: 3, Transformer: bijection.Affine{}, Angles: []int{0}}).Validate(); err == nil || !strings.Contains(err.Error(), "Spline") {
		t.Errorf("an angle with an affine map gave %v", err)
	}
}
