package template

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// Sizes and budgets of the long form.
const (
	total           = 200_000  // background events in the window
	copies          = 2        // events of a template for each event of the sidebands
	judges          = 200_000  // true background events that judge a template or a search
	lowest, highest = 2.9, 4.1 // masses of the window, TeV
	baseSteps       = 6_000
	transportSteps  = 6_000
	// A step of the transport takes as long as some three of the base. With these steps a base takes
	// about as long as the base and the transport.
	longerSteps = 20_000
)

// strengths are the injected signals in units of √B of the region.
var strengths = []float64{0, 0.5, 1, 2}

// shares are the shares of a template that pass the cuts of a search.
var shares = []float64{0.01, 0.001}

// longWindow is the signal region of the long form.
var longWindow = Window{From: 3.3, To: 3.7, Side: 0.4}

// Run is the long form of the tutorial: the closure of every template and the searches with it, for
// each seed, and ten signal regions by one FitAll. It goes on from what the folder's results and the
// store hold.
func Run(ctx context.Context, o analysis.Options) error {
	results, err := analysis.Read(o.Folder, "template")
	if err != nil {
		return err
	}
	l := &long{o, results}
	for seed := range uint64(o.Seeds) {
		start := time.Now()
		done, err := l.seed(ctx, seed+1)
		if err != nil {
			return err
		}
		if !done {
			l.results.PutRun(analysis.Run{Seed: seed + 1, Quick: o.Quick, Command: fmt.Sprintf("go run ./notebooks template -seeds %d", o.Seeds), Seconds: time.Since(start).Seconds(),
				Budget: fmt.Sprintf("%d steps for the base, %d for the transport, %d for the longer base", l.steps(baseSteps), l.steps(transportSteps), l.steps(longerSteps))})
			if err := l.results.Write(o.Folder); err != nil {
				return err
			}
		}
	}
	return l.regions(ctx)
}

// long is a run of the long form.
type long struct {
	analysis.Options
	results *analysis.Results
}

// steps returns a number of steps, or a few if the run is quick.
func (l *long) steps(n int) int {
	if l.Quick {
		return 100
	}
	return n
}

// events returns a number of events, or a part of it if the run is quick.
func (l *long) events(n int) int {
	if l.Quick {
		return n / 8
	}
	return n
}

// method is a way to make a template, and what it has made.
type method struct {
	name   string
	search bool        // whether it is searched with, too
	events data.Points // each event of the sidebands once, then each once more, at another mass
}

// seed measures what the results lack of a seed. done reports that they lacked nothing.
func (l *long) seed(ctx context.Context, seed uint64) (done bool, err error) {
	number := func(table, row, column string) analysis.Number {
		return analysis.Number{Table: table, Row: row, Column: column, Seed: seed, Quick: l.Quick}
	}
	if l.results.Has(number("searched", "all", "done")) {
		return true, nil
	}
	x, m, err := Background(l.events(total), lowest, highest, seed)
	if err != nil {
		return false, err
	}
	sx, sm, err := longWindow.Sidebands(x, m)
	if err != nil {
		return false, err
	}
	region, _, err := longWindow.Region(x, m)
	if err != nil {
		return false, err
	}
	methods, expected, err := l.templates(ctx, seed, sx, sm)
	if err != nil {
		return false, err
	}
	truth, _, err := Background(l.events(judges), longWindow.From, longWindow.To, 1000+seed)
	if err != nil {
		return false, err
	}
	for _, t := range methods {
		n := number("closure", t.name, "AUC, trees")
		if l.results.Has(n) {
			continue
		}
		once := t.events.Slice(0, sx.Len())
		told, err := Trees{Seed: seed}.Separate(ctx, once, truth)
		if err != nil {
			return false, err
		}
		l.put(n, told.AUC, once.Len())
		near, err := metric.AUC(truth, once, metric.TwoSample{MaxPoints: 20_000, Seed: seed})
		if err != nil {
			return false, err
		}
		interval, err := near.Interval(0.95)
		if err != nil {
			return false, err
		}
		if err := l.put(number("closure", t.name, "AUC, neighbours"), interval, 20_000); err != nil {
			return false, err
		}
		l.Say("seed %d: %s: AUC %v by trees, %v by neighbours", seed, t.name, told.AUC, near)
	}
	return false, l.searches(ctx, seed, methods, region, truth, expected)
}

// put keeps a number with its interval.
func (l *long) put(n analysis.Number, of metric.Interval, points int) error {
	n.Value, n.Low, n.High, n.Points = of.Value, of.Low, of.High, float64(points)
	l.results.Put(n)
	return l.results.Write(l.Folder)
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
	t, err := f4f.Between(plan, plan).On(f4f.Difference).Steps(l.steps(transportSteps)).Seed(seed).Store(l.Store).Fit(ctx)
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
		{"true background", true, func() (data.Points, error) {
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

// cutName names the column of a cut in a table.
func cutName(strength, share float64) string {
	return fmt.Sprintf("%gσ, cut at %g%%", strength, 100*share)
}
