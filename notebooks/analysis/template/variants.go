package template

import (
	"context"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// variant is a flow for flow that is trained in another way.
type variant struct {
	name      string
	part      int // one of so many events of the sidebands is trained on
	shorter   int // one of so many steps is taken
	condition f4f.Relation
}

var variants = []variant{
	{"as above", 1, 1, f4f.Difference},
	{"under Both masses", 1, 1, f4f.Both},
	{"a quarter of the steps", 1, 4, f4f.Difference},
	{"a quarter of the events", 4, 1, f4f.Difference},
	{"a sixteenth of the events", 16, 1, f4f.Difference},
}

// vary measures the closure of the variants with the first seed. All events of the sidebands are
// moved, also those that a variant isn't trained on.
func (l *long) vary(ctx context.Context) error {
	sx, sm, _, err := l.window(1)
	if err != nil {
		return err
	}
	spectrum, err := FitSpectrum(sm, longWindow)
	if err != nil {
		return err
	}
	to, err := spectrum.Sample(sx.Len(), longWindow.From, longWindow.To, 1)
	if err != nil {
		return err
	}
	truth, err := l.truth(1)
	if err != nil {
		return err
	}
	for _, v := range variants {
		moved := analysis.Number{Table: "variants", Row: v.name, Column: "flow for flow: AUC, trees", Seed: 1, Quick: l.Quick}
		sampled := moved
		sampled.Column = "sampling its base: AUC, trees"
		if l.results.Has(sampled) {
			continue
		}
		l.Say("%s", v.name)
		n := sx.Len() / v.part
		table, err := data.FromPointsWithConditions("sidebands", sx.Slice(0, n), sm.Slice(0, n))
		if err != nil {
			return err
		}
		plan := Base(table).Steps(l.steps(baseSteps / v.shorter)).Seed(1).Store(l.Store)
		t, err := Among(plan).On(v.condition).Steps(l.steps(transportSteps / v.shorter)).Seed(1).Store(l.Store).Fit(ctx)
		if err != nil {
			return err
		}
		for _, way := range []struct {
			number analysis.Number
			make   func() (data.Points, error)
		}{
			{moved, func() (data.Points, error) { return t.At(sm, to).Forward(sx) }},
			{sampled, func() (data.Points, error) { return t.Left().At(to).Sample(to.Len(), 1) }},
		} {
			events, err := way.make()
			if err != nil {
				return err
			}
			told, err := Trees{Seed: 1}.Separate(ctx, events, truth)
			if err != nil {
				return err
			}
			if err := l.put(way.number, told.AUC, events.Len()); err != nil {
				return err
			}
		}
	}
	return nil
}
