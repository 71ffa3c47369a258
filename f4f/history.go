package f4f

import (
	"slices"

	"github.com/flowsforflows/flows/f4f/fit"
)

// How a flow came about, as it tells of itself. Of a flow that isn't there, nil, all is zero: the
// error that came with it says what is wrong.

// toldOf returns what is told of a flow's training, and zero values of a nil flow.
func toldOf[V any](t *trained, what func(*trained) V) (v V) {
	if t != nil {
		v = what(t)
	}
	return v
}

func (d *Density) own() *trained {
	if d == nil {
		return nil
	}
	return d.trained
}

func (t *Transport) own() *trained {
	if t == nil {
		return nil
	}
	return t.trained
}

// Fingerprint names the plan that the density was trained by: plans alike in all that matters have
// the same.
func (d *Density) Fingerprint() string {
	return toldOf(d.own(), func(t *trained) string { return t.fingerprint })
}

// Fingerprint names the plan that the transport was trained by: plans alike in all that matters
// have the same.
func (t *Transport) Fingerprint() string {
	return toldOf(t.own(), func(t *trained) string { return t.fingerprint })
}

// Losses returns the training loss of every step, in nats per point.
func (d *Density) Losses() []float32 {
	return toldOf(d.own(), func(t *trained) []float32 { return slices.Clone(t.history.Losses) })
}

// Losses returns the training loss of every step, in nats per point.
func (t *Transport) Losses() []float32 {
	return toldOf(t.own(), func(t *trained) []float32 { return slices.Clone(t.history.Losses) })
}

// Epochs returns how every epoch went: its mean training loss and its validation loss, in
// nats per point.
func (d *Density) Epochs() []fit.EpochRecord {
	return toldOf(d.own(), func(t *trained) []fit.EpochRecord { return slices.Clone(t.history.Epochs) })
}

// Epochs returns how every epoch went: its mean training loss and its validation loss, in
// nats per point.
func (t *Transport) Epochs() []fit.EpochRecord {
	return toldOf(t.own(), func(t *trained) []fit.EpochRecord { return slices.Clone(t.history.Epochs) })
}

// Rate returns the training's speed in steps per second, compilation left out.
func (d *Density) Rate() float64 {
	return toldOf(d.own(), func(t *trained) float64 { return t.history.Rate })
}

// Rate returns the training's speed in steps per second, compilation left out.
func (t *Transport) Rate() float64 {
	return toldOf(t.own(), func(t *trained) float64 { return t.history.Rate })
}

// Precision returns the precision that the density was trained in and computes in.
func (d *Density) Precision() Precision {
	return toldOf(d.own(), func(t *trained) Precision { return precisionOf(t.engine.DType()) })
}

// Precision returns the precision that the transport was trained in and computes in.
func (t *Transport) Precision() Precision {
	return toldOf(t.own(), func(t *trained) Precision { return precisionOf(t.engine.DType()) })
}

// Parameters returns how many numbers the density was trained in.
func (d *Density) Parameters() int {
	return toldOf(d.own(), func(t *trained) int { return t.engine.Size(flowScope) })
}

// Parameters returns how many numbers the transport itself was trained in, without those of
// its bases.
func (t *Transport) Parameters() int {
	return toldOf(t.own(), func(t *trained) int { return t.engine.Size(flowScope) })
}

// Seconds returns how long the training took.
func (d *Density) Seconds() float64 {
	return toldOf(d.own(), func(t *trained) float64 { return t.history.Seconds })
}

// Seconds returns how long the training took.
func (t *Transport) Seconds() float64 {
	return toldOf(t.own(), func(t *trained) float64 { return t.history.Seconds })
}
