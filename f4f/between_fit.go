package f4f

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// Fit trains the plan's transport and keeps it in the store. It first trains the bases, side by
// side. What the store already has is loaded instead: a trained transport from its own file, which
// includes its bases. If a training was interrupted, Fit resumes it.
//
// An error that wraps ErrInterrupted or ErrNotKept comes with a Transport that holds the weights
// reached so far, and one that wraps ErrNonFinite with one of the last good epoch, unless a base
// stopped, or the fit was interrupted before training began. With any other error the Transport is
// nil. If bases are trained but can't be kept in the store, Fit still trains the transport, and
// then returns an error that wraps ErrNotKept.
func (p BetweenPlan) Fit(ctx context.Context) (*Transport, error) {
	p, err := p.resolved()
	if err != nil {
		return nil, err
	}
	print, err := p.Fingerprint()
	if err != nil {
		return nil, err
	}
	var t *Transport
	var notKept error // the error of bases that are trained but could not be kept
	err = p.place.Obtain(ctx, p.recipe, p.name(), print, train.Job{
		Load: func(ctx context.Context, path string) (string, []string, error) {
			if t, err = loadTransport(ctx, path, p.place.Backend, p.relation); err != nil {
				return "", nil, err
			}
			return t.fingerprint, t.allNotes(), nil
		},
		Train: func(ctx context.Context, tr *train.Trainer) error {
			var prepared train.Preparation
			bases, err := FitAll(train.OnTraining(ctx, func() { prepared = train.Prepare(func() error { return p.compile(ctx) }) }), p.left, p.right)
			if err != nil && !trainedThough(err, bases) {
				return err
			}
			notKept = err
			spec, problem, err := p.problem(tr, bases[0], bases[1])
			if err != nil {
				return err
			}
			tr.Kept.Left, tr.Kept.Right = bases[0].notes, bases[1].notes
			prepared.Wait(ctx)
			err = tr.Run(ctx, problem, func(weights fit.Snapshot) error {
				t, err = newTransport(tr.Backend.Backend, weights, spec, p.relation, tr.History(), print)
				if err != nil {
					return err
				}
				t.take(tr.Kept)
				tr.Spec = spec
				return nil
			})
			if given := p.givenText(); errors.Is(err, ErrNonFinite) && given != "" {
				err = fmt.Errorf("%w. The log-density of %s is given, and may be NaN or −Inf where points are taken while the transport is not trained yet: let it be finite everywhere", err, given)
			}
			return err
		},
	})
	return t, errors.Join(err, notKept)
}

// givenText returns the names of the sides whose density is given instead of learned, or "".
func (p BetweenPlan) givenText() string {
	var names []string
	for _, side := range []BasePlan{p.left, p.right} {
		if side.known {
			names = append(names, side.source.Name())
		}
	}
	return strings.Join(names, " and of ")
}

// trainedThough reports whether err says only that bases could not be kept: all of them are
// trained.
func trainedThough(err error, bases []*Density) bool {
	return errors.Is(err, ErrNotKept) && !errors.Is(err, ErrInterrupted) && !errors.Is(err, ErrNonFinite) && !slices.Contains(bases, nil)
}

// problem returns the transport's spec and the training problem, with its data and the frozen
// weights of its bases.
func (p BetweenPlan) problem(t *train.Trainer, left, right *Density) (spec specs.Transport, problem fit.Problem, err error) {
	if spec, t.Objective, err = p.outline(left.spec, right.spec); err != nil {
		return spec, problem, err
	}
	if p.relation.KeepsCondition() && !specs.SameConditionPipelines(left.spec, right.spec) {
		return spec, problem, fmt.Errorf("f4f: transport %s: under Shared the conditions of both sides pass the same maps, and these were fitted to different conditions: give ConditionColumn maps without a fit, such as data.Log, data.Logit and data.Asinh", p.name())
	}
	if note := spec.DistanceNote(); note != "" {
		t.Note(p.name() + ": " + note)
	}
	problem = t.Objective()
	problem.CacheKey, problem.Store = p.shape(), model.NewStore()
	sides := p.sides(spec)
	var both []dataset.Data
	var seen []dataset.Seen
	for _, s := range sides {
		rows, err := drawn(p.recipe, s.plan.source, s.salt)
		if err != nil {
			return spec, problem, err
		}
		own, err := rows.Through(s.plan.source, s.base.Pipeline, s.base.ConditionPipeline, p.recipe.Seed^s.salt)
		if err != nil {
			return spec, problem, fmt.Errorf("f4f: transport %s: %s: %w", p.name(), s.plan.source.Name(), err)
		}
		if s.plan.known {
			own = own.Given()
		}
		both, seen = append(both, rows), append(seen, own)
		t.Note(rows.WeightsNote())
		t.Note(own.TailNote(s.plan.source.Name(), s.base.Scaler, p.architecture.Bound(s.base.Dim, s.base.Condition)))
	}
	if problem.Data, problem.Validation, err = p.tensors(seen...); err != nil {
		return spec, problem, err
	}
	if spec.Units != nil {
		if spec.Units, err = unitsOf(seen[0], seen[len(seen)-1]); err != nil {
			return spec, problem, fmt.Errorf("f4f: transport %s: %w", p.name(), err)
		}
	}
	if left.spec.Pipeline != nil || right.spec.Pipeline != nil {
		p.shift(&problem, seen)
	}
	problem.LossesAreBounds = !p.goal.PenaltyOnly && (left.spec.AddsNoise() || right.spec.AddsNoise())
	t.Subject = func(b compute.Backend, weights fit.Snapshot, points int) (*train.Subject, error) {
		tr, err := newTransport(b, weights, spec, p.relation, &fit.State{}, "")
		if err != nil {
			return nil, err
		}
		return p.subject(tr, both, points)
	}
	frozen := spec.Scales(p.precision.DType())
	for _, base := range []struct {
		*Density
		scope string
	}{{left, specs.LeftScope}, {right, specs.RightScope}} {
		weights, err := base.engine.Weights()
		if err != nil {
			return spec, problem, fmt.Errorf("f4f: %w", err)
		}
		frozen = specs.Merged(frozen, specs.Rescoped(weights, specs.FlowScope, base.scope))
	}
	return spec, problem, specs.Freeze(problem.Store, frozen)
}

// unitsOf returns the units of a transport between the points of two sides.
func unitsOf(left, right dataset.Seen) (*specs.Units, error) {
	x, err := left.Points()
	if err != nil {
		return nil, err
	}
	y, err := right.Points()
	if err != nil {
		return nil, err
	}
	return specs.UnitsOf(x, y)
}

// shift makes the training report losses in the data's units, given the points of the sides.
func (p BetweenPlan) shift(problem *fit.Problem, seen []dataset.Seen) {
	held := seen[0].Validation.Len() // validation takes as many rows of each side
	for _, side := range seen {
		held = min(held, side.Validation.Len())
	}
	left, heldLeft := seen[0].MeanLogDets(held)
	right, heldRight := seen[len(seen)-1].MeanLogDets(held)
	if len(seen) == 1 { // among the conditions of one distribution
		problem.Shifts = [][]float64{{-left}}
	} else {
		problem.Shifts = p.goal.Shifts(left, right)
	}
	problem.ValidationShift = -(heldLeft + heldRight) / 2
	switch { // of the only direction that has a score
	case p.left.onlyPoints:
		problem.ValidationShift = -heldLeft
	case p.right.onlyPoints:
		problem.ValidationShift = -heldRight
	}
	if p.goal.PenaltyOnly { // its losses are penalties alone
		problem.Shifts, problem.ValidationShift = nil, 0
	}
}

// subject returns the transport as glimpses show it. It maps the first points of the left to the
// right, from their own conditions to those of the target points.
func (p BetweenPlan) subject(t *Transport, drawn []dataset.Data, points int) (*train.Subject, error) {
	right, from := drawn[len(drawn)-1], 0
	if len(drawn) == 1 { // among the conditions of one distribution: each side gets half the rows
		points = min(points, right.Train.Len()/2)
		from = points
	}
	points = min(points, drawn[0].Train.Len(), right.Train.Len())
	x, cx, err := drawn[0].Slice(0, points)
	if err != nil {
		return nil, err
	}
	y, cy, err := right.Slice(from, points)
	if err != nil {
		return nil, err
	}
	if p.relation.KeepsCondition() { // points keep their condition
		cy = cx
	}
	t = t.At(cx, cy)
	return &train.Subject{Engine: t.engine, Make: func() (data.Points, error) { return t.Forward(x) }, Target: y}, nil
}

// A transport's program takes longest to compile, and depends only on the shapes of its bases. So
// it is compiled while the bases are trained.

// compile compiles what the plan's training will run, from the known shapes of data and bases.
func (p BetweenPlan) compile(ctx context.Context) error {
	problem, err := p.promised()
	if err != nil {
		return err
	}
	defer problem.Store.Finalize()
	b, err := p.place.Open(ctx)
	if err != nil {
		return err
	}
	return fit.Prepare(b.Backend, problem, p.place.Recipe(p.recipe, b, problem))
}

// promised returns the plan's problem before its bases are trained, with zeros in place of the data
// and the bases' weights.
func (p BetweenPlan) promised() (fit.Problem, error) {
	spec, objective, err := p.outline(p.left.outline(), p.right.outline())
	if err != nil {
		return fit.Problem{}, err
	}
	problem := objective()
	problem.Flow, problem.CacheKey, problem.Store = p.name(), p.shape(), model.NewStore()
	for _, s := range p.sides(spec) {
		train, held := p.recipe.TrainingRows(s.plan.source)
		width := dataset.RowWidth(s.plan.source)
		problem.Data = append(problem.Data, numbers.Zeros(p.precision.DType(), train, width))
		if held > 0 {
			problem.Validation = append(problem.Validation, numbers.Zeros(p.precision.DType(), held, width))
		}
	}
	if len(problem.Validation) < len(problem.Data) {
		problem.Validation = nil
	}
	frozen := spec.Scales(p.precision.DType())
	for scope, base := range map[string]specs.Density{specs.LeftScope: spec.Left, specs.RightScope: spec.Right} {
		weights, err := base.Zeros(scope, p.precision.DType())
		if err != nil {
			return fit.Problem{}, err
		}
		frozen = specs.Merged(frozen, weights)
	}
	if err := specs.Freeze(problem.Store, frozen); err != nil {
		return fit.Problem{}, err
	}
	return problem, problem.Store.SetRNGStateFromSeed(int64(p.recipe.Seed))
}
