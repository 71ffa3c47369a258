package template

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/optimize"

	"github.com/flowsforflows/flows/data"
)

// Spectrum is the falling density of masses m, in TeV, that searches for resonances fit: up to its
// norm, with z = m/13,
//
//	p(m) ∝ (1 − z)^P1 z^(−P2 − P3 ln z)
type Spectrum struct{ P1, P2, P3 float64 }

// statistics are what the logarithm of the density is linear in.
func statistics(m float64) [3]float64 {
	z := m / beam
	l := math.Log(z)
	return [3]float64{math.Log1p(-z), -l, -l * l}
}

// relative returns the density at a mass relative to that at another, 3 TeV.
func (s Spectrum) relative(m float64) float64 {
	at, reference := statistics(m), statistics(3)
	sum := 0.0
	for i, p := range []float64{s.P1, s.P2, s.P3} {
		sum += p * (at[i] - reference[i])
	}
	return math.Exp(sum)
}

// Share returns the number of masses between two values over the number between two others, all in
// TeV, such as the events expected in a region for each of a sideband.
func (s Spectrum) integral(from, to float64) float64 {
	return quad.Fixed(s.relative, from, to, 32, quad.Legendre{}, 0)
}

// FitSpectrum fits the spectrum to the masses m [N, 1] outside the region of a window, by maximum
// likelihood of each mass, without bins.
func FitSpectrum(m data.Points, w Window) (Spectrum, error) {
	if err := w.Validate(); err != nil {
		return Spectrum{}, err
	}
	var mean [3]float64
	n := 0
	for i := range m.Len() {
		if mass := m.At(i, 0); w.InSidebands(mass) {
			for j, v := range statistics(mass) {
				mean[j] += v
			}
			n++
		}
	}
	if n < 100 {
		return Spectrum{}, fmt.Errorf("template: at least 100 masses must lie in the sidebands of %v, got %d", w, n)
	}
	reference := statistics(3)
	for j := range mean {
		mean[j] = mean[j]/float64(n) - reference[j]
	}
	// Minus the mean log-likelihood, log ∫ p − Σ P_j ⟨t_j⟩, is convex. Its gradient is the
	// difference of the means of the statistics under the model and in the data.
	moments := func(p []float64) (log float64, grad [3]float64) {
		s := Spectrum{p[0], p[1], p[2]}
		whole := 0.0
		for _, side := range w.sidebands() {
			whole += s.integral(side[0], side[1])
			for j := range grad {
				grad[j] += quad.Fixed(func(m float64) float64 {
					return (statistics(m)[j] - reference[j]) * s.relative(m)
				}, side[0], side[1], 32, quad.Legendre{}, 0)
			}
		}
		for j := range grad {
			grad[j] = grad[j]/whole - mean[j]
		}
		return math.Log(whole), grad
	}
	problem := optimize.Problem{
		Func: func(p []float64) float64 {
			log, _ := moments(p)
			return log - p[0]*mean[0] - p[1]*mean[1] - p[2]*mean[2]
		},
		Grad: func(grad, p []float64) {
			_, g := moments(p)
			copy(grad, g[:])
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
