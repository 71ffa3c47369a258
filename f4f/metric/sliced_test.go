package metric

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// x + δ projected on θ is θ·x + θ·δ, so W_r = |θ·δ| for either order, E_θ|θ·δ|² = |δ|²/D, and in
// the plane E_θ|θ·δ| = 2|δ|/π.
func TestSlicedWassersteinOfAShift(t *testing.T) {
	x := gaussian(t, 500, 1, 1, 0, 0)
	shifted := make([]float32, 0, 2*x.Len())
	for i := range x.Len() {
		shifted = append(shifted, x.Row(i)[0]+3, x.Row(i)[1]-4)
	}
	y := points(t, 2, shifted...)
	for order, want := range map[int]float64{1: 2 * 5 / math.Pi, 2: 5 / math.Sqrt2} {
		got, err := SlicedWasserstein(x, y, Sliced{Order: order})
		if err != nil {
			t.Fatal(err)
		}
		// The order 2 is exact with directions spread evenly, as the mean of cos² over equal angles
		// is 1/2.
		tolerance := map[int]float64{1: 1e-3, 2: 1e-6}[order]
		near(t, "distance", got, want, tolerance)
	}
}

// In 1-D, W_2 of N(m, s²) and N(0, 1) is √(m² + (s−1)²): quantiles are m + s·z against z.
func TestSlicedWassersteinOfGaussiansOnTheLine(t *testing.T) {
	got, err := SlicedWasserstein(gaussian(t, 40000, 1, 3, 1.5), gaussian(t, 30000, 2, 1, 0), Sliced{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "W_2", got, math.Sqrt(1.5*1.5+2*2), 0.06)
}

// In D dimensions N(δ, s²I) against N(0, I): θ·x is N(θ·δ, s²), so SW_2² = |δ|²/D + (s−1)². With D
// = 5, |δ|² = 20, s = 2: 4 + 1. Over 1000 independent directions the mean of (θ·δ)² = 20·Beta(1/2,
// 2) has a deviation of 20·√(0.0457/1000) = 0.14.
func TestSlicedWassersteinOfGaussiansInFiveDimensions(t *testing.T) {
	x, y := gaussian(t, 1000, 1, 2, 2, -2, 2, -2, 2), gaussian(t, 800, 2, 1, 0, 0, 0, 0, 0)
	got, err := SlicedWasserstein(x, y, Sliced{Projections: 1000, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "SW_2²", got*got, 5, 0.5)
	again, err := SlicedWasserstein(x, y, Sliced{Projections: 1000, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	other, err := SlicedWasserstein(x, y, Sliced{Projections: 1000, Seed: 6})
	if err != nil {
		t.Fatal(err)
	}
	if again != got || other == got {
		t.Errorf("seed 5 gave %v and %v, seed 6 gave %v", got, again, other)
	}
}

// Of {0, 1} and {0, 1, 2}: the quantile functions differ by 0 up to 1/3, by 1 up to 1/2, by 0 up to
// 2/3 and by 1 up to 1: W_1 = 1/6 + 1/3, and W_2² alike.
func TestSlicedWassersteinOfUnequalSizes(t *testing.T) {
	x, y := points(t, 1, 1, 0), points(t, 1, 2, 0, 1)
	for order, want := range map[int]float64{1: 0.5, 2: math.Sqrt(0.5)} {
		for _, swapped := range []bool{false, true} {
			a, b := x, y
			if swapped {
				a, b = y, x
			}
			got, err := SlicedWasserstein(a, b, Sliced{Order: order})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "distance", got, want, 1e-15)
		}
	}
}

// A set and the same set with every point three times are one distribution; the order of points
// doesn't matter.
func TestSlicedWassersteinIsZeroForOneDistribution(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dim := rapid.IntRange(1, 4).Draw(r, "dim")
		n := rapid.IntRange(1, 20).Draw(r, "n")
		values := rapid.SliceOfN(rapid.Float32Range(-100, 100), n*dim, n*dim).Draw(r, "values")
		var thrice []float32
		for range 3 {
			for i := n - 1; i >= 0; i-- {
				thrice = append(thrice, values[i*dim:(i+1)*dim]...)
			}
		}
		got, err := SlicedWasserstein(points(t, dim, values...), points(t, dim, thrice...), Sliced{Projections: 5})
		if err != nil {
			r.Fatal(err)
		}
		if got != 0 {
			r.Fatalf("got %v, want 0", got)
		}
	})
}

func TestSlicedWassersteinRefusesOptionsThatMakeNoSense(t *testing.T) {
	x := points(t, 1, 1)
	_, err := SlicedWasserstein(x, x, Sliced{Projections: -1})
	wantError(t, err, "projections must be at least 1, got -1")
	_, err = SlicedWasserstein(x, x, Sliced{Order: 3})
	wantError(t, err, "must be 1 or 2, got 3")
}
