package template

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// searches searches the region for each injected signal with each template.
func (l *long) searches(ctx context.Context, seed uint64, methods []method, region, background data.Points, expected Count) error {
	signal, m, err := Signal(40_000, seed)
	if err != nil {
		return err
	}
	if signal, _, err = longWindow.Region(signal, m); err != nil {
		return err
	}
	most := int(math.Round(strengths[len(strengths)-1] * math.Sqrt(float64(region.Len()))))
	injected, unseen := signal.Slice(0, most), signal.Slice(most, signal.Len())
	for _, strength := range strengths {
		events, err := stack(region, injected.Slice(0, int(math.Round(strength*math.Sqrt(float64(region.Len()))))))
		if err != nil {
			return err
		}
		for _, t := range methods {
			if !t.search || l.results.Has(analysis.Number{Table: "found", Row: t.name, Column: cutName(strength, shares[0]), Seed: seed, Quick: l.Quick}) {
				continue
			}
			found, err := Trees{Seed: seed, Copies: copies}.Search(ctx, t.events, events, expected, background, unseen)
			if err != nil {
				return err
			}
			said := ""
			for _, share := range shares {
				c := found.Cut(share)
				at := cutName(strength, share)
				l.results.Put(analysis.Number{Table: "found", Row: t.name, Column: at, Seed: seed, Quick: l.Quick, Value: c.Significance, Points: float64(c.Observed)})
				said += fmt.Sprintf("; at %g%% %.1fσ (%d observed, %.0f ± %.0f expected)", 100*share, c.Significance, c.Observed, c.Background.Value, c.Background.Error)
				if strength > 0 {
					l.results.Put(analysis.Number{Table: "reach", Row: t.name, Column: at, Seed: seed, Quick: l.Quick,
						Value: strength * found.Improvement(share), Points: float64(background.Len())})
				}
			}
			l.Say("seed %d, %gσ injected, %s%s", seed, strength, t.name, said)
			if err := l.results.Write(l.Folder); err != nil {
				return err
			}
		}
	}
	l.results.Put(analysis.Number{Table: "searched", Row: "all", Column: "done", Seed: seed, Quick: l.Quick, Value: 1})
	return l.results.Write(l.Folder)
}

// ceilings puts what share of the significance that true background would have reached each template
// reaches, from the results so far.
func (l *long) ceilings() error {
	for _, n := range slices.Clone(l.results.Numbers) {
		if n.Table != "reach" || n.Row == trueBackground {
			continue
		}
		for _, ceiling := range l.results.Numbers {
			if ceiling.Table == n.Table && ceiling.Row == trueBackground && ceiling.Column == n.Column && ceiling.Seed == n.Seed && ceiling.Quick == n.Quick && ceiling.Value > 0 {
				l.results.Put(analysis.Number{Table: "ceiling", Row: n.Row, Column: n.Column, Seed: n.Seed, Quick: n.Quick, Value: n.Value / ceiling.Value})
			}
		}
	}
	return l.results.Write(l.Folder)
}

// cutName names the column of a cut in a table.
func cutName(strength, share float64) string {
	return fmt.Sprintf("%gσ, cut at %g%%", strength, 100*share)
}
