package data

import (
	"math"
	"testing"
)

func TestLogScaledBesselI0AtKnownValues(t *testing.T) {
	for _, c := range []struct{ x, i0 float64 }{
		{0, 1},
		{1, 1.2660658777520084},
		{5, 27.239871823604442},
		{10, 2815.716628466254},
		{20, 43558282.559553534},
	} {
		if got, want := logScaledBesselI0(c.x), math.Log(c.i0)-c.x; math.Abs(got-want) > 1e-13*max(1, c.x) {
			t.Errorf("log exp(−x) I₀(x) at %g is %.15f, want %.15f", c.x, got, want)
		}
	}
}

func TestBesselSeriesMeetWithoutAStep(t *testing.T) {
	below, at := logScaledBesselI0(math.Nextafter(20, 0)), logScaledBesselI0(20)
	if math.Abs(below-at) > 1e-13 {
		t.Errorf("the power series ends at %v, the asymptotic one starts at %v", below, at)
	}
}

// (1/π) ∫ exp(x (cos θ − 1)) dθ over [0, π] is exp(−x) I₀(x).
func TestLogScaledBesselI0IsItsIntegral(t *testing.T) {
	for _, x := range []float64{0.3, 3, 12, 19, 21, 60, 400} {
		theta, w := gaussLegendre(200, 0, math.Pi)
		var sum float64
		for i := range theta {
			sum += w[i] * math.Exp(x*(math.Cos(theta[i])-1)) / math.Pi
		}
		if got := logScaledBesselI0(x); math.Abs(got-math.Log(sum)) > 1e-10 {
			t.Errorf("at %g: %.12f, by the integral %.12f", x, got, math.Log(sum))
		}
	}
}

func TestLogSmearedBoxIsItsIntegralAlsoInTheTail(t *testing.T) {
	const half, std = 0.25, 0.1
	// The density at z is the mean of the normal density over the box, here about its largest value
	// lest it underflow.
	shift, w := gaussLegendre(200, -half, half)
	for _, z := range []float64{0, 0.1, -0.25, 0.4, -0.9, 0.957, 0.958, 2, -5, 40} {
		top := math.Inf(-1)
		for _, s := range shift {
			top = max(top, logGaussian(z-s, std))
		}
		var sum float64
		for i, s := range shift {
			sum += w[i] / (2 * half) * math.Exp(logGaussian(z-s, std)-top)
		}
		// At 40 the integrand falls within 1e-4 of the edge, which 200 nodes see to 1e-3.
		if got, want := logSmearedBox(z, half, std), top+math.Log(sum); math.Abs(got-want) > 1e-3 {
			t.Errorf("at %g: %.6f, by the integral %.6f", z, got, want)
		}
	}
}

func TestScaledErfcMeetsErfc(t *testing.T) {
	for _, x := range []float64{5, 6, 10, 20} {
		if got, want := scaledErfc(x), math.Exp(x*x)*math.Erfc(x); math.Abs(got/want-1) > 1e-5 {
			t.Errorf("exp(x²) erfc(x) at %g is %.9f, want %.9f", x, got, want)
		}
	}
}

func TestGaussLegendreIsExactForPolynomials(t *testing.T) {
	nodes, w := gaussLegendre(3, 1, 3)
	var sum float64
	for i, x := range nodes {
		sum += w[i] * math.Pow(x, 5) // ∫₁³ x⁵ dx = (3⁶ − 1)/6
	}
	if want := 728.0 / 6; math.Abs(sum-want) > 1e-10 {
		t.Errorf("∫ x⁵ is %v, want %v", sum, want)
	}
}
