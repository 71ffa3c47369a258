package galaxies

import (
	"context"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Names of rows and columns of the tables.
const (
	ours     = "flow on colours"
	shipped  = "pzflow, as shipped"
	asIs     = "pzflow, its defaults, equal time"
	tuned    = "pzflow on colours, annealed, equal time"
	longer   = "pzflow on colours, annealed, ten times the time"
	logP     = "log-likelihood, nats"
	taken    = "CPU seconds of training"
	weights  = "parameters"
	above    = "above pzflow as shipped, nats"
	seesNone = "trained without noise"
	seesAll  = "trained on noisy rows"
	rival    = "pzflow, trained on noisy rows, equal time"
)

// likelihood compares densities of redshift and photometry on the held-out rows, and judges what the
// two better ones of pzflow say about the redshift given the photometry.
func (l *long) likelihood(ctx context.Context) error {
	if l.has("likelihood", asIs, above) && l.has("redshift", tuned, lastOfJudge) && (l.seed > 1 || l.has("likelihood", longer, above)) {
		return nil
	}
	train, validation, held := l.magnitudes.Slice(0, training*9/10), l.magnitudes.Slice(training*9/10, training), l.magnitudes.Slice(training, l.magnitudes.Len())
	if l.shipped == nil {
		t := task{Shipped: true, Columns: l.magnitudes.ColumnNames(), test: held}
		if l.seed == 1 && !l.has("redshift", shipped, lastOfJudge) { // its numbers don't depend on the seed
			t.Rows = predicted
		}
		if err := l.theirs(ctx, shipped, t); err != nil {
			return err
		}
	}
	plan := f4f.Base(data.FromPoints("galaxies", l.train)).Column("redshift", data.Logit(0, 2.3))
	d, seconds, err := l.fit(ctx, plan)
	if err != nil {
		return err
	}
	mine, err := d.LogProb(l.held)
	if err != nil {
		return err
	}
	if err := l.compare(ours, mine, d.Parameters()); err != nil {
		return err
	}
	if !l.has("likelihood", ours, taken) { // else it is of the run that trained the flow
		if err := l.put("likelihood", ours, taken, metric.Estimate{Value: seconds}, 0); err != nil {
			return err
		}
	}
	budget := l.value("likelihood", ours, taken)
	colours := task{
		Columns: columns, Cosine: true, Rows: predicted,
		train: l.train.Slice(0, training*9/10), validation: l.train.Slice(training*9/10, training), test: l.held,
	}
	for _, flow := range []struct {
		row string
		task
	}{
		{asIs, task{Columns: l.magnitudes.ColumnNames(), train: train, validation: validation, test: held}},
		{tuned, colours},
		{longer, colours},
	} {
		flow.CPU, flow.Seed = budget, l.seed
		if flow.row == longer {
			flow.CPU, flow.Rows = 10*budget, 0
			if l.seed > 1 {
				continue // it takes long, and one will do to see what time would change
			}
		}
		if l.has("likelihood", flow.row, above) && (flow.Rows == 0 || l.has("redshift", flow.row, lastOfJudge)) {
			continue
		}
		if err := l.theirs(ctx, flow.row, flow.task); err != nil {
			return err
		}
	}
	return nil
}

// theirs has pzflow do a task, and keeps its numbers.
func (l *long) theirs(ctx context.Context, row string, t task) error {
	a, err := t.do(ctx, l.pzflow)
	if err != nil {
		return err
	}
	if t.Shipped {
		l.shipped = a.logProbs
	} else if err := l.put("likelihood", row, taken, metric.Estimate{Value: a.CPU}, 0); err != nil {
		return err
	}
	if err := l.compare(row, a.logProbs, a.Parameters); err != nil || t.Rows == 0 {
		return err
	}
	redshift, _, err := Photometry(l.held.Slice(0, t.Rows))
	if err != nil {
		return err
	}
	p, err := a.predictions(0, t.Rows)
	if err != nil {
		return err
	}
	return l.judge("redshift", row, p, redshift)
}

// compare keeps the log-likelihood of a row, alone and above that of the shipped flow.
func (l *long) compare(row string, logs []float64, parameters int) error {
	difference := make([]float64, len(logs))
	for i := range logs {
		difference[i] = logs[i] - l.shipped[i]
	}
	if err := l.put("likelihood", row, logP, mean(logs), len(logs)); err != nil {
		return err
	}
	if err := l.put("likelihood", row, above, mean(difference), len(logs)); err != nil {
		return err
	}
	return l.put("likelihood", row, weights, metric.Estimate{Value: float64(parameters)}, 0)
}

// value returns a number of this seed, which is there.
func (l *long) value(table, row, column string) float64 {
	for _, n := range l.results.Numbers {
		if n.Table == table && n.Row == row && n.Column == column && n.Seed == l.seed && n.Quick == l.Quick {
			return n.Value
		}
	}
	return 0
}

// conditional is the plan of the redshift given photometry without noise.
func (l *long) conditional() (f4f.BasePlan, error) {
	redshift, photometry, err := Photometry(l.train)
	if err != nil {
		return f4f.BasePlan{}, err
	}
	table, err := data.FromPointsWithConditions("redshift", redshift, photometry)
	return f4f.Base(table).Column("redshift", data.Logit(0, 2.3)), err
}

// redshift judges a flow of the redshift given photometry.
func (l *long) redshift(ctx context.Context) error {
	const row = "flow given i and colours"
	if l.has("redshift", row, "CRPS") && l.has("redshift", row, logP) {
		return nil
	}
	plan, err := l.conditional()
	if err != nil {
		return err
	}
	d, _, err := l.fit(ctx, plan)
	if err != nil {
		return err
	}
	redshift, photometry, err := Photometry(l.held)
	if err != nil {
		return err
	}
	return l.predict("redshift", row, d, redshift, photometry)
}

// predict judges the predictions of a flow of the redshift, by draws for the first rows and by its
// log-likelihood for all.
func (l *long) predict(table, row string, d *f4f.Density, redshift, photometry data.Points) error {
	logs, err := d.At(photometry).LogProb(redshift)
	if err != nil {
		return err
	}
	n := min(predicted, redshift.Len())
	samples, err := d.At(photometry.Slice(0, n)).SampleEach(draws, l.seed)
	if err != nil {
		return err
	}
	p, err := metric.PredictionsOfSamples(samples, draws, l.seed)
	if err != nil {
		return err
	}
	if err := l.judge(table, row, p, redshift.Slice(0, n)); err != nil {
		return err
	}
	return l.put(table, row, logP, mean(logs), len(logs))
}

// noise judges flows of the redshift given noisy photometry, of surveys of 1 and of 10 years.
func (l *long) noise(ctx context.Context) error {
	const table, last = "noise", rival + ", 10 years"
	if l.has(table, last, logP) {
		return nil
	}
	source, err := Observed(l.train)
	if err != nil {
		return err
	}
	plan := f4f.Base(source).Column("redshift", data.Logit(0, 2.3)).ConditionColumn("years", data.Log).Standardise().KeepBest()
	withNoise, seconds, err := l.fit(ctx, plan)
	if err != nil {
		return err
	}
	endings := [2]string{", 1 year", ", 10 years"}
	for _, ending := range endings {
		if l.has(table, seesAll+ending, taken) {
			continue // the time of an earlier run, which trained the flow
		}
		if err := l.put(table, seesAll+ending, taken, metric.Estimate{Value: seconds}, 0); err != nil {
			return err
		}
	}
	if plan, err = l.conditional(); err != nil {
		return err
	}
	without, _, err := l.fit(ctx, plan)
	if err != nil {
		return err
	}
	const heldSeed = 1 // of the noise of the held-out rows, the same for all seeds of trainings
	var tests, redshifts [2]data.Points
	for k, years := range []float64{1, 10} {
		redshift, photometry, err := Observe(l.held, years, heldSeed)
		if err != nil {
			return err
		}
		n := min(predicted, redshift.Len())
		redshift, photometry = redshift.Slice(0, n), photometry.Slice(0, n)
		redshifts[k] = redshift
		if tests[k], err = redshift.HStack(photometry); err != nil {
			return err
		}
		if err := l.predict(table, seesAll+endings[k], withNoise, redshift, photometry); err != nil {
			return err
		}
		alone, err := photometry.Columns(0, 1, 2, 3, 4, 5) // without the years
		if err != nil {
			return err
		}
		if err := l.predict(table, seesNone+endings[k], without, redshift, alone); err != nil {
			return err
		}
	}
	t := task{CPU: l.value(table, seesAll+endings[0], taken), Seed: l.seed, Cosine: true}
	if t.train, err = noisy(l.train.Slice(0, training*9/10), 200_000, l.seed); err != nil {
		return err
	}
	if t.validation, err = noisy(l.train.Slice(training*9/10, training), 20_000, l.seed); err != nil {
		return err
	}
	t.Columns, t.Conditions = t.train.ColumnNames()[:1], t.train.ColumnNames()[1:]
	t.test, err = data.NewPoints(tests[0].Dim(), append(tests[0].Values(), tests[1].Values()...))
	if err != nil {
		return err
	}
	t.Rows = t.test.Len()
	a, err := t.do(ctx, l.pzflow)
	if err != nil {
		return err
	}
	from := 0
	for k, ending := range endings {
		to := from + tests[k].Len()
		p, err := a.predictions(from, to)
		if err != nil {
			return err
		}
		if err := l.put(table, rival+ending, taken, metric.Estimate{Value: a.CPU}, 0); err != nil {
			return err
		}
		if err := l.judge(table, rival+ending, p, redshifts[k]); err != nil {
			return err
		}
		if err := l.put(table, rival+ending, logP, mean(a.logProbs[from:to]), to-from); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// noisy returns n draws of galaxies with noise: the redshift, then what is seen.
func noisy(galaxies data.Points, n int, seed uint64) (data.Points, error) {
	source, err := Observed(galaxies)
	if err != nil {
		return data.Points{}, err
	}
	redshift, photometry, err := source.SampleWithConditions(n, seed)
	if err != nil {
		return data.Points{}, err
	}
	return redshift.HStack(photometry)
}
