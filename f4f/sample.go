package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// Sample draws n points [n, D]: it decodes n draws of the base distribution. The same n and seed
// give the same points. Columns that are angles have their periods (data.Points.Periods). n must be
// at least 1, and equal to the number of conditions if At set one for each point; SampleEach draws
// several under each condition. A density that is given (see Known) draws from its source instead.
func (d *Density) Sample(n int, seed uint64) (data.Points, error) {
	if d != nil && d.spec.IsGiven() {
		return d.sampleGiven(n, seed)
	}
	z, err := d.noise(n, seed)
	if err != nil {
		return data.Points{}, err
	}
	return d.Decode(z)
}

// SampleWithLogProb draws the points of Sample, x [n, D], and returns their log-densities [n] too,
// in nats. Both come from one pass, log p_base(z) − log|det ∂x/∂z|, where LogProb would encode the
// points again. The log-densities agree with LogProb up to rounding. If columns have noise
// (data.Whole, data.Spike), it calls LogProb, whose integral over the noise takes a second pass.
func (d *Density) SampleWithLogProb(n int, seed uint64) (x data.Points, logProbs []float64, err error) {
	if d != nil && d.spec.IsGiven() {
		if x, err = d.Sample(n, seed); err == nil {
			logProbs, err = d.LogProb(x)
		}
		return x, logProbs, err
	}
	z, err := d.noise(n, seed)
	if err != nil {
		return data.Points{}, nil, err
	}
	x, logDets, outputs, err := d.decoded("decode with log-prob", z, func(n specs.Normal) engine.Build {
		return func(scope *model.Scope, z, c *Node) []*Node {
			x, logDet := n.Decode(scope.At(specs.FlowScope), z, c)
			return []*Node{x, Sub(n.BaseLogProb(z), logDet)}
		}
	})
	if err != nil {
		return data.Points{}, nil, err
	}
	if d.spec.AddsNoise() {
		logProbs, err = d.LogProb(x)
		return x, logProbs, err
	}
	logProbs = outputs[1]
	for i, l := range logDets {
		logProbs[i] -= l
	}
	if err := d.spec.CheckLogProbs(x, logProbs); err != nil {
		return data.Points{}, nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return x, logProbs, nil
}

// SampleEach draws m points under each of the N conditions that At set, [N·m, D]: rows i·m to
// (i+1)·m−1 are the draws under condition i, in the order of Points.RepeatEach. The same m and seed
// give the same points. m must be at least 1. It returns an error if no condition is set.
func (d *Density) SampleEach(m int, seed uint64) (data.Points, error) {
	if d == nil {
		return data.Points{}, errNil
	}
	switch {
	case d.given.Len() == 0:
		return data.Points{}, fmt.Errorf("f4f: %s: points under each condition need conditions: set them with At, or use Sample", d)
	case m < 1:
		return data.Points{}, fmt.Errorf("f4f: %s: the number of points to sample under each condition must be at least 1, got %d", d, m)
	}
	each, err := d.given.RepeatEach(m)
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: conditions: %w", d, err)
	}
	return d.At(each).Sample(each.Len(), seed)
}

// LogProbOfLeading returns the log-density [N], in nats, of the leading features of each point,
// with the others marginalised: log p(x_0 … x_{k−1}) of each row of x [N, k], 1 ≤ k ≤ D, or that
// under the condition set by At. Missing values are allowed at the end of a row: a feature that is
// NaN, and all that follow it, are marginalised too. A row that begins with NaN has log-density 0.
// The log-density of the other features given the leading ones is LogProb minus this.
//
// For k < D it needs a flow in which the leading features don't depend on the others: of
// autoregressive layers, and with Mixing(InOrder) if there is more than one. For other flows it
// returns an error, and where columns have noise (data.Whole, data.Spike). It returns an error, too, if a
// NaN is followed by a number, and the errors of LogProb.
func (d *Density) LogProbOfLeading(x data.Points) ([]float64, error) {
	if err := d.encodes(); err != nil {
		return nil, err
	}
	whole, known, err := d.spec.FillLeading(x)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	if slices.Min(known) < d.Dim() && d.spec.AddsNoise() {
		return nil, fmt.Errorf("f4f: %s: leading features have no probability that it can compute where columns have noise (data.Whole, data.Spike): pass all features, or train on the leading columns alone", d)
	}
	if slices.Min(known) == d.Dim() {
		return d.LogProb(whole)
	}
	build := d.flow.Leading()
	if build == nil {
		return nil, d.notTriangular("the leading features alone have no density that it can compute")
	}
	u, c, err := d.enter(whole)
	if err != nil {
		return nil, err
	}
	slopes, err := d.spec.Slopes(whole)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	outputs, err := d.run("leading", u, c, func(specs.Normal) engine.Build { return build })
	if err != nil {
		return nil, err
	}
	terms := specs.Added(outputs[0], slopes.Log)
	logProbs := make([]float64, x.Len())
	for i, k := range known {
		for _, term := range terms[i*d.Dim() : i*d.Dim()+k] {
			logProbs[i] += term
		}
	}
	if err := d.spec.CheckLogProbs(x, logProbs); err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return logProbs, nil
}

// CDF returns the conditional distribution function of a feature, counted from 0, given the ones
// before it: u = P(X_j ≤ x_j | x_0 … x_{j−1}) [N] of each row of x [N, k], j < k ≤ D, or that under
// the condition set by At. For points drawn from the density, u is uniform between 0 and 1, so it
// is an exact probability integral transform (metric.PIT), from one pass of the flow (Rosenblatt,
// "Remarks on a Multivariate Transformation", 1952). For an angle, u counts from the place at which
// the flow cuts the circle.
//
// It needs a density of one feature, or a flow as LogProbOfLeading does. It returns an error for
// columns with noise (data.Whole, data.Spike), whose distribution functions have steps, for a
// density that is given instead of learned (see Known), if a value is missing, or if feature isn't
// a column of x. It also returns the errors of LogProb.
func (d *Density) CDF(x data.Points, feature int) ([]float64, error) {
	if err := d.encodes(); err != nil {
		return nil, err
	}
	if x.Len() > 0 && (feature < 0 || feature >= x.Dim()) {
		return nil, fmt.Errorf("f4f: %s: the feature of a distribution function must be from 0 to %d, got %d", d, x.Dim()-1, feature)
	}
	whole, known, err := d.spec.FillLeading(x)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	if row := slices.IndexFunc(known, func(k int) bool { return k <= feature }); row >= 0 {
		return nil, fmt.Errorf("f4f: %s: a distribution function needs the value of column %s and of all before it, but one is missing in row %d", d, x.ColumnTitle(feature), row)
	}
	if d.spec.AddsNoise() {
		return nil, fmt.Errorf("f4f: %s: columns with noise (data.Whole, data.Spike) have no distribution function that it can compute: draw samples (SampleEach)", d)
	}
	if d.Dim() > 1 && d.flow.Leading() == nil {
		return nil, d.notTriangular("a feature has no distribution function given the ones before it that it can compute")
	}
	z, err := d.Encode(whole)
	if err != nil {
		return nil, err
	}
	return d.spec.BaseCDF(z, feature), nil
}

// notTriangular returns the error for a flow whose leading features depend on the others.
func (d *Density) notTriangular(what string) error {
	return fmt.Errorf("f4f: %s: %s: its layers must be autoregressive, and keep features in their order if there is more than one: set Mixing(InOrder), got %q layers with mixing %#v",
		d, what, d.spec.Architecture.Layer, d.spec.Architecture.Mixing)
}

// Complete draws missing features from their conditional distribution: it returns points [N, D]
// that begin with the leading features x [N, k] and continue with one draw of the others given
// these, under the condition set by At. As in LogProbOfLeading, a row of x may end with missing
// values (NaN), which are drawn too. It needs a flow as LogProbOfLeading does. It returns an error if a
// row knows some of the columns of a feature with data.Argmax, but not all, and the errors of
// LogProbOfLeading except that for noise. The same x and seed give the same points. Where known values have
// noise (data.Whole, data.Spike), the noise is uniform instead of drawn from the flow, so the draws are
// then approximate.
func (d *Density) Complete(x data.Points, seed uint64) (data.Points, error) {
	if err := d.encodes(); err != nil {
		return data.Points{}, err
	}
	whole, known, err := d.spec.FillLeading(x)
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", d, err)
	}
	if d.flow.Leading() == nil {
		return data.Points{}, d.notTriangular("features can't be drawn given the leading ones")
	}
	u, c, err := d.enter(whole)
	if err != nil {
		return data.Points{}, err
	}
	name := "encode"
	if d.flow.LearnsNoise() { // it would depend on the features that are missing
		name = "encode by uniform noise"
	}
	z, err := d.mapped(name, u, c, func(n specs.Normal) engine.Build { return specs.Encoding(n.Unlearned()) })
	if err != nil {
		return data.Points{}, err
	}
	noise, err := d.noise(x.Len(), seed)
	if err != nil {
		return data.Points{}, err
	}
	for i, k := range known { // z_0 … z_{k−1} depend on the leading features alone
		copy(z.Row(i)[k:], noise.Row(i)[k:])
	}
	y, err := d.Decode(z)
	if err != nil {
		return data.Points{}, err
	}
	for i, k := range known {
		copy(y.Row(i), whole.Row(i)[:k])
	}
	return y, nil
}

// noise draws n points of the base distribution [n, D].
func (d *Density) noise(n int, seed uint64) (data.Points, error) {
	if d == nil {
		return data.Points{}, errNil
	}
	if err := checkCount(n); err != nil {
		return data.Points{}, err
	}
	return d.spec.SampleBase(n, seed)
}

// checkCount returns an error unless n points can be drawn.
func checkCount(n int) error {
	if n < 1 {
		return fmt.Errorf("f4f: the number of points to sample must be at least 1, got %d", n)
	}
	return nil
}

// sampleGiven draws n points of a density that is given.
func (d *Density) sampleGiven(n int, seed uint64) (data.Points, error) {
	if err := checkCount(n); err != nil {
		return data.Points{}, err
	}
	root, err := d.spec.SampleRoot(n, seed)
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", d, err)
	}
	if d.spec.Image == nil {
		return d.spec.Named(root, root), nil
	}
	x, _, _, err := d.decoded("make", root, func(n specs.Normal) engine.Build {
		return func(scope *model.Scope, root, _ *Node) []*Node {
			return []*Node{n.Make(scope.At(specs.FlowScope), root)}
		}
	})
	return x, err
}
