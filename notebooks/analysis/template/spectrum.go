package template

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"github.com/flowsforflows/flows/data"
)

// Spectrum is the falling density of masses m, in TeV, that searches for resonances fit: up to its
// norm, with z = m/13,
//
//	p(m) ∝ (1 − z)^P1 z^(−P2 − P3 ln z)
type Spectrum struct{ P1, P2, P3 float64 }

// statistics returns what the logarithm of the density is linear in, at a mass, less that at 3 TeV.
func statistics(m float64) [3]float64 {
	z, z0 := m/beam, 3/beam
	l, l0 := math.Log(z), math.Log(z0)
	return [3]float64{math.Log1p(-z) - math.Log1p(-z0), l0 - l, l0*l0 - l*l}
}

// relative returns the density at a mass relative to that at 3 TeV.
func (s Spectrum) relative(m float64) float64 {
	t := statistics(m)
	return math.Exp(s.P1*t[0] + s.P2*t[1] + s.P3*t[2])
}

// moments returns the integral of the relative density over ranges of masses, and the mean and the
// covariance of the statistics there.
func (s Spectrum) moments(ranges ...[2]float64) (whole float64, mean [3]float64, covariance *mat.SymDense) {
	second := mat.NewSymDense(3, nil)
	for _, r := range ranges {
		var nodes, weights [32]float64
		quad.Legendre{}.FixedLocations(nodes[:], weights[:], r[0], r[1])
		for i, m := range nodes {
			density, t := weights[i]*s.relative(m), statistics(m)
			whole += density
			for j := range t {
				mean[j] += density * t[j]
			}
			second.SymRankOne(second, density, mat.NewVecDense(3, t[:]))
		}
	}
	for j := range mean {
		mean[j] /= whole
	}
	second.ScaleSym(1/whole, second)
	second.SymRankOne(second, -1, mat.NewVecDense(3, mean[:]))
	return whole, mean, second
}

// FitSpectrum fits the spectrum to the masses m [N, 1] outside the region of a window, by maximum
// likelihood of each mass, without bins.
func FitSpectrum(m data.Points, w Window) (Spectrum, error) {
	if err := w.Validate(); err != nil {
		return Spectrum{}, err
	}
	var mean [3]float64
	n := 0.0
	for i := range m.Len() {
		if mass := m.At(i, 0); w.InSidebands(mass) {
			n++
			for j, v := range statistics(mass) {
				mean[j] += (v - mean[j]) / n
			}
		}
	}
	if n < 100 {
		return Spectrum{}, fmt.Errorf("template: at least 100 masses must lie in the sidebands of %v, got %g", w, n)
	}
	// Minus the mean log-likelihood, log ∫ p − Σ_j P_j ⟨t_j⟩, is convex. Its gradient is the
	// difference of the means of the statistics under the model and in the data.
	sides := w.sidebands()
	problem := optimize.Problem{
		Func: func(p []float64) float64 {
			whole, _, _ := Spectrum{p[0], p[1], p[2]}.moments(sides[:]...)
			return math.Log(whole) - p[0]*mean[0] - p[1]*mean[1] - p[2]*mean[2]
		},
		Grad: func(grad, p []float64) {
			_, model, _ := Spectrum{p[0], p[1], p[2]}.moments(sides[:]...)
			for j := range grad {
				grad[j] = model[j] - mean[j]
			}
		},
	}
	result, err := optimize.Minimize(problem, []float64{10, 5, 0}, &optimize.Settings{GradientThreshold: 1e-9}, &optimize.BFGS{})
	if err != nil && !errors.Is(err, optimize.ErrLinesearcherFailure) { // at the minimum, steps are lost in rounding
		return Spectrum{}, fmt.Errorf("template: the fit of the masses: %w", err)
	}
	return Spectrum{result.X[0], result.X[1], result.X[2]}, nil
}

// Sample draws n masses [n, 1] between two values in TeV. It returns an error unless n is at least
// 1 and 0 < from < to < 13.
func (s Spectrum) Sample(n int, from, to float64, seed uint64) (data.Points, error) {
	if n < 1 || !(0 < from && from < to && to < beam) {
		return data.Points{}, fmt.Errorf("template: there must be at least 1 mass, between two values from 0 to 13 TeV, got %d between %g and %g", n, from, to)
	}
	rng := rand.New(rand.NewPCG(seed, 0x6d617373))
	draw := s.sampler(from, to)
	masses := make([]float32, n)
	for i := range masses {
		masses[i] = float32(draw(rng))
	}
	m, err := data.NewPoints(1, masses)
	if err != nil {
		return data.Points{}, err
	}
	return m.WithColumnNames("m")
}

// sampler returns a function that draws masses between two values, from the inverse of the
// distribution function on a fine grid.
func (s Spectrum) sampler(from, to float64) func(*rand.Rand) float64 {
	const nodes = 2048
	sum := make([]float64, nodes+1)
	at := func(i int) float64 { return from + (to-from)*float64(i)/nodes }
	for i := range nodes {
		sum[i+1] = sum[i] + (s.relative(at(i))+s.relative(at(i+1)))/2
	}
	return func(rng *rand.Rand) float64 {
		u := rng.Float64() * sum[nodes]
		i := min(sort.SearchFloat64s(sum[1:], u), nodes-1)
		return from + (to-from)*(float64(i)+(u-sum[i])/(sum[i+1]-sum[i]))/nodes
	}
}
