package f4f

import (
	"slices"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/plan"
)

// The history of a flow. For a nil flow every result is the zero value: the error that Fit or Load
// returned with it says what is wrong.

// own returns the trained part of the density, without an engine if the density is nil.
func (d *Density) own() *trained {
	if d == nil {
		return &trained{history: &fit.State{}}
	}
	return d.trained
}

// own returns the trained part of the transport, without an engine if the transport is nil.
func (t *Transport) own() *trained {
	if t == nil {
		return &trained{history: &fit.State{}}
	}
	return t.trained
}

// precision returns the precision of the weights, or "" if there are none.
func (t *trained) precision() Precision {
	if t.engine == nil {
		return ""
	}
	return plan.PrecisionOf(t.engine.DType())
}

// parameters returns the number of trained weights of the flow itself.
func (t *trained) parameters() int {
	if t.engine == nil {
		return 0
	}
	return t.engine.Size(specs.FlowScope)
}

// Fingerprint returns the fingerprint of the plan that trained the density; see
// BasePlan.Fingerprint.
func (d *Density) Fingerprint() string {
	return d.own().fingerprint
}

// Fingerprint returns the fingerprint of the plan that trained the transport; see
// BetweenPlan.Fingerprint.
func (t *Transport) Fingerprint() string {
	return t.own().fingerprint
}

// LossesAreBounds reports whether columns have noise (data.Whole, data.Spike). Their values have
// probabilities P, and the losses of Losses and Epochs are upper bounds of the mean of −log P, in
// expectation over the noise; see LogProbBound. Where a table is learned for many epochs with uniform noise,
// which its rows keep, training losses may come to lie below; validation losses don't.
func (d *Density) LossesAreBounds() bool { return d != nil && d.spec.AddsNoise() }

// LossesAreBounds reports whether columns of either side have noise, so that losses of points of that
// side are bounds; see Density.LossesAreBounds. It is false under PenaltyOnly, where losses are
// penalties.
func (t *Transport) LossesAreBounds() bool {
	return t != nil && !t.spec.Training.PenaltyOnly && (t.spec.Left.AddsNoise() || t.spec.Right.AddsNoise())
}

// Losses returns the training loss of every step, in nats per point.
func (d *Density) Losses() []float32 {
	return slices.Clone(d.own().history.Losses)
}

// Losses returns the training loss of every step, in nats per point, penalties included.
func (t *Transport) Losses() []float32 {
	return slices.Clone(t.own().history.Losses)
}

// Epochs returns a record of every epoch, with its mean training loss and its validation loss, in
// nats per point.
func (d *Density) Epochs() []fit.EpochRecord {
	return slices.Clone(d.own().history.Epochs)
}

// Epochs returns a record of every epoch, with its mean training loss and its validation loss, in
// nats per point. The training loss is that of the direction that was trained, −log p_right(f(x)) −
// log|det ∂f/∂x| forward and its mirror image inverse, penalties included; points with learned noise
// count its log-density too. The validation loss is
// the mean of both directions, whatever the direction of training, so that plans can be compared;
// it does not include penalties unless PenaltyOnly was set.
func (t *Transport) Epochs() []fit.EpochRecord {
	return slices.Clone(t.own().history.Epochs)
}

// Rate returns the speed of the training in steps per second, without the time for compilation.
func (d *Density) Rate() float64 {
	return d.own().history.Rate
}

// Rate returns the speed of the training in steps per second, without the time for compilation.
func (t *Transport) Rate() float64 {
	return t.own().history.Rate
}

// Precision returns the precision in which the density was trained and is evaluated.
func (d *Density) Precision() Precision {
	return d.own().precision()
}

// Precision returns the precision in which the transport was trained and is evaluated.
func (t *Transport) Precision() Precision {
	return t.own().precision()
}

// Architecture returns the shape of the density's flow. It is the zero value for a nil density.
func (d *Density) Architecture() Architecture {
	if d == nil {
		return Architecture{}
	}
	return d.spec.Architecture
}

// Architecture returns the shape of the transport's own flow. It is the zero value for a base
// transfer, which has none, and for a nil transport.
func (t *Transport) Architecture() Architecture {
	if t == nil {
		return Architecture{}
	}
	return t.spec.Architecture
}

// Recipe returns the recipe that trained the density, with all that it left open filled in. It is
// the zero value for an imported density, whose recipe is not known, and for a nil density.
func (d *Density) Recipe() Recipe {
	if d == nil {
		return Recipe{}
	}
	return d.spec.Recipe
}

// Recipe returns the recipe that trained the transport, as Density.Recipe does. It is the zero
// value for a base transfer, which is not trained.
func (t *Transport) Recipe() Recipe {
	if t == nil {
		return Recipe{}
	}
	return t.spec.Recipe
}

// Parameters returns the number of trained weights.
func (d *Density) Parameters() int {
	return d.own().parameters()
}

// Parameters returns the number of trained weights of the transport itself, without those of its
// bases.
func (t *Transport) Parameters() int {
	return t.own().parameters()
}

// Seconds returns the duration of the training in seconds, compilation included.
func (d *Density) Seconds() float64 {
	return d.own().history.Seconds
}

// Seconds returns the duration of the training in seconds, compilation included.
func (t *Transport) Seconds() float64 {
	return t.own().history.Seconds
}
