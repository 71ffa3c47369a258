package metric

import (
	"math"
	"testing"
)

// foldedMean is E|Z| of Z from N(m, s²): s·√(2/π)·exp(−m²/2s²) + m·erf(m/s√2).
func foldedMean(m, s float64) float64 {
	return s*math.Sqrt(2/math.Pi)*math.Exp(-m*m/(2*s*s)) + m*math.Erf(m/(s*math.Sqrt2))
}

// For X from N(1, 2²) and Y from N(0, 1), X−Y is N(1, 5), X−X' is N(0, 8) and Y−Y' is N(0, 2).
func TestEnergyDistanceOfGaussiansOnTheLine(t *testing.T) {
	want := 2*foldedMean(1, math.Sqrt(5)) - foldedMean(0, math.Sqrt(8)) - foldedMean(0, math.Sqrt2)
	got, err := EnergyDistance(gaussian(t, 4000, 1, 2, 1), gaussian(t, 3000, 2, 1, 0), Energy{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "energy distance", got, want, 0.05)
}

// Of {0, 3} and {1, 1, 5}: E|X−Y| = (1+1+5+2+2+2)/6 = 13/6, E|X−X'| = 3, E|Y−Y'| = (0+4+4)/3 = 8/3.
// In the plane along (3, 4)/5.
func TestEnergyDistanceOfAFewPoints(t *testing.T) {
	want := 2*13./6 - 3 - 8./3
	got, err := EnergyDistance(points(t, 1, 0, 3), points(t, 1, 1, 1, 5), Energy{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "on the line", got, want, 1e-14)
	got, err = EnergyDistance(points(t, 2, 0, 0, 9, 12), points(t, 2, 3, 4, 3, 4, 15, 20), Energy{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "in the plane, five times as far", got, 5*want, 1e-13)
}

// Means over pairs of a point with itself too would give about 2·E|X−X'|/N = 0.03 here on average,
// not 0.
func TestEnergyDistanceOfOneDistributionIsZeroOnAverage(t *testing.T) {
	const times = 400
	values := make([]float64, times)
	for k := range values {
		x, y := gaussian(t, 75, uint64(2*k), 1, 0), gaussian(t, 75, uint64(2*k+1), 1, 0)
		d, err := EnergyDistance(x, y, Energy{})
		if err != nil {
			t.Fatal(err)
		}
		values[k] = d
	}
	mean := meanOf(values)
	if mean.Error > 0.003 {
		t.Fatalf("the mean over sets, %v, is too vague to tell", mean)
	}
	near(t, "mean over sets", mean.Value, 0, 4*mean.Error)
}

func TestEnergyDistanceOfLargeSetsUsesADrawOfThem(t *testing.T) {
	x, y := gaussian(t, 20000, 1, 2, 1), gaussian(t, 1000, 2, 1, 0)
	got := map[uint64]float64{}
	for _, seed := range []uint64{1, 2, 1} {
		d, err := EnergyDistance(x, y, Energy{MaxPoints: 1500, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := got[seed]; ok && before != d {
			t.Errorf("seed %d gave %v and %v", seed, before, d)
		}
		got[seed] = d
		near(t, "energy distance", d, 2*foldedMean(1, math.Sqrt(5))-foldedMean(0, math.Sqrt(8))-foldedMean(0, math.Sqrt2), 0.1)
	}
	if got[1] == got[2] {
		t.Error("two seeds used the same points")
	}
}

func TestEnergyDistanceRefusesTooFewPoints(t *testing.T) {
	one, two := points(t, 1, 1), points(t, 1, 1, 2)
	_, err := EnergyDistance(one, two, Energy{})
	wantError(t, err, "at least 2 points in either set, got 1 and 2")
	_, err = EnergyDistance(two, two, Energy{MaxPoints: 1})
	wantError(t, err, "at least 2 points of either set, got 1")
}
