package ensemble

import (
	"math"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func TestMeansAreOfDensities(t *testing.T) {
	none := math.Inf(-1)
	mean := MeanDensity([][]float64{{0, -1000, none, none}, {math.Log(3), -1000, none, 0}})
	for i, want := range []float64{math.Log(2), -1000, none, -math.Ln2} {
		if mean[i] != want && !(math.Abs(mean[i]-want) < 1e-12) {
			t.Errorf("the logarithm of the mean is %v, want %v", mean[i], want)
		}
	}
	if s := Spread([][]float64{{1}, {3}})[0]; math.Abs(s-math.Sqrt2) > 1e-12 {
		t.Errorf("1 and 3 spread by %v", s)
	}
	a, b := data.Point(1, 2), data.Point(3, 2)
	m, s, err := MeanAndSpread([]data.Points{a, b})
	if err != nil || m.Row(0)[0] != 2 || m.Row(0)[1] != 2 || s.Row(0)[0] != float32(math.Sqrt2) || s.Row(0)[1] != 0 {
		t.Errorf("the mean is %v, the spread %v, %v", m.Values(), s.Values(), err)
	}
	// The mean of 350° and 20° is 5°, not 185°, whichever comes first.
	for _, angles := range [][]data.Points{{data.Point(350, 1), data.Point(20, 3)}, {data.Point(20, 3), data.Point(350, 1)}} {
		for k := range angles {
			var err error
			if angles[k], err = angles[k].WithPeriods([][2]float64{{0, 360}, {}}); err != nil {
				t.Fatal(err)
			}
		}
		m, s, err := MeanAndSpread(angles)
		if s.Periods() != nil || m.Periods() == nil {
			t.Errorf("the mean has the periods %v, the spread %v", m.Periods(), s.Periods())
		}
		if err != nil || math.Abs(m.At(0, 0)-5) > 1e-4 || m.At(0, 1) != 2 || math.Abs(s.At(0, 0)-30/math.Sqrt2) > 1e-4 {
			t.Errorf("the mean of angles is %v, the spread %v, %v", m.Values(), s.Values(), err)
		}
	}
}
