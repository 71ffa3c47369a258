package f4f

import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/export"
	"github.com/flowsforflows/flows/f4f/internal/nflows"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// NFlows says what the state dict of a flow does not. Its shapes tell the rest: the numbers of
// features, layers, blocks, hidden units and bins, the width of the condition, and the maps between
// the layers.
//
// The import assumes the defaults of nflows and of the paper: ReLU, residual blocks, linear tails,
// bins of at least 1e-3 of the whole, slopes of at least 1e-3, and the standard normal as the base
// distribution. A state dict does not show another activation, or the identity start of nflows'
// development version, so such a flow is imported wrongly. Compare a log-prob with nflows to be
// sure.
type NFlows struct {
	// TailBound is the tail bound of the splines. 0 means the value of "tail_bound" in the file's
	// metadata. One of the two must be given.
	TailBound float64
	// Name is the name of the distribution; "" means the file's name without its extension.
	Name string
	// Prefix is the beginning of all names of the flow in the file, such as "model.". Other names
	// are ignored.
	Prefix string
	// ConditionRange is the least and the greatest value of each feature of the condition in
	// training. A flow warns about conditions outside this range; without it, it cannot. For a
	// transport it is the range of both bases.
	ConditionRange [][2]float64
	// On is what a transport sees of its conditions: Difference for a DeltaFlowForFlow of
	// flows4flows, Both for a ConcatFlowForFlow, Shared for a DiscreteBaseConditionFlowForFlow, and
	// none for a DiscreteBaseFlowForFlow.
	On Relation
	// Left and Right are the beginnings, after Prefix, of the names of a transport's bases. ""
	// means those of flows4flows, "base_flow_left." and "base_flow_right.".
	Left, Right string
	// Backend is the backend that computes; see BasePlan.Backend.
	Backend string
}

// options returns the options that say what the file holds.
func (o NFlows) options() nflows.Options {
	return nflows.Options{
		TailBound: o.TailBound, Name: o.Name, Prefix: o.Prefix, ConditionRange: o.ConditionRange, On: o.On, Left: o.Left, Right: o.Right,
	}
}

// ImportNFlows reads a density from a safetensors file that holds the state dict of an nflows Flow,
// or of a flows4flows BaseFlow. The flow must consist of autoregressive or coupling layers of
// rational-quadratic splines, with permutations and LU linear maps between them, on a standard
// normal. A PointwiseAffineTransform may come first.
//
// The density agrees with nflows up to rounding, and computes in Float64 if any of the file's
// weights are float64. It sees the condition as nflows does: the first feature of an autoregressive
// layer does not depend on it.
//
// ImportNFlows returns an error that names the first entry that is missing, has the wrong shape or
// cannot be imported.
func ImportNFlows(ctx context.Context, path string, o NFlows) (*Density, error) {
	wrong := func(err error) (*Density, error) { return nil, fmt.Errorf("f4f: importing %s: %w", path, err) }
	spec, weights, print, err := nflows.ImportDensity(path, o.options())
	if err != nil {
		return wrong(err)
	}
	b, err := train.OpenBackend(ctx, o.Backend, spec.Name)
	if err != nil {
		return wrong(err)
	}
	d, err := newDensity(b.Backend, weights, spec, &fit.State{}, print)
	if err != nil {
		return wrong(err)
	}
	return d, nil
}

// ImportNFlowsTransport reads a transport and its bases from a safetensors file that holds the
// state dict of a flows4flows model, as ImportNFlows reads a density.
//
// Under Difference and Both, both sides must be the same distribution. flows4flows then chooses the
// direction of the flow by the order of a point's two conditions, as this package does. The two
// differ between equal conditions: flows4flows applies the flow, and the transport is the identity.
func ImportNFlowsTransport(ctx context.Context, path string, o NFlows) (*Transport, error) {
	wrong := func(err error) (*Transport, error) { return nil, fmt.Errorf("f4f: importing %s: %w", path, err) }
	spec, relation, weights, print, err := nflows.ImportTransport(path, o.options())
	if err != nil {
		return wrong(err)
	}
	b, err := train.OpenBackend(ctx, o.Backend, spec.Name)
	if err != nil {
		return wrong(err)
	}
	t, err := newTransport(b.Backend, weights, spec, relation, &fit.State{}, print)
	if err != nil {
		return wrong(err)
	}
	return t, nil
}

// ExportNFlows writes the density to a safetensors file as the state dict of an nflows Flow, which
// load_state_dict accepts with strict=True. The file's metadata hold the Python code that makes the
// Flow, as "python", and the tail bound, as "tail_bound".
//
// The file includes the masks, as every state dict of nflows does. They are the masks that nflows
// makes, except for a conditional density of more than one feature: its first feature depends on
// the condition too, which the masks of nflows do not allow. Load the masks with the weights; do
// not make them anew.
//
// A scaler becomes a PointwiseAffineTransform. The scaler of conditions is folded into the weights.
// A Float64 density is written in float64, and its Python code makes a float64 Flow.
//
// ExportNFlows returns an error for a density that has no counterpart in nflows: one with angles or
// other maps of columns, with a base distribution other than Normal, with an Embedding, with
// coupling layers of a single feature, with a transformer other than Spline, or with a layer that
// LayerFunc registered.
func (d *Density) ExportNFlows(path string) error {
	if err := d.encodes(); err != nil {
		return err
	}
	weights, err := d.engine.Weights()
	if err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", d, err)
	}
	if err := nflows.ExportDensity(path, d.spec, weights, d.engine.DType()); err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", d, err)
	}
	return nil
}

// ExportNFlows writes the transport and its bases to a safetensors file as the state dict of a
// flows4flows model, as Density.ExportNFlows does a density. The model is a DiscreteBaseFlowForFlow
// without conditions, a DeltaFlowForFlow for Difference, a ConcatFlowForFlow for Both, and a
// DiscreteBaseConditionFlowForFlow for Shared.
//
// ExportNFlows returns an error for a transport that has no counterpart in flows4flows. A
// DeltaFlowForFlow and a ConcatFlowForFlow move points only among the conditions of one
// distribution, so a transport between two distributions under Difference or Both has none. Nor has
// a base transfer, which has no flow of its own (export its Left and Right instead), or one with a
// side that is given or points alone.
func (t *Transport) ExportNFlows(path string) error {
	if t == nil {
		return errNil
	}
	for _, side := range []*Density{t.left, t.right} {
		if err := side.encodes(); err != nil {
			return err
		}
	}
	weights, err := t.engine.Weights()
	if err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", t, err)
	}
	if err := nflows.ExportTransport(path, t.spec, t.flow.Relation, weights, t.engine.DType()); err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", t, err)
	}
	return nil
}

// ExportONNX writes the density to an ONNX model (opset 17), for programs that run it without Go,
// such as those on ONNX Runtime. functions are "log_prob", "encode" and "decode", all of them if
// none is given. The model takes any number of points, in the density's precision.
//
//	input      x          [N, D]  points
//	input      z          [N, D]  points of the base distribution: noise, to sample
//	input      condition  [N, C]  or one for all points; not there without one
//	log_prob:  log_prob   [N]     log p(x), in nats
//	encode:    encoded    [N, D]  x in the base distribution
//	decode:    decoded    [N, D]  z as points: samples
//	           decoded_log_prob [N]
//
// In a model of several functions x and z may each be left out: an input that isn't given is one
// row of zeros. The model's metadata hold the plan and the fingerprint, and tail_bound, columns and
// condition_columns (names, one a line) for programs that don't read the plan.
//
// The maps of columns are part of the model. Where a map can't take a value, the model returns NaN.
//
// ExportONNX returns an error for a density with maps that add noise (data.Whole, data.Spike), for
// a density that is given instead of learned (see Known), for decode of a flow with
// ConvexPotential, whose inverse is an iteration, and for a layer of your own that uses an
// operation that ONNX doesn't have. It also returns one for a function of another name.
func (d *Density) ExportONNX(path string, functions ...string) error {
	if err := d.encodes(); err != nil {
		return err
	}
	weights, err := d.engine.Weights()
	if err == nil {
		err = export.Density(path, d.spec, export.Flow{Weights: weights, DType: d.engine.DType(), Fingerprint: d.fingerprint}, functions)
	}
	if err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", d, err)
	}
	return nil
}

// ExportONNX writes the transport to an ONNX model, as Density.ExportONNX does a density. functions
// are "forward", "log_prob_left", "inverse" and "log_prob", all of them if none is given. With
// ConvexPotential, name those that don't need the inverse, which is an iteration: forward and
// log_prob_left. Where a side is points alone (see PointsOf), leave out the one that needs its
// density. The error names those that can be exported.
//
//	input           left             [N, D]  points of the left distribution
//	input           right            [N, D]  points of the right distribution
//	input           condition_left   [N, C]  and condition_right; or condition, under Shared
//	forward:        forward          [N, D]  left as points of the right distribution
//	                forward_log_det  [N]
//	log_prob_left:  log_prob_left    [N]     as LogProbLeft
//	inverse:        inverse          [N, D]  right as points of the left distribution
//	                inverse_log_det  [N]
//	log_prob:       log_prob         [N]     as LogProb
func (t *Transport) ExportONNX(path string, functions ...string) error {
	if t == nil {
		return errNil
	}
	weights, err := t.engine.Weights()
	if err == nil {
		err = export.Transport(path, t.spec, t.flow.Relation, export.Flow{Weights: weights, DType: t.engine.DType(), Fingerprint: t.fingerprint}, functions)
	}
	if err != nil {
		return fmt.Errorf("f4f: exporting %s: %w", t, err)
	}
	return nil
}
