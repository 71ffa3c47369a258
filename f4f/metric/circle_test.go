package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// around returns n angles in degrees, normally distributed about the middle and wrapped into [0,
// 360), beside an ordinary feature that depends on them; the angle has a period.
func around(t testing.TB, n int, seed uint64, middle, std float64) data.Points {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 11))
	values := make([]float32, 0, 2*n)
	for range n {
		z := r.NormFloat64()
		values = append(values, float32(positive(middle+std*z)), float32(30*z+20*r.NormFloat64()))
	}
	p, err := data.NewPoints(2, values)
	if err == nil {
		p, err = p.WithPeriod("0", 0, 360)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// positive returns an angle in [0, 360).
func positive(degrees float64) float64 { return math.Mod(math.Mod(degrees, 360)+360, 360) }

// turned returns points with their angles turned, in [0, 360).
func turned(p data.Points, by float64) data.Points {
	values := slices.Clone(p.Values())
	for i := 0; i < len(values); i += p.Dim() {
		values[i] = float32(positive(float64(values[i]) + by))
	}
	q, err := data.NewPoints(p.Dim(), values)
	if err == nil {
		q, err = q.WithPeriods(p.Periods())
	}
	if err != nil {
		panic(err)
	}
	return q
}

// ofPairs are the metrics that compare two sets, each as one number.
var ofPairs = map[string]func(x, y data.Points) (float64, error){
	"energy distance": func(x, y data.Points) (float64, error) { return EnergyDistance(x, y, Energy{MaxPoints: 400}) },
	"sliced 2":        func(x, y data.Points) (float64, error) { return SlicedWasserstein(x, y, Sliced{Projections: 3000}) },
	"pairing":         func(x, y data.Points) (float64, error) { return OptimalPairing(x, y, Pairing{MaxPoints: 200}) },
	"pairing, L1": func(x, y data.Points) (float64, error) {
		return OptimalPairing(x, y, Pairing{L1: true, MaxPoints: 200})
	},
	"displacement": func(x, y data.Points) (float64, error) {
		d, err := Displacement(x, y)
		return d.Euclidean, err
	},
	"displacement, L1": func(x, y data.Points) (float64, error) {
		d, err := Displacement(x, y)
		return d.L1, err
	},
	"AUC": func(x, y data.Points) (float64, error) {
		e, err := AUC(x, y, TwoSample{})
		return e.Value, err
	},
}

// valueOf returns a metric of two sets.
func valueOf(t *testing.T, name string, x, y data.Points) float64 {
	t.Helper()
	v, err := ofPairs[name](x, y)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// Where an angle is 0 is a convention: turning both sets changes no metric. The directions of a
// sliced distance don't turn with the sets, so it changes as it does by its seed.
func TestTurningBothSetsChangesNoMetric(t *testing.T) {
	x, y := around(t, 400, 1, 90, 50), around(t, 400, 2, 170, 40)
	for name := range ofPairs {
		still := valueOf(t, name, x, y)
		for _, by := range []float64{100, 213.7} {
			slack := 1e-4
			switch {
			case strings.HasPrefix(name, "sliced"):
				slack = 0.05
			case name == "AUC":
				slack = 0.005 // neighbours change places by rounding
			}
			if v := valueOf(t, name, turned(x, by), turned(y, by)); math.Abs(v-still) > slack*still {
				t.Errorf("%s is %v, and %v once both are turned by %v°", name, still, v, by)
			}
		}
	}
}

// Close angles on either side of the seam are as far apart as they are elsewhere on a line: chords of
// a few degrees are arcs.
func TestDistancesAcrossTheSeamAreThoseOfALine(t *testing.T) {
	for name := range ofPairs {
		x, y := around(t, 300, 1, 358, 4), around(t, 300, 2, 1, 5)
		line := func(p data.Points) data.Points {
			p, err := turned(p, 180).WithPeriods(nil)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		want, got := valueOf(t, name, line(x), line(y)), valueOf(t, name, x, y)
		slack := 0.01 * want
		if strings.HasPrefix(name, "sliced") || name == "AUC" { // directions and folds in three dimensions are others than in two
			slack = 0.2 * want
		}
		if math.Abs(got-want) > slack {
			t.Errorf("%s is %v across the seam and %v on a line", name, got, want)
		}
		// It is enough if one set has the period, and the ends may be others.
		plain, err := y.WithPeriods(nil)
		if err != nil {
			t.Fatal(err)
		}
		shifted, err := y.WithPeriod("0", -180, 180)
		if err != nil {
			t.Fatal(err)
		}
		if a, b, c := valueOf(t, name, x, plain), valueOf(t, name, turned(x, 0), y), valueOf(t, name, x, shifted); a != got || b != got || c != got {
			t.Errorf("%s is %v, and %v, %v, %v with the period on one side, or with other ends", name, got, a, b, c)
		}
	}
}

// A point and the one opposite, in equal parts, are elsewhere than another such pair. By arcs their
// energy distance is 0.
func TestEnergyDistanceTellsOppositePairsApart(t *testing.T) {
	pair := func(at float32) data.Points {
		var values []float32
		for range 50 {
			values = append(values, at, at+180)
		}
		p, err := data.NewPoints(1, values)
		if err == nil {
			p, err = p.WithPeriod("0", 0, 360)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	e, err := EnergyDistance(pair(0), pair(90), Energy{})
	if err != nil || e < 10 {
		t.Errorf("the energy distance is %v, %v", e, err)
	}
}

func TestOtherPeriodsAreAnError(t *testing.T) {
	x := around(t, 100, 1, 0, 10)
	y, err := x.WithPeriod("0", 0, 2*math.Pi)
	if err != nil {
		t.Fatal(err)
	}
	if x, err = x.WithColumnNames("phi", "pt"); err != nil {
		t.Fatal(err)
	}
	if y, err = y.WithColumnNames("phi", "pt"); err != nil {
		t.Fatal(err)
	}
	for name, of := range ofPairs {
		_, err := of(x, y)
		if err == nil {
			t.Errorf("%s gave no error", name)
			continue
		}
		for _, word := range []string{`"phi"`, "360", "6.28"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the error says nothing of %s: %v", name, word, err)
			}
		}
	}
}

// The bins of an angle go once around, and whole turns change nothing.
func TestRatiosOfAngles(t *testing.T) {
	x, y := around(t, 400, 1, 0, 60), around(t, 400, 2, 10, 60)
	values := slices.Clone(y.Values())
	for i := 0; i < len(values); i += 2 {
		values[i] -= 360
	}
	below, err := data.NewPoints(2, values)
	if err != nil {
		t.Fatal(err)
	}
	for _, binning := range []Binning{{Bins: 12}, {Bins: 12, EqualShares: true}} {
		a, err := Ratios(x, y, binning)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Ratios(x, below, binning)
		if err != nil {
			t.Fatal(err)
		}
		bins := a[0].Bins
		if len(bins) != 12 || bins[0].From != 0 || bins[11].To != 360 || a[0].Over.Sample.Value != 0 || a[0].Under.Sample.Value != 0 {
			t.Errorf("the bins of an angle are %v", bins)
		}
		if math.Abs(a[0].ChiSquare-b[0].ChiSquare) > 0.2*a[0].ChiSquare {
			t.Errorf("χ² is %v, and %v after whole turns", a[0].ChiSquare, b[0].ChiSquare)
		}
	}
}
