package calibration

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
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
		if err := l.seed(ctx, seed); err != nil {
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

// method takes events of the simulation to calibrated ones, [N, D] with weights. Row i of the result
// is event i.
type method struct {
	name string
	to   func(ctx context.Context, simulation Events) (data.Points, error)
}

// seed measures what the results lack of a seed.
func (l *long) seed(ctx context.Context, seed uint64) error {
	start := time.Now()
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
	worked := false
	for _, m := range methods {
		for _, s := range samples {
			if l.results.Has(l.number(seed, s.name, m.name, "AUC, trees")) {
				continue
			}
			worked = true
			if err := l.judge(ctx, seed, m, s); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	done, err := l.crossFit(ctx, seed, simulation, measured)
	if err != nil {
		return err
	}
	if !worked && done {
		return nil
	}
	l.results.PutRun(analysis.Run{Seed: seed, Quick: l.Quick, Command: fmt.Sprintf("go run ./notebooks calibration -seeds %d", l.Seeds), Seconds: time.Since(start).Seconds(),
		Budget: fmt.Sprintf("%d steps for a base, %d for a transport, %d events of each kind", l.steps(baseSteps), l.steps(transportSteps), l.events(trained))})
	return l.results.Write(l.Folder)
}

// methods returns the ways to calibrate. Each fits what it needs when it is called; what is trained
// is loaded from the store the next time.
func (l *long) methods(seed uint64, simulation, measured Events) ([]method, error) {
	p, err := l.plans(seed, simulation, measured)
	if err != nil {
		return nil, err
	}
	by := func(plan f4f.BetweenPlan) func(context.Context, Events) (data.Points, error) {
		return func(ctx context.Context, e Events) (data.Points, error) {
			t, err := plan.Fit(ctx)
			if err != nil {
				return data.Points{}, err
			}
			return t.At(e.C, e.C).Forward(e.X)
		}
	}
	all := []method{
		{"nothing", func(_ context.Context, e Events) (data.Points, error) { return e.X, nil }},
		{"true calibration", func(_ context.Context, e Events) (data.Points, error) { return e.Truth, nil }},
		{"reweighting by trees", func(ctx context.Context, e Events) (data.Points, error) {
			return reweighted(ctx, simulation, measured, e)
		}},
		{"base transfer, two flows", func(ctx context.Context, e Events) (data.Points, error) {
			bases, err := f4f.FitAll(ctx, p.simulation, p.measured)
			if err != nil {
				return data.Points{}, err
			}
			t, err := f4f.BaseTransfer(bases[0], bases[1])
			if err != nil {
				return data.Points{}, err
			}
			return t.At(e.C, e.C).Forward(e.X)
		}},
		{"base transfer, one flow with a switch", func(ctx context.Context, e Events) (data.Points, error) {
			return l.switched(ctx, p.joined, e)
		}},
		{"flow for flow", by(p.flow)},
		{"flow for flow, L1", by(p.penalised)},
	}
	if seed > 1 {
		return all, nil
	}
	return append(all, method{fmt.Sprintf("flow for flow, ensemble of %d", members), func(ctx context.Context, e Events) (data.Points, error) {
		ensemble, err := f4f.Ensemble(p.flow, members).Fit(ctx)
		if err != nil {
			return data.Points{}, err
		}
		each, err := ensemble.At(e.C, e.C).ForwardByMember(e.X)
		if err != nil {
			return data.Points{}, err
		}
		return shared(each)
	}}), nil
}

// reweighted returns the events with the weights of a density ratio that trees have learned from the
// training events.
func reweighted(ctx context.Context, simulation, measured, e Events) (data.Points, error) {
	of, err := simulation.X.HStack(simulation.C)
	if err != nil {
		return data.Points{}, err
	}
	to, err := measured.X.HStack(measured.C)
	if err != nil {
		return data.Points{}, err
	}
	x, err := e.X.HStack(e.C)
	if err != nil {
		return data.Points{}, err
	}
	w, err := Reweight(ctx, of, to, x)
	if err != nil {
		return data.Points{}, err
	}
	return w.Times(e.X)
}

// switched returns the events through one flow: encoded as simulation and decoded as data.
func (l *long) switched(ctx context.Context, plan f4f.BasePlan, e Events) (data.Points, error) {
	d, err := plan.Fit(ctx)
	if err != nil {
		return data.Points{}, err
	}
	t, err := f4f.BaseTransfer(d, d)
	if err != nil {
		return data.Points{}, err
	}
	of, err := Switched(e.C, 0)
	if err != nil {
		return data.Points{}, err
	}
	to, err := Switched(e.C, 1)
	if err != nil {
		return data.Points{}, err
	}
	return t.At(of, to).Forward(e.X)
}

// shared returns event i as flow i modulo k of an ensemble moves it: a sample of the mean of their
// distributions, where the mean of the images would vary too little.
func shared(each []data.Points) (data.Points, error) {
	values := make([]float32, 0, len(each[0].Values()))
	for i := range each[0].Len() {
		values = append(values, each[i%len(each)].Row(i)...)
	}
	p, err := data.NewPoints(each[0].Dim(), values)
	if err == nil {
		p, err = p.WithColumnNames(each[0].ColumnNames()...)
	}
	if err != nil {
		return p, err
	}
	return p.WithWeightsOf(each[0])
}

// number returns the number of a seed, without its value.
func (l *long) number(seed uint64, table, row, column string) analysis.Number {
	return analysis.Number{Table: table, Row: row, Column: column, Seed: seed, Quick: l.Quick}
}

// judge measures a method on a sample.
func (l *long) judge(ctx context.Context, seed uint64, m method, s sample) error {
	x, err := m.to(ctx, s.simulation)
	if err != nil {
		return err
	}
	return l.measure(ctx, seed, m.name, s, x)
}

// measure measures calibrated events x. The AUC by trees is kept last: it says that all is measured.
func (l *long) measure(ctx context.Context, seed uint64, row string, s sample, x data.Points) error {
	c, err := s.simulation.C.WithWeightsOf(x)
	if err != nil {
		return err
	}
	told, err := TellApart(ctx, s.measured, x, c)
	if err != nil {
		return err
	}
	near, err := neighbours(s.measured, x, c, seed)
	if err != nil {
		return err
	}
	agreement, err := Agree(s.measured.X, s.simulation.Truth, x, countedFrom)
	if err != nil {
		return err
	}
	ratios, err := metric.Ratios(s.measured.X, x, metric.Binning{})
	if err != nil {
		return err
	}
	square, freedom := 0.0, 0
	for _, f := range ratios {
		square, freedom = square+f.ChiSquare, freedom+f.Freedom
	}
	correlations, err := metric.CorrelationDifferences(s.measured.X, x)
	if err != nil {
		return err
	}
	_, _, correlation := correlations.Largest()
	far, err := FromTruth(s.measured.X, s.simulation.Truth, x)
	if err != nil {
		return err
	}
	mean := 0.0
	for _, v := range far {
		mean += v / float64(len(far))
	}
	put := func(column string, value, low, high float64) {
		n := l.number(seed, s.name, row, column)
		n.Value, n.Low, n.High, n.Points = value, low, high, float64(x.Len())
		l.results.Put(n)
	}
	put("AUC, trees", told.AUC.Value, told.AUC.Low, told.AUC.High)
	put("AUC, neighbours", near.Value, near.Low, near.High)
	put("bins within 2% of the truth", float64(agreement.Within)/float64(agreement.Bins), 0, 0)
	put("bins beyond, by 2σ", float64(agreement.Beyond)/float64(agreement.Bins), 0, 0)
	put("worst bin", math.Abs(agreement.Worst.Ratio-1), 0, 0)
	put("χ² to data / bins", square/float64(freedom), 0, 0)
	put("worst correlation", math.Abs(correlation.Value), 0, 0)
	put("distance from the truth", mean, 0, 0)
	put("effective events", math.Round(x.EffectiveSampleSize()), 0, 0)
	l.Say("seed %d, %s, %s: AUC %v by trees, %v by neighbours; %v; %.3f from the truth", seed, s.name, row, told.AUC, near, agreement, mean)
	return l.results.Write(l.Folder)
}

// neighbours returns the AUC by the nearest neighbours, of features and conditions.
func neighbours(measured Events, x, c data.Points, seed uint64) (metric.Interval, error) {
	truth, err := measured.X.HStack(measured.C)
	if err != nil {
		return metric.Interval{}, err
	}
	judged, err := x.HStack(c)
	if err != nil {
		return metric.Interval{}, err
	}
	told, err := metric.AUC(truth, judged, metric.TwoSample{MaxPoints: 10_000, Seed: seed})
	if err != nil {
		return metric.Interval{}, err
	}
	return told.Interval(0.95)
}

// crossFit calibrates the very events that flows are trained on, by flows that have not seen them,
// and by the one that has. It is done for the first seed. done reports that nothing was left to do.
func (l *long) crossFit(ctx context.Context, seed uint64, simulation, measured Events) (done bool, err error) {
	names := []string{"by the flow trained on them", fmt.Sprintf("cross-fitted, %d folds", crossFolds)}
	if seed > 1 || l.results.Has(l.number(seed, "crossfit", names[1], "AUC, trees")) {
		return true, nil
	}
	p, err := l.plans(seed, simulation, measured)
	if err != nil {
		return false, err
	}
	of := sample{"crossfit", simulation.Slice(0, l.events(tested)), measured.Slice(0, l.events(tested))}
	t, err := p.flow.Fit(ctx)
	if err != nil {
		return false, err
	}
	x, err := t.At(of.simulation.C, of.simulation.C).Forward(of.simulation.X)
	if err != nil {
		return false, err
	}
	if err := l.measure(ctx, seed, names[0], of, x); err != nil {
		return false, err
	}
	cross, err := f4f.CrossFit(p.flow, crossFolds).Fit(ctx)
	if err != nil {
		return false, err
	}
	if x, err = cross.At(of.simulation.C, of.simulation.C).Forward(of.simulation.X); err != nil {
		return false, err
	}
	return false, l.measure(ctx, seed, names[1], of, x)
}
