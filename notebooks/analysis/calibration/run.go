package calibration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// The sizes of the long form.
const (
	longFeatures = 17
	trained      = 500_000 // events of the simulation and of the data that flows and trees learn from
	tested       = 50_000  // events of each that nothing learns from, of each particle
	countedFrom  = 400     // measured events of a bin that counts
	members      = 3       // flows of the ensemble
	crossFolds   = 2
	testSeed     = 1000 // added to the seed of the events that test
)

// Run is the long form of the tutorial: 17 features, all methods, for each seed. It goes on from what
// the folder's results and the store hold.
func Run(ctx context.Context, o analysis.Options) error {
	results, err := analysis.Read(o.Folder, "calibration")
	if err != nil {
		return err
	}
	told := map[string]bool{}
	ctx = f4f.WithEvents(ctx, func(e fit.Event) {
		for _, note := range e.Notes {
			if !told[note] {
				told[note] = true
				o.Say("%s: %s", e.Flow, note)
			}
		}
		if e.Done && !e.Loaded {
			o.Say("%s: %d steps, validation loss %.4f nats", e.Flow, e.Step, e.Validation)
		}
	})
	l := &long{Options: o, results: results}
	for seed := uint64(1); seed <= uint64(o.Seeds); seed++ {
		if err := l.timed(seed, func() error { return l.seed(ctx, seed) }); err != nil {
			return err
		}
	}
	return l.timed(1, func() error { return l.firstSeed(ctx) })
}

// long is a run of the long form.
type long struct {
	analysis.Options
	results *analysis.Results
}

// steps returns a number of steps, or a few if the run is quick.
func (l *long) steps(n int) int {
	if l.Quick {
		return quickSteps
	}
	return n
}

// events returns a number of events, or a part of it if the run is quick.
func (l *long) events(n int) int {
	if l.Quick {
		return n / 20
	}
	return n
}

// sample is what a method is judged on: simulated and measured events that nothing has learned from.
type sample struct {
	name                 string // the table of its results
	simulation, measured Events
}

// training draws the events that everything learns from.
func (l *long) training(seed uint64) (simulation, measured Events, err error) {
	if simulation, err = Simulation(Electron, longFeatures, l.events(trained), seed); err != nil {
		return simulation, measured, err
	}
	measured, err = Data(Electron, longFeatures, l.events(trained), seed)
	return simulation, measured, err
}

// seed measures what the results lack of a seed.
func (l *long) seed(ctx context.Context, seed uint64) error {
	simulation, measured, err := l.training(seed)
	if err != nil {
		return err
	}
	methods, err := l.methods(seed, simulation, measured)
	if err != nil {
		return err
	}
	return l.judgeAll(ctx, seed, methods)
}

// firstSeed measures what is measured with the first seed alone, because it trains many flows.
func (l *long) firstSeed(ctx context.Context) error {
	simulation, measured, err := l.training(1)
	if err != nil {
		return err
	}
	p, err := l.plans(1, simulation, measured)
	if err != nil {
		return err
	}
	if err := l.judgeAll(ctx, 1, []method{{"flow for flow, random start", by(p.flow.NearIdentity(0))}, ensemble(p.flow)}); err != nil {
		return err
	}
	return l.crossFit(ctx, p.flow, simulation, measured)
}

// judgeAll measures methods on electrons and photons, where the results lack them.
func (l *long) judgeAll(ctx context.Context, seed uint64, methods []method) error {
	var samples []sample
	for _, of := range []struct {
		table string
		p     Particle
	}{{"closure", Electron}, {"heldout", Photon}} {
		simulation, err := Simulation(of.p, longFeatures, l.events(tested), testSeed+seed)
		if err != nil {
			return err
		}
		measured, err := Data(of.p, longFeatures, l.events(tested), testSeed+seed)
		if err != nil {
			return err
		}
		samples = append(samples, sample{of.table, simulation, measured})
	}
	for _, m := range methods {
		for _, s := range samples {
			if l.results.Has(l.number(seed, s.name, m.name, "AUC, trees")) {
				continue
			}
			if err := l.judge(ctx, seed, m, s); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	return nil
}

// timed does a part of a seed and adds its time to that of the seed, if it has measured anything.
func (l *long) timed(seed uint64, part func() error) error {
	start, before := time.Now(), len(l.results.Numbers)
	err := part()
	if len(l.results.Numbers) == before {
		return err
	}
	l.results.PutRun(analysis.Run{Seed: seed, Quick: l.Quick, Command: fmt.Sprintf("go run ./notebooks calibration -seeds %d", l.Seeds), Seconds: time.Since(start).Seconds(),
		Budget: fmt.Sprintf("%d steps for a base, %d for a transport, %d events of each kind", l.steps(baseSteps), l.steps(transportSteps), l.events(trained))})
	return errors.Join(err, l.results.Write(l.Folder))
}
