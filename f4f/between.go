package f4f

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

// BetweenPlan is a plan for a flow for flow: a transport from the left distribution to the right
// one. Between returns one. Each method returns a changed copy, and Fit trains the transport.
// String returns the Go code that makes the plan.
type BetweenPlan struct {
	settings
	left, right BasePlan
	goal        specs.Goal
	relation    *Relation // of the conditions; nil for none
}

// The paper's numbers of epochs for transports.
const transportEpochs, conditionalTransportEpochs = 20, 12

// Between returns a plan to map the distribution of the left base onto that of the right one, by
// the recipe Default. Fit first trains the bases that the store lacks. Their weights are frozen
// while the transport is trained.
func Between(left, right BasePlan) BetweenPlan {
	return BetweenPlan{settings: defaultSettings, left: left, right: right, goal: specs.Goal{Direction: Alternate}}
}

// Direction sets the direction of training: Alternate (the default), ForwardOnly, InverseOnly,
// BothWays or ByEpochs(n).
func (p BetweenPlan) Direction(d Direction) BetweenPlan { p.goal.Direction = d; return p }

// On sets what the transport sees of the conditions on its two sides: Difference, Both, Shared or a
// RelationFunc. Conditional bases need a relation, and a relation needs conditional bases. If both
// sides are the same plan, the transport moves points among the conditions of one distribution.
func (p BetweenPlan) On(r Relation) BetweenPlan { p.relation = &r; return p }

// Penalty adds a penalty to the loss, a price on the distance that points are moved. Several
// penalties add up.
func (p BetweenPlan) Penalty(price Penalty) BetweenPlan {
	p.goal.Penalties = append(p.goal.Penalties[:len(p.goal.Penalties):len(p.goal.Penalties)], price)
	return p
}

// PenaltyOnly trains with the penalties alone, without the likelihood. The result shows how little
// the flow would move points if it had nowhere to take them: the lower bound in the paper's table
// 1.
func (p BetweenPlan) PenaltyOnly() BetweenPlan { p.goal.PenaltyOnly = true; return p }

// String returns the Go code that makes the plan, with the names of its sources in place of the
// sources.
func (p BetweenPlan) String() string {
	s := fmt.Sprintf("f4f.Between(%s, %s)%s", p.left, p.right, p.settings)
	if p.relation != nil {
		s += fmt.Sprintf(".On(%s)", *p.relation)
	}
	if p.goal.Direction != Alternate {
		s += fmt.Sprintf(".Direction(%s)", p.goal.Direction)
	}
	for _, price := range p.goal.Penalties {
		s += fmt.Sprintf(".Penalty(%s)", price)
	}
	if p.goal.PenaltyOnly {
		s += ".PenaltyOnly()"
	}
	return s
}

// Fit trains the plan's transport and keeps it in the store. It first trains the bases, side by
// side. What the store already has is loaded instead: a trained transport from its own file, which
// includes its bases. If a training was interrupted, Fit resumes it.
//
// An error that wraps ErrInterrupted, ErrNonFinite or ErrNotKept comes with a Transport that holds
// the weights reached so far, unless a base stopped, or the fit was interrupted before training
// began. With any other error the Transport is nil. If bases are trained but can't be kept in the
// store, Fit still trains the transport, and then returns an error that wraps ErrNotKept.
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
			return tr.Run(ctx, problem, func(weights fit.Snapshot) error {
				t, err = newTransport(tr.Backend.Backend, weights, spec, p.relation, tr.History(), print)
				if err != nil {
					return err
				}
				t.take(tr.Kept)
				tr.Spec = spec
				return nil
			})
		},
	})
	return t, errors.Join(err, notKept)
}

// trainedThough reports whether err says only that bases could not be kept: all of them are
// trained.
func trainedThough(err error, bases []*Density) bool {
	return errors.Is(err, ErrNotKept) && !errors.Is(err, ErrInterrupted) && !errors.Is(err, ErrNonFinite) && !slices.Contains(bases, nil)
}

// name returns the name of the transport in events and in the store.
func (p BetweenPlan) name() string { return p.left.source.Name() + " → " + p.right.source.Name() }

// bases returns the plans that must be trained before the transport.
func (p BetweenPlan) bases() []BasePlan { return []BasePlan{p.left, p.right} }

// processors returns how many processors a fit keeps busy on a CPU.
func (p BetweenPlan) processors() int {
	if p.left.source == nil || p.right.source == nil {
		return 1 // Fit returns an error for it
	}
	return p.place.Processors(p.recipe, p.left.source, p.right.source)
}

// Fingerprint returns a hash of what the plan trains: its bases, architecture, recipe, direction,
// penalties and relation. Plans that agree in these have the same fingerprint, wherever they run
// and keep their flows. The precision counts as part of the bases. It returns an error if the plan
// is not valid.
func (p BetweenPlan) Fingerprint() (string, error) {
	p, err := p.resolved()
	if err != nil {
		return "", err
	}
	left, err := p.left.Fingerprint()
	if err != nil {
		return "", err
	}
	right, err := p.right.Fingerprint()
	if err != nil {
		return "", err
	}
	return flowfile.Fingerprint(struct {
		Kind, Left, Right string
		Architecture      Architecture
		Recipe            Recipe
		Training          specs.Training
		Relation          string
	}{specs.TransportKind, left, right, p.architecture, p.recipe, p.goal.Training(), p.relationName()})
}

// relationName returns the relation as Go code, or "" if there is none.
func (p BetweenPlan) relationName() string {
	if p.relation == nil {
		return ""
	}
	return p.relation.String()
}

// among reports whether both sides are one conditional distribution: the same plan, with a relation
// other than Shared.
func (p BetweenPlan) among() (bool, error) {
	if p.relation == nil || p.relation.KeepsCondition() {
		return false, nil
	}
	left, err := p.left.Fingerprint()
	if err != nil {
		return false, err
	}
	right, err := p.right.Fingerprint()
	return left == right, err
}

// resolved returns the plan with the defaults that depend on the sources filled in. It returns an
// error if the plan is not valid.
func (p BetweenPlan) resolved() (BetweenPlan, error) {
	var err error
	if p.left, err = p.left.resolved(); err != nil {
		return p, fmt.Errorf("%w (left)", err)
	}
	if p.right, err = p.right.resolved(); err != nil {
		return p, fmt.Errorf("%w (right)", err)
	}
	wrong := func(err error) (BetweenPlan, error) {
		return p, fmt.Errorf("f4f: transport %s: %w", p.name(), err)
	}
	l, r := p.left.source, p.right.source
	if l.Dim() != r.Dim() {
		return wrong(fmt.Errorf("left and right must have the same dimension, got %d and %d", l.Dim(), r.Dim()))
	}
	if p.left.precision != p.precision || p.right.precision != p.precision {
		return wrong(fmt.Errorf("a transport and its bases must have the same precision, got %q between bases of %q and %q: set Precision of each", p.precision, p.left.precision, p.right.precision))
	}
	cl, cr, width := dataset.ConditionDim(l), dataset.ConditionDim(r), 0
	switch {
	case p.relation != nil:
		if err := p.relation.Validate(cl, cr); err != nil {
			return wrong(err)
		}
		width = p.relation.Width(cl, cr)
	case cl > 0 || cr > 0:
		return wrong(fmt.Errorf("bases with conditions (of %d and %d features) need On: Difference, Both or Shared", cl, cr))
	}
	epochs := transportEpochs
	if p.relation != nil {
		epochs = conditionalTransportEpochs
	}
	if p.settings, err = p.settings.settled(epochs, len(p.goal.Penalties) > 0, l, r); err != nil {
		return wrong(err)
	}
	if err := p.settings.validate(l.Dim(), width); err != nil {
		return wrong(err)
	}
	among, err := p.among()
	switch {
	case err != nil:
		return p, err
	case among && p.goal.Direction != Alternate:
		return wrong(fmt.Errorf("direction must be Alternate (the default) among the conditions of one distribution, where every step trains both ways: leave Direction alone, got %s", p.goal.Direction))
	case among && p.recipe.Batch%2 != 0:
		return wrong(fmt.Errorf("among the conditions of one distribution a batch is paired up and must be even, got %d", p.recipe.Batch))
	}
	if err := p.goal.Direction.Validate(); err != nil {
		return wrong(err)
	}
	turns, together := 1, 1
	if among {
		together = 2
	} else if p.goal.Direction == Alternate {
		turns = 2
	}
	if err := p.place.Validate(p.recipe.Batch, turns, together); err != nil {
		return wrong(err)
	}
	for _, price := range p.goal.Penalties {
		if err := price.Validate(); err != nil {
			return wrong(err)
		}
	}
	if p.goal.PenaltyOnly && len(p.goal.Penalties) == 0 {
		return wrong(fmt.Errorf("PenaltyOnly needs a penalty, got none"))
	}
	return p, nil
}

// leftSalt and rightSalt make the seeds of the two sides' draws differ, so that a map of a
// distribution onto itself does not get the same points on either side.
const leftSalt, rightSalt = 0x6c656674, 0x7269676874 // "left", "right"

// side is one of the two distributions that a transport is trained on.
type side struct {
	plan BasePlan
	base specs.Density
	salt uint64
}

// sides returns the distributions to train on: left and right, or one of them if both are one
// conditional distribution.
func (p BetweenPlan) sides(spec specs.Transport) []side {
	both := []side{{p.left, spec.Left, leftSalt}, {p.right, spec.Right, rightSalt}}
	if spec.Among {
		return both[:1]
	}
	return both
}

// outline returns the spec of the transport between two bases, and a function that builds its
// training problem without data and weights.
func (p BetweenPlan) outline(left, right specs.Density) (spec specs.Transport, objective func() fit.Problem, err error) {
	among, err := p.among()
	if err != nil {
		return spec, nil, err
	}
	spec = specs.Transport{
		Kind: specs.TransportKind, Name: p.name(), Left: left, Right: right,
		Architecture: p.architecture, Recipe: p.recipe, Training: p.goal.Training(), Relation: p.relationName(), Among: among,
	}
	goal, flow := p.goal, spec.Between(p.relation) // not p: compiled graphs outlive the training, and need no data
	return spec, func() fit.Problem { return goal.Problem(flow) }, nil
}

// problem returns the transport's spec and the training problem, with its data and the frozen
// weights of its bases.
func (p BetweenPlan) problem(t *train.Trainer, left, right *Density) (spec specs.Transport, problem fit.Problem, err error) {
	if spec, t.Objective, err = p.outline(left.spec, right.spec); err != nil {
		return spec, problem, err
	}
	problem = t.Objective()
	problem.CacheKey, problem.Store = p.shape(), model.NewStore()
	sides := p.sides(spec)
	var both []dataset.Data
	for _, s := range sides {
		rows, err := drawn(p.recipe, s.plan.source, s.salt)
		if err != nil {
			return spec, problem, err
		}
		both = append(both, rows)
		t.Note(rows.TailNote(s.plan.source.Name(), s.base.Scaler, p.architecture.Bound(s.base.Dim, s.base.Condition)))
		problem.Data = append(problem.Data, numbers.Points(p.precision.DType(), rows.Train))
		if rows.Validation.Len() > 0 {
			problem.Validation = append(problem.Validation, numbers.Points(p.precision.DType(), rows.Validation))
		}
	}
	if len(problem.Validation) < len(sides) {
		problem.Validation = nil
	}
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
