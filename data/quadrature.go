package data

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// gaussLegendre returns n nodes t and weights w such that ∫ f(t) dt between from and to is about Σ
// w f(t).
func gaussLegendre(n int, from, to float64) (t, w []float64) {
	t, w = make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(t, w, from, to)
	return t, w
}

// node is one point of a smearedCurve, with the logarithm of its probability.
type node struct{ x, y, logWeight float64 }

// smearedCurve is the distribution of a point on a curve, plus a uniform shift in [−half, half]² if
// half is positive, plus normal noise with standard deviation std in both coordinates:
//
//	p(x) = ∫ p(t) k(x − c(t)) dt ≈ Σ weight k(x − node)
//
// With Gauss–Legendre nodes at most one standard deviation apart, the sum is accurate to better
// than 1e-6: for a row of Gaussians at distance h the error is 2 exp(−2π²(std/h)²).
type smearedCurve struct {
	nodes     []node
	std, half float64
}

// logDensity returns log p(x, y).
func (c smearedCurve) logDensity(x, y float64) float64 {
	// The first pass bounds each term from above, up to a factor common to all. The second pass
	// sums the terms within e^−30 of the largest, so that most nodes need no exponential.
	const negligible = 30
	inv := 1 / (2 * c.std * c.std)
	bound := func(n node) float64 {
		dx, dy := max(math.Abs(x-n.x)-c.half, 0), max(math.Abs(y-n.y)-c.half, 0)
		return n.logWeight - inv*(dx*dx+dy*dy)
	}
	top := math.Inf(-1)
	for _, n := range c.nodes {
		top = max(top, bound(n))
	}
	if c.half == 0 {
		var sum float64
		for _, n := range c.nodes {
			if b := bound(n) - top; b > -negligible {
				sum += math.Exp(b)
			}
		}
		return top + math.Log(sum) - math.Log(2*math.Pi*c.std*c.std)
	}
	total := math.Inf(-1)
	for _, n := range c.nodes {
		if bound(n)-top > -negligible {
			total = logAdd(total, n.logWeight+logSmearedBox(x-n.x, c.half, c.std)+logSmearedBox(y-n.y, c.half, c.std))
		}
	}
	return total
}

// logAdd returns log(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
