package metric

import (
	"errors"
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// ForwardKL estimates KL(p‖q) = E_p[log p(x) − log q(x)], in nats, from the log-densities logP and
// logQ [N] of points drawn from the truth p.
//
// It is +Inf, its error NaN for unknown, where q = 0 at one of the points (logQ = −Inf). Points
// with p = 0, which only rounding can put among draws of p, are left out and counted in Outside.
func ForwardKL(logP, logQ []float64) (Estimate, error) {
	if err := checkLogs(logP, logQ); err != nil {
		return Estimate{}, err
	}
	return klOver(logP, func(i int) float64 { return logP[i] - logQ[i] })
}

// ReverseKL estimates KL(q‖p) = E_q[log q(x) − log p(x)], in nats, from the log-densities logP and
// logQ [N] of points drawn from the learned q.
//
// A flow spills a little mass where p = 0 (logP = −Inf), which makes KL(q‖p) infinite and tells
// nothing. So the mean is over the other points, E_q[log q − log p | p > 0], and the share of spilt
// ones is Outside: read the two together. The mean may then be a little below 0, by no more than
// −log(1 − Outside).
func ReverseKL(logP, logQ []float64) (Estimate, error) {
	if err := checkLogs(logP, logQ); err != nil {
		return Estimate{}, err
	}
	for i, lq := range logQ {
		if math.IsInf(lq, -1) {
			return Estimate{}, fmt.Errorf("metric: points drawn from q must have a density q above 0, but log q is −Inf in row %d", i)
		}
	}
	return klOver(logP, func(i int) float64 { return logQ[i] - logP[i] })
}

var errNoTruth = errors.New("metric: a KL needs a truth and log-probs, got none")

// KL is ForwardKL of a learned density, given by its log-density, to the truth, over n draws of the
// truth with the seed. With the same seed two densities are judged by the same points.
func KL(truth data.Exact, logProb func(data.Points) ([]float64, error), n int, seed uint64) (Estimate, error) {
	if truth == nil || logProb == nil {
		return Estimate{}, errNoTruth
	}
	x, err := truth.Sample(n, seed)
	if err != nil {
		return Estimate{}, fmt.Errorf("metric: the truth can't be sampled: %w", err)
	}
	logP, logQ, err := bothLogs(truth, logProb, x)
	if err != nil {
		return Estimate{}, err
	}
	return ForwardKL(logP, logQ)
}

// ReverseKLOf is ReverseKL of points x [N, D] drawn from the learned density, or made by a
// transport, to the truth.
func ReverseKLOf(truth data.Exact, logProb func(data.Points) ([]float64, error), x data.Points) (Estimate, error) {
	if truth == nil || logProb == nil {
		return Estimate{}, errNoTruth
	}
	if x.Len() > 0 && x.Dim() != truth.Dim() {
		return Estimate{}, fmt.Errorf("metric: points and truth must have one dimension, got %d and %d", x.Dim(), truth.Dim())
	}
	if err := x.CheckFinite(); err != nil {
		return Estimate{}, fmt.Errorf("metric: the points drawn: %w", err)
	}
	logP, logQ, err := bothLogs(truth, logProb, x)
	if err != nil {
		return Estimate{}, err
	}
	return ReverseKL(logP, logQ)
}

// bothLogs is log p and log q [N] of the points.
func bothLogs(truth data.Exact, logProb func(data.Points) ([]float64, error), x data.Points) (logP, logQ []float64, err error) {
	if logP, err = truth.LogDensity(x); err != nil {
		return nil, nil, fmt.Errorf("metric: the true density: %w", err)
	}
	if logQ, err = logProb(x); err != nil {
		return nil, nil, fmt.Errorf("metric: the learned density: %w", err)
	}
	return logP, logQ, nil
}

// klOver is the mean of the terms of those points where p > 0, and the share of the others.
func klOver(logP []float64, term func(i int) float64) (Estimate, error) {
	terms := make([]float64, 0, len(logP))
	for i, lp := range logP {
		if math.IsInf(lp, -1) {
			continue
		}
		t := term(i)
		if math.IsInf(t, 1) {
			return Estimate{Value: t, Error: math.NaN()}, nil
		}
		terms = append(terms, t)
	}
	if len(terms) == 0 {
		return Estimate{}, fmt.Errorf("metric: p must be above 0 at some point, but log p is −Inf at all %d", len(logP))
	}
	e := meanOf(terms)
	e.Outside = float64(len(logP)-len(terms)) / float64(len(logP))
	return e, nil
}

// checkLogs errs on log-densities that aren't those of the same points, or are NaN or +Inf.
func checkLogs(logP, logQ []float64) error {
	if len(logP) != len(logQ) {
		return fmt.Errorf("metric: log p and log q must be of the same points, got %d and %d", len(logP), len(logQ))
	}
	if len(logP) == 0 {
		return fmt.Errorf("metric: log p and log q must be of at least one point, got none")
	}
	for i := range logP {
		for _, l := range [...]struct {
			name  string
			value float64
		}{{"p", logP[i]}, {"q", logQ[i]}} {
			if math.IsNaN(l.value) || math.IsInf(l.value, 1) {
				return fmt.Errorf("metric: log %s must be a number below +Inf, got %v in row %d", l.name, l.value, i)
			}
		}
	}
	return nil
}
