package template

import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// trueBackground is the name of the template that no analysis has.
const trueBackground = "true background"

// method is a way to make a template, and what it has made.
type method struct {
	name   string
	search bool        // whether it is searched with, too
	events data.Points // each event of the sidebands once, then each once more, at another mass
}

// templates trains the flows and returns the templates, the true background last, and the number of
// background events expected in the region.
func (l *long) templates(ctx context.Context, seed uint64, sx, sm data.Points) ([]method, Count, error) {
	var none Count
	spectrum, err := FitSpectrum(sm, longWindow)
	if err != nil {
		return nil, none, err
	}
	table, err := data.FromPointsWithConditions("sidebands", sx, sm)
	if err != nil {
		return nil, none, err
	}
	plan := Base(table).Steps(l.steps(baseSteps)).Seed(seed).Store(l.Store)
	l.Say("seed %d: the base, the transport, and a longer base", seed)
	t, err := Among(plan).Steps(l.steps(transportSteps)).Seed(seed).Store(l.Store).Fit(ctx)
	if err != nil {
		return nil, none, err
	}
	base, err := plan.Fit(ctx)
	if err != nil {
		return nil, none, err
	}
	alone, err := plan.Steps(l.steps(longerSteps)).Fit(ctx)
	if err != nil {
		return nil, none, err
	}
	transfer, err := f4f.BaseTransfer(base, base)
	if err != nil {
		return nil, none, err
	}
	linear, err := FitLinear(sx, sm, Columns...)
	if err != nil {
		return nil, none, err
	}
	to, err := spectrum.Sample(copies*sx.Len(), longWindow.From, longWindow.To, seed)
	if err != nil {
		return nil, none, err
	}
	left, from, err := Oversample(sx, sm, copies)
	if err != nil {
		return nil, none, err
	}
	var methods []method
	for _, way := range []struct {
		name   string
		search bool
		make   func() (data.Points, error)
	}{
		{"flow for flow", true, func() (data.Points, error) { return t.At(from, to).Forward(left) }},
		{fmt.Sprintf("sampling, %d steps", baseSteps), true, func() (data.Points, error) { return base.At(to).Sample(to.Len(), seed) }},
		{fmt.Sprintf("sampling, %d steps", longerSteps), false, func() (data.Points, error) { return alone.At(to).Sample(to.Len(), seed) }},
		{"base transfer", true, func() (data.Points, error) { return transfer.At(from, to).Forward(left) }},
		{"sidebands as they are", false, func() (data.Points, error) { return left, nil }},
		{"moments, interpolated", true, func() (data.Points, error) { return linear.Move(left, from, to) }},
		{trueBackground, true, func() (data.Points, error) {
			events, _, err := Background(copies*sx.Len(), longWindow.From, longWindow.To, 2000+seed)
			return events, err
		}},
	} {
		events, err := way.make()
		if err != nil {
			return nil, none, fmt.Errorf("%s: %w", way.name, err)
		}
		methods = append(methods, method{way.name, way.search, events})
	}
	return methods, spectrum.Expected(sx.Len(), longWindow), nil
}
