package galaxies

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend/python"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/notebooks/analysis/internal/rivals"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// Steps of the training of each of our flows, and rows whose redshift is predicted.
const (
	steps     = 8000
	predicted = 500
	draws     = 200 // of the redshift of a row
	bins      = 20  // of a histogram of PITs
)

// name of the analysis.
const name = "galaxies"

// long is one run of the long form.
type long struct {
	analysis.Options
	results     *analysis.Results
	pzflow      python.Environment
	train, held data.Points // redshift, i and colours
	magnitudes  data.Points // redshift and magnitudes of all galaxies
	shipped     []float64   // log-densities of the held-out galaxies by the flow that pzflow ships
	seed        uint64
}

// Run makes the numbers of the long form, for the seeds 1, 2, … of the trainings. A run that was
// stopped goes on: numbers and flows that are there aren't made again.
func Run(ctx context.Context, o analysis.Options) error {
	l := long{Options: o}
	if err := l.prepare(ctx); err != nil {
		return fmt.Errorf("galaxies: %w", err)
	}
	for l.seed = 1; l.seed <= uint64(o.Seeds); l.seed++ {
		start := time.Now()
		done := len(l.results.Numbers)
		for _, part := range []func(context.Context) error{l.likelihood, l.redshift, l.noise} {
			if err := part(ctx); err != nil {
				return fmt.Errorf("galaxies: %w", err)
			}
		}
		if len(l.results.Numbers) == done {
			continue // all was there
		}
		l.results.PutRun(analysis.Run{
			Seed: l.seed, Quick: o.Quick, Command: fmt.Sprintf("go run ./notebooks galaxies -seeds %d", o.Seeds),
			Seconds: time.Since(start).Seconds(), Budget: fmt.Sprintf("%d steps for each flow of ours", l.steps()),
		})
		if err := l.results.Write(o.Folder); err != nil {
			return err
		}
	}
	return nil
}

// steps returns the number of steps of each training of ours.
func (l *long) steps() int {
	if l.Quick {
		return steps / 20
	}
	return steps
}

// prepare reads the results that there are and the catalogue, and installs pzflow.
func (l *long) prepare(ctx context.Context) (err error) {
	if l.results, err = analysis.Read(l.Folder, name); err != nil {
		return err
	}
	say := func(text string) { l.Say("%s", text) }
	if l.train, l.held, err = Load(ctx, say); err != nil {
		return err
	}
	if l.magnitudes, err = read(ctx, nil, "redshift", "u", "g", "r", "i", "z", "y"); err != nil {
		return err
	}
	packages := rivals.PZFlow()
	packages.Progress = say
	l.pzflow, err = packages.Install(ctx)
	return err
}

// put keeps a number, and reports it.
func (l *long) put(table, row, column string, e metric.Estimate, points int) error {
	n := analysis.Number{Table: table, Row: row, Column: column, Seed: l.seed, Quick: l.Quick, Value: e.Value, Points: float64(points)}
	if e.Error > 0 {
		n.Low, n.High = e.Value-1.96*e.Error, e.Value+1.96*e.Error
	}
	return l.putNumber(n)
}

func (l *long) putNumber(n analysis.Number) error {
	l.results.Put(n)
	l.Say("seed %d, %s, %s: %s %.5g (%.5g to %.5g)", n.Seed, n.Table, n.Row, n.Column, n.Value, n.Low, n.High)
	return l.results.Write(l.Folder)
}

// has reports whether a number of this seed is there.
func (l *long) has(table, row, column string) bool {
	return l.results.Has(analysis.Number{Table: table, Row: row, Column: column, Seed: l.seed, Quick: l.Quick})
}

// fit trains a plan with the seed of the run, and returns the processor seconds that it took, or
// the seconds if the flow was trained before.
func (l *long) fit(ctx context.Context, plan f4f.BasePlan) (*f4f.Density, float64, error) {
	plan = plan.Steps(l.steps()).Seed(l.seed)
	if l.Store != "" {
		plan = plan.Store(l.Store)
	}
	before, start := cpuSeconds(), time.Now()
	d, err := plan.Fit(ctx)
	if err != nil {
		return nil, 0, err
	}
	seconds := cpuSeconds() - before
	if trained := d.Seconds(); seconds <= 0 || time.Since(start).Seconds() < trained {
		seconds = trained
	}
	return d, seconds, nil
}

// lastOfJudge is the column that judge puts last.
var lastOfJudge = fmt.Sprintf("PIT's bins of %d outside the band", bins)

// judge keeps the numbers of predictions of redshifts.
func (l *long) judge(table, row string, p metric.Predictions, redshift data.Points) error {
	n := redshift.Len()
	crps, err := p.CRPS(redshift)
	if err != nil {
		return err
	}
	if err := l.put(table, row, "CRPS", crps, n); err != nil {
		return err
	}
	medians, err := p.Quantile(0.5)
	if err != nil {
		return err
	}
	both, err := withRedshift(medians, redshift)
	if err != nil {
		return err
	}
	for _, of := range []struct {
		column string
		value  func(Quality) float64
	}{
		{"bias", func(q Quality) float64 { return q.Bias }},
		{"σ_IQR", func(q Quality) float64 { return q.SigmaIQR }},
		{"σ_MAD", func(q Quality) float64 { return q.SigmaMAD }},
		{"outliers", func(q Quality) float64 { return q.Outliers }},
	} {
		interval, err := metric.Bootstrap(func(samples ...data.Points) (float64, error) {
			q, err := judgeRows(samples[0])
			return of.value(q), err
		}, metric.Resampling{Seed: l.seed}, both)
		if err != nil {
			return err
		}
		if err := l.putNumber(analysis.Number{
			Table: table, Row: row, Column: of.column, Seed: l.seed, Quick: l.Quick,
			Value: interval.Value, Low: interval.Low, High: interval.High, Points: float64(n),
		}); err != nil {
			return err
		}
	}
	pit, err := p.PIT(redshift)
	if err != nil {
		return err
	}
	histogram, err := pit.Histogram(bins, 0.95)
	if err != nil {
		return err
	}
	uniform, err := pit.Uniformity()
	if err != nil {
		return err
	}
	if err := l.put(table, row, "PIT's p-value (KS)", metric.Estimate{Value: uniform.KS.PValue}, n); err != nil {
		return err
	}
	return l.put(table, row, lastOfJudge, metric.Estimate{Value: float64(histogram.Outside())}, n)
}

// withRedshift returns estimates and redshifts [N, 2].
func withRedshift(estimates []float64, redshift data.Points) (data.Points, error) {
	values := make([]float32, 0, 2*len(estimates))
	for i, e := range estimates {
		values = append(values, float32(e), float32(redshift.At(i, 0)))
	}
	return data.NewPoints(2, values)
}

// judgeRows returns the quality of estimates and redshifts [N, 2].
func judgeRows(both data.Points) (Quality, error) {
	redshift, err := both.Columns(1)
	if err != nil {
		return Quality{}, err
	}
	estimates := make([]float64, both.Len())
	for i := range estimates {
		estimates[i] = both.At(i, 0)
	}
	return Judge(estimates, redshift)
}

// least is what stands for the logarithm of 0 in pzflow's files, nearly.
const least = -1e29

// mean returns the mean of log-densities, or of their differences. It is infinite if one is: pzflow
// writes least for the logarithm of 0.
func mean(logs []float64) metric.Estimate {
	for _, v := range logs {
		if math.Abs(v) >= -least {
			return metric.Estimate{Value: math.Inf(-1)}
		}
	}
	e, _ := metric.Mean(logs, nil) // they are finite, or NaN, which Put keeps as a failure
	return e
}
