package template

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"
)

var window = Window{From: 3.3, To: 3.7, Side: 0.4}

// The pull of the number expected in the region, over many toys, has mean 0 and width 1.
func TestExpectedCountIsUnbiasedWithTheRightError(t *testing.T) {
	truth := Spectrum{power1, power2, 0}
	sides := window.sidebands()
	outside, _, _ := truth.moments(sides[:]...)
	inside, _, _ := truth.moments([2]float64{window.From, window.To})
	var pulls []float64
	for seed := range uint64(60) {
		m, err := truth.Sample(20_000, window.From-window.Side, window.To+window.Side, seed)
		if err != nil {
			t.Fatal(err)
		}
		s, err := FitSpectrum(m, window)
		if err != nil {
			t.Fatal(err)
		}
		sideband, _, err := window.Sidebands(m, m)
		if err != nil {
			t.Fatal(err)
		}
		got := s.Expected(sideband.Len(), window)
		pulls = append(pulls, (got.Value-20_000*inside/(inside+outside))/got.Error)
	}
	mean, width := stat.MeanStdDev(pulls, nil)
	// The number in the sidebands is binomial here, not Poisson, so the width is a little below 1.
	if math.Abs(mean) > 0.45 || width < 0.7 || width > 1.3 {
		t.Errorf("pulls have mean %.2f and width %.2f", mean, width)
	}
}
