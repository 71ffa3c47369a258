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
	trained      = 200_000 // events of the simulation and of the data that flows and trees learn from
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
		start, before := time.Now(), len(results.Numbers)
		err := l.seed(ctx, seed)
		if len(results.Numbers) > before {
			err = errors.Join(err, l.took(seed, start))
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// seed measures what the results lack of a seed.
func (l *long) seed(ctx context.Context, seed uint64) error {
	simulation, err := Simulation(Electron, longFeatures, l.events(trained), seed)
	if err != nil {
		return err
	}
	measured, err := Data(Electron, longFeatures, l.events(trained), seed)
	if err != nil {
		return err
	}
	var samples []sample
	for _, of := range []struct {
		table string
		p     Particle
	}{{"closure", Electron}, {"heldout", Photon}} {
		s := sample{name: of.table}
		if s.simulation, err = Simulation(of.p, longFeatures, l.events(tested), testSeed+seed); err != nil {
			return err
		}
		if s.measured, err = Data(of.p, longFeatures, l.events(tested), testSeed+seed); err != nil {
			return err
		}
		samples = append(samples, s)
	}
	methods, err := l.methods(seed, simulation, measured)
	if err != nil {
		return err
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
	return l.crossFit(ctx, seed, simulation, measured)
}

// took adds the time since start to that of the runs of a seed.
func (l *long) took(seed uint64, start time.Time) error {
	l.results.PutRun(analysis.Run{Seed: seed, Quick: l.Quick, Command: fmt.Sprintf("go run ./notebooks calibration -seeds %d", l.Seeds), Seconds: time.Since(start).Seconds(),
		Budget: fmt.Sprintf("%d steps for a base, %d for a transport, %d events of each kind", l.steps(baseSteps), l.steps(transportSteps), l.events(trained))})
	return l.results.Write(l.Folder)
}
