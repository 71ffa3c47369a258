package data

import (
	"fmt"
	"math"
)

// NewQuantilePair returns two distributions of one feature with the optimal map between them, which
// sends each quantile of the left to that of the right: T* = F_r⁻¹ ∘ F_l, with F the distribution
// functions. Each is a *Normal, a Gaussian, a *Mixture or a *Box; otherwise, or if one has more
// than one feature, NewQuantilePair returns an error.
func NewQuantilePair(left, right Distribution) (*OptimalPair, error) {
	var of [2]tailed
	for k, s := range []Distribution{left, right} {
		if s == nil || s.Dim() != 1 {
			return nil, fmt.Errorf("data: a pair of quantiles needs two distributions of 1 feature, got %v", describe(s))
		}
		var err error
		if of[k], err = tailedOf(s); err != nil {
			return nil, err
		}
	}
	return &OptimalPair{
		name: left.Name() + " → " + right.Name(), left: left, right: right,
		move: func(to, from []float64) error {
			below, above := of[0].tails(from[0])
			to[0] = quantileOf(of[1], below, above)
			return nil
		},
	}, nil
}

// describe returns the name and the dimension of a distribution.
func describe(s Distribution) string {
	if s == nil {
		return "none"
	}
	return fmt.Sprintf("%s of %s", s.Name(), counted(s.Dim(), "feature"))
}

// tailed is a distribution of one feature with a known distribution function.
type tailed interface {
	// tails returns P(X < x) and P(X > x). The smaller of the two has its full precision.
	tails(x float64) (below, above float64)
	// support returns an interval outside which no quantile of a float64 lies.
	support() (from, to float64)
}

// tailedOf returns the distribution function of a distribution of one feature.
func tailedOf(s Distribution) (tailed, error) {
	switch s := s.(type) {
	case Gaussian:
		normal, err := NewNormal([]float64{0}, nil)
		return normalTails{normal}, err
	case *Normal:
		return normalTails{s}, s.broken()
	case *Mixture:
		return mixtureTails{s}, s.broken()
	case *Box:
		return boxTails{s}, s.broken()
	}
	return nil, fmt.Errorf("data: the distribution function of %s isn't known: a pair of quantiles needs a *Normal, a Gaussian, a *Mixture or a *Box", s.Name())
}

type normalTails struct{ *Normal }

func (n normalTails) tails(x float64) (below, above float64) {
	z := (x - n.mean[0]) / n.lower.At(0, 0) / math.Sqrt2
	return math.Erfc(-z) / 2, math.Erfc(z) / 2
}

func (n normalTails) support() (from, to float64) {
	const widest = 40 // standard deviations: erfc of more is 0
	std := n.lower.At(0, 0)
	return n.mean[0] - widest*std, n.mean[0] + widest*std
}

type mixtureTails struct{ *Mixture }

func (m mixtureTails) tails(x float64) (below, above float64) {
	for k, c := range m.components {
		b, a := normalTails{c}.tails(x)
		below, above = below+m.weights[k]*b, above+m.weights[k]*a
	}
	return below, above
}

func (m mixtureTails) support() (from, to float64) {
	from, to = math.Inf(1), math.Inf(-1)
	for _, c := range m.components {
		a, b := normalTails{c}.support()
		from, to = min(from, a), max(to, b)
	}
	return from, to
}

type boxTails struct{ *Box }

func (b boxTails) tails(x float64) (below, above float64) {
	width := b.high[0] - b.low[0]
	below, above = (x-b.low[0])/width, (b.high[0]-x)/width
	return min(max(below, 0), 1), min(max(above, 0), 1)
}

func (b boxTails) support() (from, to float64) { return b.low[0], b.high[0] }

// quantileOf returns the point with these probabilities below and above it, by bisection. It
// follows the smaller of the two, which has its full precision.
func quantileOf(of tailed, below, above float64) float64 {
	from, to := of.support()
	for {
		middle := from + (to-from)/2
		if middle <= from || middle >= to {
			return middle
		}
		b, a := of.tails(middle)
		if below < above && b < below || below >= above && a > above {
			from = middle
		} else {
			to = middle
		}
	}
}
