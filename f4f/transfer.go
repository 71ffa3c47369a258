package f4f

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// What needs no training: the transport between two densities through their base distribution, and
// the density of a transport's image.

// BaseTransfer returns the transport that two trained densities form without any training, through
// their common base distribution (the standard normal by default): f_right ∘ f_left⁻¹, or
// f_right(·; c_y) ∘ f_left⁻¹(·; c_x) with conditions. It is the paper's comparison. It has the
// methods of a trained transport. BaseTransfer returns an error unless both densities have the same
// dimension, precision and base distribution, and both or neither have conditions.
func BaseTransfer(left, right *Density) (*Transport, error) {
	switch {
	case left == nil || right == nil:
		return nil, fmt.Errorf("f4f: a base transfer needs two densities, got %v and %v", left, right)
	case left.encodes() != nil:
		return nil, left.encodes()
	case right.encodes() != nil:
		return nil, right.encodes()
	case left.Dim() != right.Dim():
		return nil, fmt.Errorf("f4f: base transfer: left and right must have the same dimension, got %d and %d", left.Dim(), right.Dim())
	case left.Precision() != right.Precision():
		return nil, fmt.Errorf("f4f: base transfer: left and right must have the same precision, got %q and %q", left.Precision(), right.Precision())
	case !specs.SameBase(left.spec, right.spec):
		return nil, fmt.Errorf("f4f: base transfer: both densities must have one base distribution, got %s and %s: give both plans the same angles, BaseDistribution, Mixing and TailBound", left.spec.BaseText(), right.spec.BaseText())
	case (left.ConditionDim() > 0) != (right.ConditionDim() > 0):
		return nil, fmt.Errorf("f4f: base transfer: both densities or neither must have a condition, got conditions of %d and %d features", left.ConditionDim(), right.ConditionDim())
	}
	weights := fit.Snapshot{}
	for scope, base := range map[string]*Density{specs.LeftScope: left, specs.RightScope: right} {
		all, err := base.engine.Weights()
		if err != nil {
			return nil, fmt.Errorf("f4f: base transfer: %w", err)
		}
		for path, value := range specs.Rescoped(all, specs.FlowScope, scope) {
			weights[path] = value
		}
	}
	spec := specs.Transport{Kind: specs.TransportKind, Name: left.spec.Name + " → " + right.spec.Name, Left: left.spec, Right: right.spec, Transfer: true}
	print, err := flowfile.Fingerprint(struct{ Kind, Left, Right string }{"base transfer", left.fingerprint, right.fingerprint})
	if err != nil {
		return nil, err
	}
	t, err := newTransport(left.engine.Backend(), weights, spec, nil, &fit.State{}, print)
	if err != nil {
		return nil, err
	}
	t.take(flowfile.Notes{Left: left.notes, Right: right.notes})
	return t, nil
}

// Image returns the density of the points that Forward makes from points of the left density. Its
// LogProb is that of the transport (Transport.LogProb), and its samples are images of samples of
// the left density; where the left has noise, before these are rounded down. With Known it is a side of
// another transport, so that transports form a chain:
//
//	ab, err := f4f.Between(a, b).Fit(ctx)
//	image, err := ab.Image()
//	bc, err := f4f.Between(f4f.Known(image), c).Fit(ctx)
//
// The image of a base transfer is its right density. Image returns an error for a transport with
// conditions, which has an image for each pair of them, and one that wraps ErrNoDensity for one from
// points alone.
func (t *Transport) Image() (*Density, error) {
	switch {
	case t == nil:
		return nil, errNil
	case t.spec.Left.Condition > 0:
		return nil, fmt.Errorf("f4f: %s: it has conditions, and so an image for each pair of them, where Image needs a transport without: use At and LogProb", t)
	case t.spec.Transfer:
		return t.right, nil
	}
	if err := t.left.checkDensity(); err != nil {
		return nil, err
	}
	all, err := t.engine.Weights()
	if err != nil {
		return nil, fmt.Errorf("f4f: image of %s: %w", t, err)
	}
	weights := specs.Merged(
		specs.Rescoped(all, specs.FlowScope, specs.FlowScope+"/"+specs.FlowScope),
		specs.Rescoped(all, specs.LeftScope, specs.FlowScope+"/"+specs.LeftScope),
		specs.Rescoped(all, specs.RightScope+"/"+specs.NoiseScope, specs.FlowScope+"/"+specs.NoiseScope))
	print, err := flowfile.Fingerprint(struct{ Kind, Of string }{"image", t.fingerprint})
	if err != nil {
		return nil, err
	}
	return newDensity(t.engine.Backend(), weights, t.spec.Image(), &fit.State{}, print)
}
