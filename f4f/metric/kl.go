package metric

import (
	"errors"
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// KLFromLogProbs estimates KL(p‖q) = E_p[log p(x) − log q(x)], in nats, from the log-densities logP
// and logQ [N] of points drawn from the truth p.
//
// The estimate is +Inf, with an Error of NaN (unknown), if q = 0 at one of the points (logQ =
// −Inf). Points with p = 0 are left out and counted in OutsideSupport; only rounding can put them
// among draws of p. KLFromLogProbs returns an error if the lengths differ or are 0, if a
// log-density is NaN or +Inf, or if p = 0 at all points.
func KLFromLogProbs(logP, logQ []float64) (Estimate, error) {
	if err := checkLogs(logP, logQ); err != nil {
		return Estimate{}, err
	}
	return klOver(logP, nil, func(i int) float64 { return logP[i] - logQ[i] })
}

// ReverseKLFromLogProbs estimates KL(q‖p) = E_q[log q(x) − log p(x)], in nats, from the
// log-densities logP and logQ [N] of points drawn from the learned density q.
//
// A flow spills a little mass where p = 0 (logP = −Inf). That alone makes KL(q‖p) infinite, which
// says nothing about the rest. So the mean is over the other points, E_q[log q − log p | p > 0],
// and OutsideSupport is the share of the spilt ones: read the two together. The mean may then be
// slightly below 0, by at most −log(1 − OutsideSupport). ReverseKLFromLogProbs returns the same
// errors as KLFromLogProbs, and one if logQ is −Inf at a point.
func ReverseKLFromLogProbs(logP, logQ []float64) (Estimate, error) {
	return reverseKL(logP, logQ, nil)
}

// reverseKL is ReverseKLFromLogProbs over points with weights [N], nil for equal ones.
func reverseKL(logP, logQ, weights []float64) (Estimate, error) {
	if err := checkLogs(logP, logQ); err != nil {
		return Estimate{}, err
	}
	for i, lq := range logQ {
		if math.IsInf(lq, -1) {
			return Estimate{}, fmt.Errorf("metric: points drawn from q must have a density q above 0, but log q is −Inf in row %d", i)
		}
	}
	return klOver(logP, weights, func(i int) float64 { return logQ[i] - logP[i] })
}

var errNoTruth = errors.New("metric: a KL needs a truth and log-probs, got none")

// KL estimates the forward KL between the truth p and a learned density q, given by its function
// logProb, from n draws of the truth with the seed; see KLFromLogProbs. Two densities compared with
// the same seed are compared at the same points, which count by their weights if the truth draws
// them with weights. It returns an error if truth or logProb is nil or returns one.
func KL(truth data.Distribution, logProb func(data.Points) ([]float64, error), n int, seed uint64) (Estimate, error) {
	if truth == nil || logProb == nil {
		return Estimate{}, errNoTruth
	}
	x, err := truth.Sample(n, seed)
	if err != nil {
		return Estimate{}, fmt.Errorf("metric: the truth can't be sampled: %w", err)
	}
	if err := x.CheckWeights(); err != nil {
		return Estimate{}, fmt.Errorf("metric: the truth's points: %w", err)
	}
	logP, logQ, err := bothLogs(truth, logProb, x)
	if err == nil {
		err = checkLogs(logP, logQ)
	}
	if err != nil {
		return Estimate{}, err
	}
	return klOver(logP, weightsOf(x), func(i int) float64 { return logP[i] - logQ[i] })
}

// ReverseKL estimates the reverse KL between a learned density and the truth from points x [N, D]
// that were drawn from the learned density, or made by a transport; see ReverseKLFromLogProbs. They
// count by their weights. It returns an error if truth or logProb is nil or returns one, if the
// dimensions differ, if a point isn't finite, or if the sum of the weights isn't above 0.
func ReverseKL(truth data.Distribution, logProb func(data.Points) ([]float64, error), x data.Points) (Estimate, error) {
	if truth == nil || logProb == nil {
		return Estimate{}, errNoTruth
	}
	if x.Len() > 0 && x.Dim() != truth.Dim() {
		return Estimate{}, fmt.Errorf("metric: points and truth must have one dimension, got %d and %d", x.Dim(), truth.Dim())
	}
	if err := checkSet(x); err != nil {
		return Estimate{}, fmt.Errorf("metric: the points drawn: %w", err)
	}
	logP, logQ, err := bothLogs(truth, logProb, x)
	if err != nil {
		return Estimate{}, err
	}
	return reverseKL(logP, logQ, weightsOf(x))
}

// bothLogs returns log p and log q [N] of the points.
func bothLogs(truth data.Distribution, logProb func(data.Points) ([]float64, error), x data.Points) (logP, logQ []float64, err error) {
	if logP, err = truth.LogProb(x); err != nil {
		return nil, nil, fmt.Errorf("metric: the true density: %w", err)
	}
	if logQ, err = logProb(x); err != nil {
		return nil, nil, fmt.Errorf("metric: the learned density: %w", err)
	}
	return logP, logQ, nil
}

// klOver returns the mean of the terms over the points where p > 0, and the share of the other
// points, both by the points' weights [N], nil for equal ones. If a term is +Inf, so is the mean.
func klOver(logP, weights []float64, term func(i int) float64) (Estimate, error) {
	terms := make([]float64, 0, len(logP))
	var own []float64 // the weights of the terms
	for i, lp := range logP {
		if math.IsInf(lp, -1) || weightAt(weights, i) == 0 {
			continue
		}
		t := term(i)
		if math.IsInf(t, 1) {
			return Estimate{Value: t, Error: math.NaN()}, nil
		}
		terms = append(terms, t)
		if weights != nil {
			own = append(own, weights[i])
		}
	}
	if len(terms) == 0 {
		return Estimate{}, fmt.Errorf("metric: p must be above 0 at some point, but log p is −Inf at all %d", len(logP))
	}
	within, all := sumOf(own, len(terms)), sumOf(weights, len(logP))
	if !(within > 0) {
		return Estimate{}, fmt.Errorf("metric: the weights of the points where p is above 0 must have a sum above 0, got %.3g of %.3g", within, all)
	}
	e := weightedMean(terms, own)
	e.OutsideSupport = (all - within) / all
	return e, nil
}

// checkLogs returns an error if the lengths differ or are 0, or if a log-density is NaN or +Inf.
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
