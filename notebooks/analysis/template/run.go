package template

import (
	"context"
	"fmt"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// Sizes and budgets of the long form.
const (
	total           = 500_000  // background events in the window: in the region as many as in the data of the LHC Olympics
	copies          = 2        // events of a template for each event of the sidebands
	judges          = 200_000  // true background events that judge a template or a search
	lowest, highest = 2.9, 4.1 // masses of the window, TeV
	baseSteps       = 20_000
	transportSteps  = 12_000
	// A step of the transport takes as long as some five of the base. With these steps a base takes
	// about as long as the base and the transport.
	longerSteps = 80_000
)

// strengths are the injected signals in units of √B of the region.
var strengths = []float64{0, 0.5, 1, 2}

// shares are the shares of a template that pass the cuts of a search.
var shares = []float64{0.01, 0.001}

// longWindow is the signal region of the long form.
var longWindow = Window{From: 3.3, To: 3.7, Side: 0.4}

// Run is the long form of the tutorial: the closure of every template and the searches with it, for
// each seed; variants of the flow for flow; and ten signal regions by one FitAll. It goes on from
// what the folder's results and the store hold.
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
	if err := l.ceilings(); err != nil {
		return err
	}
	if err := l.vary(ctx); err != nil {
		return err
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

// window draws the background of a seed: the events of the sidebands with their masses, and those of
// the region.
func (l *long) window(seed uint64) (sx, sm, region data.Points, err error) {
	x, m, err := Background(l.events(total), lowest, highest, seed)
	if err != nil {
		return sx, sm, region, err
	}
	if sx, sm, err = longWindow.Sidebands(x, m); err != nil {
		return sx, sm, region, err
	}
	region, _, err = longWindow.Region(x, m)
	return sx, sm, region, err
}

// truth draws the background events that judge what is made with a seed.
func (l *long) truth(seed uint64) (data.Points, error) {
	x, _, err := Background(l.events(judges), longWindow.From, longWindow.To, 1000+seed)
	return x, err
}

// seed measures what the results lack of a seed. done reports that they lacked nothing.
func (l *long) seed(ctx context.Context, seed uint64) (done bool, err error) {
	number := func(table, row, column string) analysis.Number {
		return analysis.Number{Table: table, Row: row, Column: column, Seed: seed, Quick: l.Quick}
	}
	if l.results.Has(number("searched", "all", "done")) {
		return true, nil
	}
	sx, sm, region, err := l.window(seed)
	if err != nil {
		return false, err
	}
	methods, expected, err := l.templates(ctx, seed, sx, sm)
	if err != nil {
		return false, err
	}
	truth, err := l.truth(seed)
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
		near, err := metric.AUC(truth, once, metric.TwoSample{MaxPoints: 10_000, Seed: seed})
		if err != nil {
			return false, err
		}
		interval, err := near.Interval(0.95)
		if err != nil {
			return false, err
		}
		if err := l.put(number("closure", t.name, "AUC, neighbours"), interval, 10_000); err != nil {
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
