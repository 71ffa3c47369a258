package f4f

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// Known returns a plan for a density that is given instead of learned, as a side of Between: the
// base density of a flow for flow can be any distribution whose density is known (Klein et al.,
// 2022, section 3). density is
//
//	*data.Normal, data.Gaussian, *data.Mixture or *data.Box  a formula
//	what DensityFunc returns                                 your own log-density, with its sampler
//	a *Density                                               trained, loaded, or the Image of a transport
//
// Nothing is trained: Fit returns the density itself, and the store keeps no file of it. The
// transport draws its training points from it, and the transport's file holds it. Only the settings
// Precision, Backend and Standardise have an effect; the last sets the units that a transport acts
// in. A *Density has its own precision and scale, and must have no condition. A formula, a
// DensityFunc and an Image have no map to a base distribution: their Encode, Decode and exports
// return errors.
//
// Outside a box the density is 0, with no gradient to bring back points that a map in training
// sends there. So in training a box has exponential tails on both sides of each feature, with a
// mean length of 0.5% of its width. LogProb doesn't have them.
//
// Fit returns an error if there is no density, if it is of another kind, or if the plan has maps of
// columns or a base distribution. It also returns one if a DensityFunc gives another shape than
// [batch], or if its log-density or the gradient isn't finite at one of 2,048 points of its source
// (all of a table that has fewer). If these don't look like points of that density, there is a note
// (Density.Notes).
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
	case p.variational:
		return wrong("a density that is given has no noise to learn: leave out VariationalNoise")
	case len(p.choices) > 0:
		return wrong("a density that is given has no base distribution: leave out BaseDistribution")
	case isTrained && d.ConditionDim() > 0:
		return wrong("it must have no condition, and has one of %d features, of whose distribution it has no sampler: give its plan to Between instead, with On", d.ConditionDim())
	case isTrained && p.standardiseSet:
		return wrong("a trained density has a scale of its own: leave out Standardise and Raw")
	case isTrained && p.precision != d.Precision():
		return wrong("its precision is %q: leave out Precision, got %q", d.Precision(), p.precision)
	case isTrained:
		p.given, p.base = &d.spec, d.spec.Base
		return p, nil
	}
	p.standardise = p.standardise && p.standardiseSet
	spec, err := specs.KnownDensity(p.source, p.precision, p.standardise)
	if err != nil {
		return wrong("%w", err)
	}
	p.given = &spec
	return p, nil
}

// obtainGiven returns the density of a resolved plan that trains nothing: one that is given, or points
// alone, which have maps and scales only.
func (p BasePlan) obtainGiven(ctx context.Context) (*Density, error) {
	if ctx == nil {
		return nil, train.ErrNoContext(p.name() + ": Fit")
	}
	if d, ok := p.source.(*Density); ok && p.known {
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
	var d *Density
	if p.onlyPoints {
		d, err = p.withScales(b.Backend, print)
	} else {
		spec := *p.given
		spec.Source = p.identity
		d, err = givenDensity(b.Backend, spec, print)
	}
	if err != nil {
		return nil, err
	}
	train.SendNotes(ctx, p.name(), d.notes)
	return d, nil
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
