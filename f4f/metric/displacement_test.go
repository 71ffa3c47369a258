package metric

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// points returns values as points, for tests whose values are valid.
func points(t testing.TB, dim int, values ...float32) data.Points {
	t.Helper()
	p, err := data.NewPoints(dim, values)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// gaussian returns n draws of N(mean, std²·I) with as many features as mean has.
func gaussian(t testing.TB, n int, seed uint64, std float64, mean ...float64) data.Points {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	values := make([]float32, 0, n*len(mean))
	for range n {
		for _, m := range mean {
			values = append(values, float32(m+std*r.NormFloat64()))
		}
	}
	return points(t, len(mean), values...)
}

// wantError fails the test unless err begins with the package's name and says want.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one that says %q", want)
	}
	if !strings.HasPrefix(err.Error(), "metric: ") || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %q, want one that begins with \"metric: \" and says %q", err, want)
	}
}

// near fails the test unless got is within tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %v, want %v ± %v", what, got, want, tolerance)
	}
}

// A shift by (3, −4) moves each point by 7 in L1 and by 5, with no doubt.
func TestDisplacementOfAConstantShift(t *testing.T) {
	x := points(t, 2, 0, 0, 1, 2, -8, 16)
	y := points(t, 2, 3, -4, 4, -2, -5, 12)
	d, err := Displacement(x, y)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Distance{L1: 7, Euclidean: 5}); d != want {
		t.Errorf("got %v, want %v", d, want)
	}
}

// Distances 1, 2 and 6 have mean 3 and variance (4+1+9)/2 = 7, hence the standard error √(7/3).
func TestDisplacementComesWithItsStandardError(t *testing.T) {
	d, err := Displacement(points(t, 1, 0, 0, 0), points(t, 1, 1, -2, 6))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "L1", d.L1, 3, 1e-15)
	near(t, "its error", d.L1Error, math.Sqrt(7./3), 1e-15)
	near(t, "Euclidean", d.Euclidean, 3, 1e-15)
	near(t, "its error", d.EuclideanError, math.Sqrt(7./3), 1e-15)
	if got, want := d.String(), "L1 3.0000 ± 1.5275, Euclidean 3.0000 ± 1.5275"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDisplacementOfOnePointHasNoKnownError(t *testing.T) {
	d, err := Displacement(points(t, 2, 0, 0), points(t, 2, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	if d.L1 != 2 || !math.IsNaN(d.L1Error) || !math.IsNaN(d.EuclideanError) {
		t.Errorf("got %v, want L1 2 with unknown errors", d)
	}
}

func TestComparisonsRefusePointsThatDoNotCompare(t *testing.T) {
	nan := float32(math.NaN())
	compare := []struct {
		name string
		of   func(x, y data.Points) error
	}{
		{"displacement", func(x, y data.Points) error { _, err := Displacement(x, y); return err }},
		{"sliced", func(x, y data.Points) error { _, err := SlicedWasserstein(x, y, Sliced{}); return err }},
		{"energy", func(x, y data.Points) error { _, err := EnergyDistance(x, y, Energy{}); return err }},
	}
	for _, test := range []struct {
		name, want string
		x, y       data.Points
	}{
		{"empty left", "both sets must hold points, got 0 and 1", data.Points{}, points(t, 1, 1)},
		{"empty right", "both sets must hold points, got 1 and 0", points(t, 1, 1), data.Points{}},
		{"dimensions", "must have one dimension, got 1 and 2", points(t, 1, 1, 2), points(t, 2, 1, 2, 3, 4)},
		{"NaN left", "the first set: data: row 1, column 0 is NaN", points(t, 1, 1, nan), points(t, 1, 1, 2)},
		{"NaN right", "the second set: data: row 0, column 1 is NaN", points(t, 2, 1, 2), points(t, 2, 1, nan)},
	} {
		for _, c := range compare {
			t.Run(c.name+"/"+test.name, func(t *testing.T) { wantError(t, c.of(test.x, test.y), test.want) })
		}
	}
	_, err := Displacement(points(t, 1, 1, 2), points(t, 1, 1))
	wantError(t, err, "got 2 points and 1 images")
}

// Sets with the same columns in another order are compared by mistake.
func TestColumnsMustBeInOneOrder(t *testing.T) {
	named := func(names ...string) data.Points {
		p, err := data.Point(1, 2).WithColumnNames(names...)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if _, err := Displacement(named("pt", "eta"), named("eta", "pt")); err == nil || !strings.Contains(err.Error(), `"eta"`) {
		t.Errorf("swapped columns give the error %v", err)
	}
	for _, other := range []data.Points{named("pt", "eta"), named("pt of jets", "eta of jets"), data.Point(1, 2)} {
		if _, err := Displacement(named("pt", "eta"), other); err != nil {
			t.Errorf("columns %q: %v", other.ColumnNames(), err)
		}
	}
}
