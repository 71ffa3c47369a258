package template

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

var window = Window{From: 3.3, To: 3.7, Side: 0.4}

// The pull of the number expected in the region, over many toys, has mean 0 and width 1.
func TestExpectedCountIsUnbiasedWithTheRightError(t *testing.T) {
	truth := Spectrum{power1, power2, 0}
	sides := window.sidebands()
	outside, _, _ := truth.moments(sides[:]...)
	inside, _, _ := truth.moments([2]float64{window.From, window.To})
	var pulls []float64
	for seed := range uint64(40) {
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
	if math.Abs(mean) > 0.55 || width < 0.7 || width > 1.3 {
		t.Errorf("pulls have mean %.2f and width %.2f", mean, width)
	}
}

// Events of neighbouring masses are alike, and those of distant masses aren't: no jump at the edges
// of the window, and something to interpolate.
func TestBackgroundChangesSmoothlyWithTheMass(t *testing.T) {
	means := func(mass float64) []float64 {
		x, _, err := Background(8_000, mass-0.02, mass+0.02, 1)
		if err != nil {
			t.Fatal(err)
		}
		return columnMeans(x)
	}
	low, middle, high := means(2.9), means(3.5), means(4.1)
	for j, name := range Features {
		whole := math.Abs(high[j] - low[j])
		if off := math.Abs(middle[j] - (low[j]+high[j])/2); off > 0.5*whole+0.03*math.Abs(middle[j]) {
			t.Errorf("%s: means %g, %g, %g: the middle is off a line by %g", name, low[j], middle[j], high[j], off)
		}
	}
}

func columnMeans(p data.Points) []float64 {
	means := make([]float64, p.Dim())
	for i := range p.Len() {
		for j := range means {
			means[j] += p.At(i, j) / float64(p.Len())
		}
	}
	return means
}

func TestSignalLiesInTheRegion(t *testing.T) {
	x, m, err := Signal(5_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	in, _, err := window.Region(x, m)
	if err != nil {
		t.Fatal(err)
	}
	if share := float64(in.Len()) / 5_000; share < 0.9 || share > 0.97 {
		t.Errorf("%.3f of the signal lies in %v", share, window)
	}
}

// The lines of a feature whose moments are lines carry it exactly.
func TestLinearMovesWhatIsLinear(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var xs, ms, to, want []float32
	for range 50_000 {
		m, z := 3+rng.Float64(), rng.NormFloat64()
		xs, ms = append(xs, float32(2*m+(0.5+0.2*m)*z)), append(ms, float32(m))
		to, want = append(to, 3.5), append(want, float32(7+1.2*z))
	}
	points := func(v []float32) data.Points {
		p, err := data.NewPoints(1, v)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	l, err := FitLinear(points(xs), points(ms))
	if err != nil {
		t.Fatal(err)
	}
	y, err := l.Move(points(xs), points(ms), points(to))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if off := math.Abs(y.At(i, 0) - float64(want[i])); off > 0.1 {
			t.Fatalf("event %d moves to %g, want %g", i, y.At(i, 0), want[i])
		}
	}
}

// A cut that a share of the template passes expects this share of the background.
func TestCutCountsWhatPasses(t *testing.T) {
	s := &Search{template: 10_000, expected: Count{1000, 0}, data: make([]float64, 1000)}
	for i := range s.data {
		s.data[i] = float64(i) / 1000
	}
	got := s.Cut(0.01)
	if got.Observed != 10 || got.Background.Value != 10 || math.Abs(got.Background.Error-1) > 1e-9 || got.Significance != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestBadInputIsAnError(t *testing.T) {
	x, m, err := Background(1000, 3, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	bad := Window{From: 4, To: 3, Side: 0.1}
	ctx := context.Background()
	for name, err := range map[string]error{
		"no events":             second(Background(0, 3, 4, 1)),
		"masses below trigger":  second(Background(10, 2, 4, 1)),
		"NaN":                   second(Background(10, math.NaN(), 4, 1)),
		"no signal":             second(Signal(0, 1)),
		"window backwards":      bad.Validate(),
		"fit in it":             last(FitSpectrum(m, bad)),
		"too few masses":        last(FitSpectrum(m.Slice(0, 50), window)),
		"masses of other rows":  second(window.Region(x, m.Slice(0, 5))),
		"no mass to sample":     last(Spectrum{}.Sample(0, 3, 4, 1)),
		"linear without masses": last(FitLinear(x, m.Slice(0, 5))),
		"no linear":             last((*Linear)(nil).Move(x, m, m)),
		"copies":                second(Oversample(x, m, 0)),
		"one fold":              last(Trees{Folds: 1}.Separate(ctx, x, x)),
		"odd copies":            last(Trees{Copies: 3}.Separate(ctx, x, x)),
		"nothing expected":      last(Trees{}.Search(ctx, x, x, Count{}, x, x)),
		"no search":             last((*Search)(nil).Curve(0.68)),
		"eleven regions":        second(Scan(11, x, m, 1, "")),
	} {
		if err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

func last[T any](_ T, err error) error           { return err }
func second[T, U any](_ T, _ U, err error) error { return err }
