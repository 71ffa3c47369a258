package data

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// given is a warped source at one condition.
type given struct {
	of *Warped
	c  Points // [1, C]
}

// givenDistribution is a given whose density is known.
type givenDistribution struct {
	given
	entropy float64
}

var _ Distribution = givenDistribution{}

// Given returns p(x|c) at one condition c [C]: the source with all of its points mapped under c. It
// is a Distribution if the density is known. Given returns an error if the condition isn't finite
// or has the wrong number of features, or if the log-det of the warp isn't finite at c.
func (s *Warped) Given(c []float32) (Source, error) {
	if err := s.broken(); err != nil {
		return nil, err
	}
	at := given{of: s, c: Point(append([]float32(nil), c...)...)}
	if err := s.checkConditions(at.c, 1); err != nil {
		return nil, err
	}
	exact, err := s.exact()
	if err != nil {
		return at, nil
	}
	shift, err := at.meanLogDet()
	switch {
	case err != nil:
		return nil, err
	case math.IsNaN(shift) || math.IsInf(shift, 0):
		return nil, fmt.Errorf("data: %s has no density under the condition %v: its log-determinant is %v", s.Name(), c, shift)
	}
	return givenDistribution{at, exact.Entropy() + shift}, nil
}

// Name returns the name of the conditional source and the condition: "four circles rotated by up to
// 45° at 0.5".
func (g given) Name() string {
	features := make([]string, 0, g.c.Dim())
	for _, v := range g.c.Row(0) {
		features = append(features, fmt.Sprintf("%.4g", v))
	}
	return g.of.Name() + " at " + strings.Join(features, ", ")
}

// Dim returns the number of features of a point, D.
func (g given) Dim() int { return g.of.Dim() }

// Sample draws n points [n, D].
func (g given) Sample(n int, seed uint64) (Points, error) {
	from, err := g.of.source.Sample(n, stream(g.Name(), seed).Uint64())
	if err != nil {
		return Points{}, err
	}
	return g.of.warped(from, g.c)
}

// LogProb returns log p(x|c) [N], in nats.
func (g givenDistribution) LogProb(x Points) ([]float64, error) { return g.of.LogProbGiven(x, g.c) }

// Entropy returns the entropy of the source plus the mean of log|det ∂w/∂x₀|, in nats.
func (g givenDistribution) Entropy() float64 { return g.entropy }

// meanLogDet returns E log|det ∂w/∂x₀| over points of the source. For most warps the log-det is the
// same everywhere, which a few points show. For the others meanLogDet averages over so many points
// that the standard error is a thousandth of the spread.
func (g given) meanLogDet() (float64, error) {
	const few, many = 64, 1 << 20
	logDets, err := g.logDets(few)
	if err != nil {
		return 0, err
	}
	if slices.Min(logDets) == slices.Max(logDets) {
		return logDets[0], nil
	}
	if logDets, err = g.logDets(many); err != nil {
		return 0, err
	}
	return stat.Mean(logDets, nil), nil
}

// logDets returns log|det ∂w/∂x₀| [n] at n points of the source.
func (g given) logDets(n int) ([]float64, error) {
	x, err := g.Sample(n, 0)
	if err != nil {
		return nil, err
	}
	logDets := make([]float64, n)
	from, to, under := make([]float64, x.Dim()), make([]float64, x.Dim()), make([]float64, g.c.Dim())
	widen(under, g.c.Row(0))
	for i := range n {
		widen(from, x.Row(i))
		logDets[i] = -g.of.warp.Inverse(under, from, to)
	}
	return logDets, nil
}
