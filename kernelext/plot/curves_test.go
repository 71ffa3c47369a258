package plot

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/f4f/fit"
)

func TestTicksAreRoundAndShort(t *testing.T) {
	for _, c := range []struct {
		least, most float64
		want        []string
	}{
		{0, 7812, []string{"0", "1000", "2000", "3000", "4000", "5000", "6000", "7000"}},
		{-3.4, 3.4, []string{"-3", "-2", "-1", "0", "1", "2", "3"}},
		{-0.3, 0.21, []string{"-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2"}},
		{2.87, 3.29, []string{"2.9", "3.0", "3.1", "3.2"}},
		{0, 4e6, []string{"0", "1e+06", "2e+06", "3e+06", "4e+06"}},
	} {
		var got []string
		for _, tick := range (ticks{}).Ticks(c.least, c.most) {
			got = append(got, tick.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("ticks from %v to %v are %q, want %q", c.least, c.most, got, c.want)
		}
	}
}

func TestTicksOfAnyRangeAreFewAndWithinIt(t *testing.T) {
	for _, width := range []float64{1e-12, 1e-3, 0.7, 1, 3, 9.99, 12345, 1e30} {
		for _, least := range []float64{0, -0.37 * width, 17.3 * width, -1e6 * width} {
			marks := (ticks{}).Ticks(least, least+width)
			if n := len(marks); n < 4 || n > 11 {
				t.Errorf("from %v for %v there are %d ticks", least, width, n)
			}
			for i, m := range marks {
				if m.Value < least-1e-6*width || m.Value > least+width*(1+1e-6) {
					t.Errorf("from %v for %v there is a tick at %v", least, width, m.Value)
				}
				if i > 0 && m.Label == marks[i-1].Label {
					t.Errorf("from %v for %v two ticks are called %q", least, width, m.Label)
				}
			}
		}
	}
}

// The mean of 0, 1, …, 4 around 2 is 2. At the start the mean takes equally many losses on both
// sides, at the end those that are left.
func TestSmoothingIsAMeanAroundEachStep(t *testing.T) {
	got := around([]float32{0, 1, 4, 9, 16}, 2)
	want := plotter.XYs{{X: 1, Y: 0}, {X: 2, Y: 5. / 3}, {X: 3, Y: 6}, {X: 4, Y: 30. / 4}, {X: 5, Y: 29. / 3}}
	for i := range want {
		if math.Abs(got[i].X-want[i].X) > 1e-12 || math.Abs(got[i].Y-want[i].Y) > 1e-12 {
			t.Errorf("smoothed step %d is %v, want %v", i, got[i], want[i])
		}
	}
	many := make([]float32, 100_000)
	if curve := around(many, 10); len(curve) > 400 || curve[0].X != 1 || curve[len(curve)-1].X != 100_000 {
		t.Errorf("100000 steps are drawn by %d points from %v to %v", len(curve), curve[0].X, curve[len(curve)-1].X)
	}
}

// With a loss that starts at 1000 and has a spike of 10⁴, the range must show the losses from 3.0
// to 3.5 and every validation loss.
func TestTheRangeOfLossesIsThatOfTheRest(t *testing.T) {
	steps := make([]float32, 8000)
	for i := range steps {
		steps[i] = float32(3 + 0.5*math.Exp(-float64(i)/2000) + 1000*math.Exp(-float64(i)/10))
	}
	steps[5000] = 1e4
	f, err := Losses("l", steps, []fit.EpochRecord{{Loss: 3.4, Validation: 3.2}, {Loss: 3.05, Validation: math.NaN()}})
	if err != nil {
		t.Fatal(err)
	}
	if y := f.Panels[0].Y; y.Min > 3.02 || y.Min < 2.5 || y.Max < 3.4 || y.Max > 5 {
		t.Errorf("losses are drawn from %v to %v", y.Min, y.Max)
	}
}

func TestARisingValidationStaysInSight(t *testing.T) {
	for n := 2; n < 30; n++ {
		scores := make(plotter.XYs, n)
		for i := range scores {
			scores[i] = plotter.XY{X: float64(i), Y: 2.95}
		}
		scores[n-1].Y = 3.5 // over-fitting, which the curve must show
		if _, most := lossRange(scores); most < 3.5 {
			t.Errorf("of %d epochs the last has 3.5 and the axis ends at %v", n, most)
		}
	}
}

func TestLegendOfLossesMakesWayForARisingValidation(t *testing.T) {
	for name, rise := range map[string]float64{"falling": -0.5, "rising": 2} {
		var epochs []fit.EpochRecord
		for i := range 40 {
			at := float64(i) / 40
			epochs = append(epochs, fit.EpochRecord{Loss: 2 + math.Exp(-4*at), Validation: 3 + rise*at})
		}
		f, err := Losses(name, nil, epochs)
		if err != nil {
			t.Fatal(err)
		}
		if above, want := f.Panels[0].Legend.Top, rise < 0; above != want || f.Panels[0].Legend.Left == want {
			t.Errorf("with a %s validation loss the legend is above: %v, want %v", name, above, want)
		}
	}
}
