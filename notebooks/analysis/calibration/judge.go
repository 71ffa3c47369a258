package calibration

import (
	"context"
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

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

// measure measures calibrated events x. All of the numbers are written at once: a run that stops has
// all or none of them.
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
// and by the one that has. It is done for the first seed.
func (l *long) crossFit(ctx context.Context, plan f4f.BetweenPlan, simulation, measured Events) error {
	names := []string{"by the flow trained on them", fmt.Sprintf("cross-fitted, %d folds", crossFolds)}
	if l.results.Has(l.number(1, "crossfit", names[1], "AUC, trees")) {
		return nil
	}
	of := sample{"crossfit", simulation.Slice(0, l.events(tested)), measured.Slice(0, l.events(tested))}
	t, err := plan.Fit(ctx)
	if err != nil {
		return err
	}
	x, err := t.At(of.simulation.C, of.simulation.C).Forward(of.simulation.X)
	if err != nil {
		return err
	}
	if err := l.measure(ctx, 1, names[0], of, x); err != nil {
		return err
	}
	cross, err := f4f.CrossFit(plan, crossFolds).Fit(ctx)
	if err != nil {
		return err
	}
	if x, err = cross.At(of.simulation.C, of.simulation.C).Forward(of.simulation.X); err != nil {
		return err
	}
	return l.measure(ctx, 1, names[1], of, x)
}
