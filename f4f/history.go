package f4f

import (
	"slices"

	"github.com/flowsforflows/flows/f4f/fit"
)

// How a flow came about, as it tells of itself. Of a flow that isn't there, nil, all is zero: the
// error that came with it says what is wrong.

// own is what the density has of a trained flow, without an engine where there is no density.
func (d *Density) own() *trained {
	if d == nil {
		return &trained{history: &fit.State{}}
	}
	return d.trained
}

// own is what the transport has of a trained flow, without an engine where there is no transport.
func (t *Transport) own() *trained {
	if t == nil {
		return &trained{history: &fit.State{}}
	}
	return t.trained
}

// precision is that of the weights, "" without any.
func (t *trained) precision() Precision {
	if t.engine == nil {
		return ""
	}
	return precisionOf(t.engine.DType())
}

// parameters is how many numbers of the flow itself were trained.
func (t *trained) parameters() int {
	if t.engine == nil {
		return 0
	}
	return t.engine.Size(flowScope)
}

// Fingerprint names the plan that the density was trained by: plans alike in all that matters have
// the same.
func (d *Density) Fingerprint() string {
	return d.own().fingerprint
}

// Fingerprint names the plan that the transport was trained by: plans alike in all that matters
// have the same.
func (t *Transport) Fingerprint() string {
	return t.own().fingerprint
}

// Losses returns the training loss of every step, in nats per point.
func (d *Density) Losses() []float32 {
	return slices.Clone(d.own().history.Losses)
}

// Losses returns the training loss of every step, in nats per point.
func (t *Transport) Losses() []float32 {
	return slices.Clone(t.own().history.Losses)
}

// Epochs returns how every epoch went: its mean training loss and its validation loss, in
// nats per point.
func (d *Density) Epochs() []fit.EpochRecord {
	return slices.Clone(d.own().history.Epochs)
}

// Epochs returns how every epoch went: its mean training loss and its validation loss, in
// nats per point.
func (t *Transport) Epochs() []fit.EpochRecord {
	return slices.Clone(t.own().history.Epochs)
}

// Rate returns the training's speed in steps per second, compilation left out.
func (d *Density) Rate() float64 {
	return d.own().history.Rate
}

// Rate returns the training's speed in steps per second, compilation left out.
func (t *Transport) Rate() float64 {
	return t.own().history.Rate
}

// Precision returns the precision that the density was trained in and computes in.
func (d *Density) Precision() Precision {
	return d.own().precision()
}

// Precision returns the precision that the transport was trained in and computes in.
func (t *Transport) Precision() Precision {
	return t.own().precision()
}

// Parameters returns how many numbers the density was trained in.
func (d *Density) Parameters() int {
	return d.own().parameters()
}

// Parameters returns how many numbers the transport itself was trained in, without those of
// its bases.
func (t *Transport) Parameters() int {
	return t.own().parameters()
}

// Seconds returns how long the training took.
func (d *Density) Seconds() float64 {
	return d.own().history.Seconds
}

// Seconds returns how long the training took.
func (t *Transport) Seconds() float64 {
	return t.own().history.Seconds
}
