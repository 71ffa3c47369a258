package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Mixture is a mixture of normal distributions in D dimensions, p(x) = Σ_k w_k N(x; μ_k, Σ_k). Use
// NewMixture to make one.
type Mixture struct {
	weights    []float64 // [K], above 0, of sum 1
	components []*Normal
	entropy    func() float64
}

var (
	_ Distribution  = (*Mixture)(nil)
	_ Fingerprinter = (*Mixture)(nil)
)

// NewMixture returns the mixture of normal distributions with these weights [K], which are divided
// by their sum unless that is 1 up to rounding. nil weights are equal ones. It returns an error if
// there is no component, if one is nil, if they differ in dimension, if there isn't a weight for
// each component, or if a weight isn't finite and above 0.
func NewMixture(weights []float64, components ...*Normal) (*Mixture, error) {
	if len(components) == 0 {
		return nil, errors.New("data: a mixture must have at least 1 component, got none")
	}
	if weights == nil {
		weights = slices.Repeat([]float64{1}, len(components))
	}
	if len(weights) != len(components) {
		return nil, fmt.Errorf("data: a mixture must have a weight for each of %d components, got %d", len(components), len(weights))
	}
	sum := 0.0
	for k, c := range components {
		if err := c.broken(); err != nil {
			return nil, fmt.Errorf("data: component %d of a mixture: %w", k, err)
		}
		if c.Dim() != components[0].Dim() {
			return nil, fmt.Errorf("data: the components of a mixture must have one dimension, got %d as component 0 and %d as component %d", components[0].Dim(), c.Dim(), k)
		}
		if w := weights[k]; !(w > 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("data: the weights of a mixture must be above 0 and finite, got %g for component %d: leave out a component of weight 0", w, k)
		}
		sum += weights[k]
	}
	if math.Abs(sum-1) < 1e-12 { // a mixture read back from a file stays the same to the bit
		sum = 1
	}
	m := &Mixture{components: slices.Clone(components)}
	for _, w := range weights {
		m.weights = append(m.weights, w/sum)
	}
	m.entropy = sync.OnceValue(m.integrate)
	return m, nil
}

// broken returns an error if m is nil or the zero value, which have no distribution.
func (m *Mixture) broken() error {
	if m == nil || m.components == nil {
		return errors.New("data: a mixture must be made by NewMixture, got none")
	}
	return nil
}

// Name returns a name such as "mixture of 3 normals in 2 dimensions".
func (m *Mixture) Name() string {
	if m.broken() != nil {
		return "nothing"
	}
	return fmt.Sprintf("mixture of %s in %s", counted(len(m.components), "normal"), counted(m.Dim(), "dimension"))
}

// counted returns "1 normal" or "3 normals".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// String returns the name.
func (m *Mixture) String() string { return m.Name() }

// Dim returns the number of dimensions, D.
func (m *Mixture) Dim() int {
	if m.broken() != nil {
		return 0
	}
	return m.components[0].Dim()
}

// Weights returns the weights of the components [K], of sum 1.
func (m *Mixture) Weights() []float64 {
	if m == nil {
		return nil
	}
	return slices.Clone(m.weights)
}

// Components returns the components [K].
func (m *Mixture) Components() []*Normal {
	if m == nil {
		return nil
	}
	return slices.Clone(m.components)
}

// Mean returns the mean of the mixture [D]. It is nil if m is nil.
func (m *Mixture) Mean() []float64 {
	if m.broken() != nil {
		return nil
	}
	mean := make([]float64, m.Dim())
	for k, c := range m.components {
		for j := range mean {
			mean[j] += m.weights[k] * c.mean[j]
		}
	}
	return mean
}

// Covariance returns the covariance of the mixture [D, D], Σ_k w_k (Σ_k + (μ_k−μ)(μ_k−μ)ᵀ). It is
// nil if m is nil.
func (m *Mixture) Covariance() *mat.SymDense {
	if m.broken() != nil {
		return nil
	}
	mean, all := m.Mean(), mat.NewSymDense(m.Dim(), nil)
	for k, c := range m.components {
		gap := make([]float64, m.Dim())
		for j := range gap {
			gap[j] = c.mean[j] - mean[j]
		}
		var own mat.SymDense
		own.SymRankOne(c.covariance, 1, mat.NewVecDense(len(gap), gap))
		own.ScaleSym(m.weights[k], &own)
		all.AddSym(all, &own)
	}
	return all
}

// Fingerprint returns a hash of the weights and the components.
func (m *Mixture) Fingerprint() string {
	if m.broken() != nil {
		return ""
	}
	all := slices.Clone(m.weights)
	for _, c := range m.components {
		all = append(all, c.numbers()...)
	}
	return hashOf(all)
}

// Entropy returns −E log p(x), in nats. The first call integrates over a million points and takes
// up to some seconds; the standard error is at most some 0.0007 nats. It returns NaN if m is nil.
func (m *Mixture) Entropy() float64 {
	if m.broken() != nil {
		return math.NaN()
	}
	return m.entropy()
}

// integrate returns the entropy. The entropy of each component is known, so only the mean of
// log p − log N_k over points of the component is left to sampling. It hardly varies: it is log w_k
// where components are apart, and 0 where they are the same.
func (m *Mixture) integrate() float64 {
	const draws = 1 << 20
	if len(m.components) == 1 {
		return m.components[0].Entropy()
	}
	entropy := 0.0
	for k, c := range m.components {
		n := max(int(m.weights[k]*draws), 1024)
		x, err := c.Sample(n, uint64(k))
		if err != nil {
			return math.NaN() // can't happen
		}
		gaps, _ := logProbsOf(m, x, func(x []float64) float64 { return m.logDensity(x) - c.logDensity(x) })
		sum := 0.0
		for _, gap := range gaps {
			sum += gap
		}
		entropy += m.weights[k] * (c.Entropy() - sum/float64(n))
	}
	return entropy
}

// Sample draws n points [n, D]. It returns an error if n is negative.
func (m *Mixture) Sample(n int, seed uint64) (Points, error) {
	if err := m.broken(); err != nil {
		return Points{}, err
	}
	rng := stream(m.Name()+m.Fingerprint(), seed)
	return drawn(m, n, func(x []float64) {
		u, k := rng.Float64(), 0
		for ; k < len(m.weights)-1 && u >= m.weights[k]; k++ {
			u -= m.weights[k]
		}
		m.components[k].draw(rng, x)
	})
}

// LogProb returns log p(x) of every point [N, D], in nats. It returns an error if the points have
// another dimension than the mixture.
func (m *Mixture) LogProb(x Points) ([]float64, error) {
	if err := m.broken(); err != nil {
		return nil, err
	}
	return logProbsOf(m, x, m.logDensity)
}

// logDensity returns log p(x) at a point [D].
func (m *Mixture) logDensity(x []float64) float64 {
	total := math.Inf(-1)
	for k, c := range m.components {
		total = logAdd(total, math.Log(m.weights[k])+c.logDensity(x))
	}
	return total
}
