package f4f

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
	"github.com/flowsforflows/flows/f4f/plan"
)

// What needs no training: the transport between two densities through their base distribution, and
// densities that are given instead of learned.

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

// GivenDensity is a density of your own; DensityFunc returns one.
type GivenDensity = plan.GivenDensity

// DensityFunc registers a density of your own, for Known: source draws its points, and logProb
// builds log p(x) [batch], in nats, from points x [batch, D]. See plan.DensityFunc.
func DensityFunc(name string, source data.Source, logProb func(x *graph.Node) *graph.Node) GivenDensity {
	return plan.DensityFunc(name, source, logProb)
}

// Known returns a plan for a density that is given instead of learned, as a side of Between: the
// base density of a flow for flow can be any distribution whose density is known (Klein et al.,
// 2022, section 3). density is
//
//	a data.Normal, data.Gaussian, data.Mixture or data.Box   a formula
//	what DensityFunc returns                                 your own log-density, with its sampler
//	a *Density                                               trained, loaded, or the Image of a transport
//
// Nothing is trained: Fit returns the density itself, and the store keeps no file of it. The
// transport draws its training points from it, and its file holds it. Of the settings, Precision,
// Backend and Standardise count, the latter for the units that a transport acts in; architecture and
// recipe don't. A *Density comes with its own precision and scale, and must have no condition.
//
// Outside a box the density is 0, and a map that is being trained can't be told to come back from
// there. So training gives a box exponential tails, on either side of a feature of a mean length of
// 0.5% of its width; LogProb doesn't have them.
//
// Fit returns an error if there is no density, if it is of another kind, if the plan has maps of
// columns or a base distribution, and if a DensityFunc gives another shape than [batch], or a
// log-density or a gradient that isn't finite at one of its own points.
func Known(density data.Source) BasePlan {
	p := BasePlan{settings: defaultSettings, source: density, known: true}
	if d, ok := density.(*Density); ok {
		p.precision = d.Precision()
	}
	return p
}

// completedKnown returns the plan with the spec of its density. It returns an error if the plan is
// not valid.
func (p BasePlan) completedKnown() (BasePlan, error) {
	d, isTrained := p.source.(*Density)
	if p.source == nil || isTrained && d == nil {
		return p, errors.New("f4f: Known needs a density, got none")
	}
	wrong := func(format string, args ...any) (BasePlan, error) {
		return p, fmt.Errorf("f4f: known density %s: %w", p.Name(), fmt.Errorf(format, args...))
	}
	switch {
	case len(p.maps.Points)+len(p.maps.Conditions) > 0:
		return wrong("a density that is given has no maps of columns: leave out Column, ConditionColumn and Prepared")
	case len(p.choices) > 0:
		return wrong("a density that is given has no base distribution: leave out BaseDistribution")
	case isTrained && d.ConditionDim() > 0:
		return wrong("it must have no condition, and has one of %d features: give its plan to Between instead, with On", d.ConditionDim())
	case isTrained && p.standardiseSet:
		return wrong("a trained density has a scale of its own: leave out Standardise and Raw")
	case isTrained && p.precision != d.Precision():
		return wrong("its precision is %q: leave out Precision, got %q", d.Precision(), p.precision)
	case isTrained:
		p.given, p.base = &d.spec, d.spec.Base
		return p, nil
	}
	if err := p.precision.Validate(); err != nil {
		return wrong("%w", err)
	}
	known, err := specs.KnownOf(p.source)
	if err != nil {
		return wrong("%w", err)
	}
	known.Precision = p.precision
	spec := specs.Density{Kind: specs.DensityKind, Name: p.source.Name(), Dim: p.source.Dim(), Known: known}
	if spec.Dim < 1 {
		return wrong("the dimension of points must be at least 1, got %d", spec.Dim)
	}
	p.standardise = p.standardise && p.standardiseSet
	if p.standardise {
		scaler, err := known.Scaler()
		if err != nil {
			return wrong("%w", err)
		}
		spec.Scaler = &scaler
	}
	p.given = &spec
	return p, nil
}

// knownFingerprint is Fingerprint of a resolved plan for a density that is given.
func (p BasePlan) knownFingerprint() (string, error) {
	return flowfile.Fingerprint(struct {
		Kind, Source string
		Standardise  bool
		Precision    Precision
	}{"known", p.identity, p.standardise, p.precision})
}

// knownString is String of a plan for a density that is given.
func (p BasePlan) knownString() string {
	c := p.otherCalls()
	if _, isTrained := p.source.(*Density); isTrained { // its precision is its own
		c = slices.DeleteFunc(c, func(call string) bool { return strings.HasPrefix(call, ".Precision") })
	}
	c.say(p.standardiseSet && p.standardise, "Standardise()")
	return "f4f.Known(" + p.Name() + ")" + strings.Join(c, "")
}

// fitKnown returns the density of a resolved plan.
func (p BasePlan) fitKnown(ctx context.Context) (*Density, error) {
	if ctx == nil {
		return nil, train.ErrNoContext(p.name() + ": Fit")
	}
	if d, ok := p.source.(*Density); ok {
		return d, nil
	}
	print, err := p.Fingerprint()
	if err != nil {
		return nil, err
	}
	b, err := p.place.Open(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", fit.ErrInterrupted, err)
		}
		return nil, fmt.Errorf("f4f: %s: %w", p.name(), err)
	}
	spec := *p.given
	spec.Source = p.identity
	d, err := newDensity(b.Backend, fit.Snapshot{}, spec, &fit.State{}, print)
	if err != nil {
		return nil, err
	}
	if spec.HasFunctions() {
		err = d.checkOwnPoints()
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// checkOwnPoints returns an error unless the log-density and its gradient are finite at some points
// of the density.
func (d *Density) checkOwnPoints() error {
	const points = 256 // as many as a small program takes at once
	x, err := d.Sample(points, 0)
	if err != nil {
		return err
	}
	logProbs, err := d.LogProb(x)
	if err == nil {
		_, err = d.Score(x)
	}
	if i := slices.IndexFunc(logProbs, func(l float64) bool { return math.IsInf(l, -1) }); i >= 0 {
		err = fmt.Errorf("f4f: %s: its log-density at %v is −Inf", d, x.Row(i))
	}
	if err != nil {
		return fmt.Errorf("%w: the function given to DensityFunc must give a finite log-density and gradient at the points that its own source draws: clamp before a division, a logarithm or a root, and normalise it on the support of the source", err)
	}
	return nil
}

// encodes returns an error unless there is a density, and it has a map to its base distribution.
func (d *Density) encodes() error {
	if d == nil {
		return errNil
	}
	if d.spec.Known != nil {
		return fmt.Errorf("f4f: %s: it is given by its log-density, and has no map to a base distribution: use LogProb, Score and Sample, or learn it with Base", d)
	}
	return nil
}

// Name returns the name of the distribution: that of the source that the density was trained on.
func (d *Density) Name() string {
	if d == nil {
		return "nothing"
	}
	return d.spec.Name
}

// identity identifies the density by its content, so that a training that was cut short counts as
// another density than the whole one.
func (d *Density) identity() (string, error) {
	weights, err := d.engine.Weights()
	if err != nil {
		return "", fmt.Errorf("f4f: %s: %w", d, err)
	}
	digest, err := specs.Digest(specs.FlowWeights(weights))
	if err != nil {
		return "", fmt.Errorf("f4f: %s: %w", d, err)
	}
	return flowfile.Fingerprint(struct {
		Kind    string
		Spec    specs.Density
		Weights string
	}{"density", d.spec, digest})
}

// Image returns the density of the transport's image: that of the right, under the left density
// transported, whose LogProb is Transport.LogProb. Its samples are images of samples of the left
// density. With Known it is a side of another transport, so that transports form a chain:
//
//	ab, err := f4f.Between(a, b).Fit(ctx)
//	image, err := ab.Image()
//	bc, err := f4f.Between(f4f.Known(image), c).Fit(ctx)
//
// The image of a base transfer is its right density. Image returns an error for a transport with
// conditions, which has an image for each pair of them.
func (t *Transport) Image() (*Density, error) {
	switch {
	case t == nil:
		return nil, errNil
	case t.spec.Left.Condition > 0:
		return nil, fmt.Errorf("f4f: %s: it has conditions, and so an image for each pair of them, where Image needs a transport without: use At and LogProb", t)
	case t.spec.Transfer:
		return t.right, nil
	}
	all, err := t.engine.Weights()
	if err != nil {
		return nil, fmt.Errorf("f4f: image of %s: %w", t, err)
	}
	weights := specs.Merged(
		specs.Rescoped(all, specs.FlowScope, specs.FlowScope+"/"+specs.FlowScope),
		specs.Rescoped(all, specs.LeftScope, specs.FlowScope+"/"+specs.LeftScope))
	print, err := flowfile.Fingerprint(struct{ Kind, Of string }{"image", t.fingerprint})
	if err != nil {
		return nil, err
	}
	return newDensity(t.engine.Backend(), weights, specs.ImageOf(t.spec, t.Precision()), &fit.State{}, print)
}
