package f4f

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// fromData is what a plan takes from its data before any training.
type fromData struct {
	spec  specs.Density // with the maps, scalers and names that were found
	rows  dataset.Data
	seen  dataset.Seen // the rows after the maps
	notes []string     // on the data
}

// fromData draws a resolved plan's data, and fits maps and scalers to it.
func (p BasePlan) fromData() (found fromData, err error) {
	recipe := p.recipe
	if p.onlyPoints {
		recipe.Batch = 1 // there are no batches
	}
	found.rows, err = drawn(recipe, p.source, 0)
	if err != nil {
		return found, err
	}
	rows, spec := found.rows, p.outline()
	spec.Source = p.identity
	points, err := rows.Points()
	if err != nil {
		return found, err
	}
	spec.Columns = points.ColumnNames()
	if spec.Pipeline, spec.ConditionPipeline, err = p.maps.Fit(p.source, rows); err != nil {
		return found, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	seen, err := rows.Through(p.source, spec.Pipeline, spec.ConditionPipeline, p.recipe.Seed)
	if err != nil {
		return found, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	if points, err = seen.Points(); err != nil {
		return found, err
	}
	spread, err := data.FitScaler(points) // also refuses constant columns, which have no density
	if err == nil && p.standardise {
		spec.Scaler = &spread
		err = dataset.CheckScale(spread, points)
	}
	if err != nil {
		return found, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	if spec.Base != nil {
		scaled := spec.Scaler
		if !p.standardise {
			scaled = nil
		}
		held, err := seen.HeldOut()
		if err != nil {
			return found, err
		}
		scaler := spec.BaseScaler(scaled, points, held)
		spec.Scaler = &scaler
	}
	if rows.Condition > 0 {
		known, err := rows.Conditions()
		if err != nil {
			return found, err
		}
		conditions, err := seen.Conditions()
		if err != nil {
			return found, err
		}
		scaler, err := data.FitScaler(conditions)
		if err == nil {
			err = dataset.CheckScale(scaler, conditions)
		}
		if err != nil {
			return found, fmt.Errorf("f4f: base %s: conditions: %w", p.source.Name(), err)
		}
		spec.Conditions, spec.ConditionRange = &scaler, specs.RangeOf(known)
		spec.ConditionColumns, spec.Classes = known.ColumnNames(), specs.ClassesOf(known)
	}
	found.spec, found.seen = spec, seen
	bound := p.architecture.Bound(spec.Dim, spec.Condition)
	for _, note := range rows.Train.Notes() {
		found.note(p.source.Name() + ": " + note)
	}
	found.note(rows.WeightsNote())
	if !p.onlyPoints { // a transport has a bound of its own
		found.note(seen.TailNote(p.source.Name(), spec.Scaler, bound))
	}
	for _, note := range p.maps.AngleNotes(p.source.Name(), rows) {
		found.note(note)
	}
	for _, note := range seen.DegenerateNotes(p.source.Name(), spread, spec.Scaler, bound) {
		found.note(note)
	}
	return found, nil
}

// note adds a note, unless it is empty.
func (f *fromData) note(text string) {
	if text != "" {
		f.notes = append(f.notes, text)
	}
}

// problem returns the density's spec and the training problem: minimise −E log p(x), eq. 1, or a
// bound of it if noise is learned.
func (p BasePlan) problem(t *train.Trainer) (spec specs.Density, problem fit.Problem, err error) {
	found, err := p.fromData()
	if err != nil {
		return spec, problem, err
	}
	spec = found.spec
	for _, note := range found.notes {
		t.Note(note)
	}
	flow := spec.Normal(specs.FlowScope)
	t.Objective = flow.Objective
	t.Subject = func(b compute.Backend, weights fit.Snapshot, points int) (*train.Subject, error) {
		d, err := newDensity(b, weights, spec, &fit.State{}, "")
		if err != nil {
			return nil, err
		}
		x, c, err := found.rows.Slice(0, points)
		if err != nil {
			return nil, err
		}
		d = d.At(c)
		return &train.Subject{Engine: d.engine, Make: func() (data.Points, error) { return d.Sample(x.Len(), p.recipe.Seed) }, Target: x}, nil
	}
	problem = t.Objective()
	if spec.Pipeline != nil {
		mean, heldMean := found.seen.MeanLogDets(found.seen.Validation.Len())
		problem.Shifts, problem.ValidationShift = [][]float64{{-mean}}, -heldMean
	}
	problem.LossesAreBounds = spec.AddsNoise()
	problem.CacheKey = p.shape()
	problem.Store = model.NewStore()
	if err := specs.Freeze(problem.Store, spec.Scales(specs.FlowScope, p.precision.DType())); err != nil {
		return spec, problem, err
	}
	problem.Data, problem.Validation, err = p.tensors(found.seen)
	return spec, problem, err
}

// drawn returns the training and validation data that a recipe takes from a source. salt keeps two
// sources with the same seed from sharing their draws.
func drawn(r Recipe, s data.Source, salt uint64) (dataset.Data, error) {
	train, held := r.TrainingRows(s)
	return dataset.Draw(s, train, held, r.Batch, r.Seed^salt, r.Bootstrap)
}
