package data

import (
	"math"
	"testing"
)

// The density in the middle of each arm is computed by hand, and by counting the points that fall
// into a small box.
func TestPinwheelDensityIsTheRateAtWhichPointsFall(t *testing.T) {
	const n, side = 400_000, 0.1
	drawn, err := Pinwheel().Sample(n, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		// The middle of an arm: f = (1, 0), turned.
		angle := -2*math.Pi*float64(i)/5 - 0.25*math.E
		x, y := 2*math.Cos(angle), 2*math.Sin(angle)
		var inside float64
		for j := range n {
			if a, b := drawn.XY(j); max(math.Abs(a-x), math.Abs(b-y)) < side/2 {
				inside++
			}
		}
		points, err := NewPoints(2, []float32{float32(x), float32(y)})
		if err != nil {
			t.Fatal(err)
		}
		logs, err := Pinwheel().LogProb(points)
		if err != nil {
			t.Fatal(err)
		}
		// At f = (1, 0) the determinant is one: ⅕ · ¼ · 1/(2π · 0.3 · 0.1).
		if want := math.Log(1 / (20 * 2 * math.Pi * 0.03)); math.Abs(logs[0]-want) > 1e-6 {
			t.Errorf("arm %d: log-density %.7f in its middle, want %.7f", i, logs[0], want)
		}
		// A box gets about 1060 points: four standard errors are 12 %, and the curvature within the
		// box adds 1 %.
		if rate := inside / (n * side * side); math.Abs(rate/math.Exp(logs[0])-1) > 0.14 {
			t.Errorf("arm %d: points fall at a rate of %.4f where the density is %.4f", i, rate, math.Exp(logs[0]))
		}
	}
}

func TestPinwheelDensityFarOutGoesOnFromTheOneNearBy(t *testing.T) {
	// Averaged over the angle, within which arms alternate, the two sides of the change of method
	// must agree.
	mean := func(r float64) float64 {
		const angles = 1000
		total := math.Inf(-1)
		for i := range angles {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / angles)
			total = logAdd(total, pinwheelLogDensity(pinwheelScale*r*cos, pinwheelScale*r*sin))
		}
		return total - math.Log(angles)
	}
	if below, above := mean(7.9999), mean(8.0001); math.Abs(below-above) > 0.1 {
		t.Errorf("log-density %.3f just within r = 8 and %.3f just beyond", below, above)
	}
}
