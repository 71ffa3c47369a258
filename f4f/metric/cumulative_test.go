package metric

import (
	"math"
	"testing"
)

// Points moved by 0, 1, 2 and 3.
func TestCumulativeDisplacementCountsPoints(t *testing.T) {
	x, y := points(t, 1, 0, 0, 0, 0), points(t, 1, 2, 0, -3, 1)
	c, err := CumulativeDisplacement(x, y)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.25, 0.5, 0.75, 1} {
		near(t, "distance", c.Distances[i], float64(i), 0)
		near(t, "share", c.Shares[i].Value, want, 1e-15)
		near(t, "error", c.Shares[i].Error, math.Sqrt(want*(1-want)/4), 1e-15)
	}
	near(t, "median", c.Within(0.5), 1, 0)
	near(t, "all", c.Within(1), 3, 0)
	if !math.IsNaN(c.Within(1.5)) {
		t.Error("more than all points are within a distance")
	}
	weighted, err := x.WithWeights([]float64{1, 1, -1, 1})
	if err != nil {
		t.Fatal(err)
	}
	if c, err = CumulativeDisplacement(weighted, y); err != nil {
		t.Fatal(err)
	}
	near(t, "with a negative weight", c.Shares[2].Value, 1.5, 1e-15)
}

// Normal points moved onto independent ones move by a Rayleigh distribution of scale √2 in the
// plane: 1 − exp(−d²/4).
func TestCumulativeDisplacementOfIndependentPoints(t *testing.T) {
	const n = 20_000
	c, err := CumulativeDisplacement(gaussian(t, n, 1, 1, 0, 0), gaussian(t, n, 2, 1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Distances) > curvePoints+2 || len(c.Distances) < curvePoints/2 {
		t.Errorf("the curve has %d points", len(c.Distances))
	}
	for i, d := range c.Distances {
		near(t, "share", c.Shares[i].Value, 1-math.Exp(-d*d/4), 4.5*c.Shares[i].Error+1e-3)
	}
	_, err = CumulativeDisplacement(points(t, 1, 1), points(t, 1, 1, 2))
	wantError(t, err, "image")
}

// The squares of the weights beyond the last point are 0 but for rounding, which goes either way.
func TestCumulativeDisplacementHasAnErrorAtTheLastPoint(t *testing.T) {
	for seed := range uint64(20) {
		x, y := gaussian(t, 1000, 2*seed, 1, 0), gaussian(t, 1000, 2*seed+1, 1, 0)
		weights := make([]float64, x.Len())
		for i := range weights {
			weights[i] = math.Exp(x.At(i, 0))
		}
		weighted, err := x.WithWeights(weights)
		if err != nil {
			t.Fatal(err)
		}
		c, err := CumulativeDisplacement(weighted, y)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range c.Shares {
			if math.IsNaN(s.Error) {
				t.Fatalf("seed %d: the error of the share at %v is NaN", seed, c.Distances[i])
			}
		}
	}
}
