package f4f

import (
	"context"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/fit"
)

// BetweenPlan is a plan for a flow for flow: a transport from the left distribution to the right one. Between makes one; each method
// gives a changed copy; Fit trains it. Printing a plan gives the code that makes it.
type BetweenPlan struct {
	settings
	left, right BasePlan
	direction   Direction
	penalties   []Penalty
	penaltyOnly bool
}

// Between is a plan to map the distribution of the left base onto that of the right one with the paper's recipe. Fit trains
// the bases first where the store lacks them; they stay as they are while the transport is trained.
func Between(left, right BasePlan) BetweenPlan {
	return BetweenPlan{settings: paperSettings, left: left, right: right, direction: Alternate}
}

// Direction sets which way the transport is trained: Alternate (the default), ForwardOnly, InverseOnly, BothWays or ByEpochs(n).
func (p BetweenPlan) Direction(d Direction) BetweenPlan { p.direction = d; return p }

// Penalty adds a price on the distance that points are moved; several add up.
func (p BetweenPlan) Penalty(price Penalty) BetweenPlan {
	p.penalties = append(p.penalties[:len(p.penalties):len(p.penalties)], price)
	return p
}

// PenaltyOnly trains for the penalties alone, without the likelihood: how little the flow could move points if it had nowhere to take
// them, the lower bound of the paper's table 1.
func (p BetweenPlan) PenaltyOnly() BetweenPlan { p.penaltyOnly = true; return p }

// String is the code that makes the plan, but for its sources, which are told by name.
func (p BetweenPlan) String() string {
	s := fmt.Sprintf("f4f.Between(%s, %s)%s", p.left, p.right, p.settings)
	if p.direction != Alternate {
		s += fmt.Sprintf(".Direction(%s)", p.direction)
	}
	for _, price := range p.penalties {
		s += fmt.Sprintf(".Penalty(%s)", price)
	}
	if p.penaltyOnly {
		s += ".PenaltyOnly()"
	}
	return s
}

// Fit trains the plan, its bases first, or loads what of it the store has already, or resumes it where it was interrupted.
//
// An error that wraps ErrInterrupted or ErrNonFinite comes with a Transport that holds what was reached, unless it was a base that stopped;
// with any other the Transport is nil.
func (p BetweenPlan) Fit(ctx context.Context) (*Transport, error) {
	p, err := p.resolved()
	if err != nil {
		return nil, err
	}
	left, err := p.left.Fit(ctx)
	if err != nil {
		return nil, err
	}
	right, err := p.right.Fit(ctx)
	if err != nil {
		return nil, err
	}
	print, err := p.Fingerprint()
	if err != nil {
		return nil, err
	}
	var t *Transport
	err = p.settings.obtain(ctx, p.name(), print, job{
		load: func(ctx context.Context, path string) (err error) {
			t, err = loadTransport(ctx, path, p.backend)
			return err
		},
		train: func(ctx context.Context, tr *trainer) error {
			spec, problem, err := p.problem(tr, left, right)
			if err != nil {
				return err
			}
			return tr.run(ctx, problem, func(weights fit.Snapshot) error {
				t, err = newTransport(tr.backend.Backend, weights, spec, tr.history(), print)
				tr.spec = spec
				return err
			})
		},
	})
	return t, err
}

// name is the transport as progress and folders call it.
func (p BetweenPlan) name() string { return p.left.source.Name() + " → " + p.right.source.Name() }

// Fingerprint names what the plan trains into: plans alike in bases, architecture, recipe, direction and penalties have the same, wherever they
// run and are kept.
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
	return fingerprint(struct {
		Kind, Left, Right string
		Architecture      Architecture
		Recipe            Recipe
		Training          training
	}{transportKind, left, right, p.architecture, p.recipe, p.training()})
}

// training is what a transport's training has beyond a density's, as its file tells it.
type training struct {
	Direction   string   `json:"direction"`
	Penalties   []string `json:"penalties,omitempty"`
	PenaltyOnly bool     `json:"penaltyOnly,omitempty"`
}

func (p BetweenPlan) training() training {
	t := training{Direction: p.direction.String(), PenaltyOnly: p.penaltyOnly}
	for _, price := range p.penalties {
		t.Penalties = append(t.Penalties, price.String())
	}
	return t
}

// resolved is the plan with the defaults that depend on the sources, checked.
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
	if conditionDim(l) > 0 || conditionDim(r) > 0 {
		return wrong(fmt.Errorf("bases must have no condition, got conditions of %d features on the left and %d on the right", conditionDim(l), conditionDim(r)))
	}
	if !p.epochsSet {
		p.recipe.Epochs = transportEpochs
	}
	if err := p.settings.validate(l.Dim(), 0); err != nil {
		return wrong(err)
	}
	if err := p.direction.validate(); err != nil {
		return wrong(err)
	}
	for _, price := range p.penalties {
		if err := price.validate(); err != nil {
			return wrong(err)
		}
	}
	if p.penaltyOnly && len(p.penalties) == 0 {
		return wrong(fmt.Errorf("PenaltyOnly needs a penalty, got none"))
	}
	return p, nil
}

// Seeds of the two sides' draws differ, so that a map of a distribution onto itself doesn't meet the same points on either side.
const leftSalt, rightSalt = 0x6c656674, 0x7269676874 // "left", "right"

// problem is the plan as something to minimise.
func (p BetweenPlan) problem(t *trainer, left, right *Density) (spec transportSpec, problem fit.Problem, err error) {
	rows := [2]trainingData{}
	for i, side := range []struct {
		base BasePlan
		salt uint64
	}{{p.left, leftSalt}, {p.right, rightSalt}} {
		if rows[i], err = drawTraining(side.base.source, p.recipe, side.salt); err != nil {
			return spec, problem, err
		}
		scaler := [2]*Density{left, right}[i].spec.Scaler
		t.note(rows[i].outsideNote(side.base.source.Name(), scaler, p.architecture.TailBound))
	}
	spec = transportSpec{
		Kind: transportKind, Name: p.name(), Left: left.spec, Right: right.spec,
		Architecture: p.architecture, Recipe: p.recipe, Training: p.training(),
	}
	flow := spec.between()
	problem = fit.Problem{
		Store: model.NewStore(),
		Data:  []*tensors.Tensor{tensor(rows[0].train), tensor(rows[1].train)},
		Score: func(scope *model.Scope, batches []*Node) *Node { return p.score(scope, flow, batches) },
	}
	if rows[0].validation.Len() > 0 && rows[1].validation.Len() > 0 {
		problem.Validation = []*tensors.Tensor{tensor(rows[0].validation), tensor(rows[1].validation)}
	}
	problem.Phases, problem.EpochsPerPhase = p.phases(flow)
	if err := freeze(problem.Store, left, leftScope); err != nil {
		return spec, problem, err
	}
	return spec, problem, freeze(problem.Store, right, rightScope)
}

// freeze puts a base's weights into a transport's store under the scope of its side, not to be trained.
func freeze(store *model.Store, base *Density, scope string) error {
	weights, err := fit.Take(base.engine.store, false)
	if err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	for path, value := range rescoped(weights, flowScope, scope) {
		v, err := store.CreateVariable(path, value)
		if err != nil {
			return fmt.Errorf("f4f: %w", err)
		}
		v.SetTrainable(false)
	}
	return nil
}

// phases are the losses of the plan's direction, as fit takes turns with them.
func (p BetweenPlan) phases(flow between) (phases [][]fit.Loss, epochsPerPhase int) {
	forward := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		return p.loss(scope, flow.forward, flow.rightLogProb, batches[0], progress)
	}
	inverse := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		return p.loss(scope, flow.inverse, flow.leftLogProb, batches[1], progress)
	}
	switch p.direction.kind {
	case ForwardOnly.kind:
		return [][]fit.Loss{{forward}}, 1
	case InverseOnly.kind:
		return [][]fit.Loss{{inverse}}, 1
	case BothWays.kind:
		return [][]fit.Loss{{func(scope *model.Scope, batches []*Node, progress *Node) *Node {
			return MulScalar(Add(forward(scope, batches, progress), inverse(scope, batches, progress)), 0.5)
		}}}, 1
	case Alternate.kind:
		return [][]fit.Loss{{forward, inverse}}, 1
	}
	return [][]fit.Loss{{forward}, {inverse}}, p.direction.epochs
}

// loss is −E [log p_other(f(x)) + log|det ∂f/∂x|] + penalties for one direction f of the transport and the base on its far side.
func (p BetweenPlan) loss(scope *model.Scope, f direction, far density, x, progress *Node) *Node {
	y, logDet := f(scope, x)
	cost := ScalarZero(x.Graph(), x.DType())
	if !p.penaltyOnly {
		cost = Neg(ReduceAllMean(Add(far(scope, y), logDet)))
	}
	for _, price := range p.penalties {
		cost = Add(cost, price.cost(x, y, progress))
	}
	return cost
}

// score is the loss of each pair of points, both ways whatever the direction of training, so that validation losses compare; penalties are left out but
// where there is nothing else.
func (p BetweenPlan) score(scope *model.Scope, flow between, batches []*Node) *Node {
	y, forward := flow.forward(scope, batches[0])
	x, inverse := flow.inverse(scope, batches[1])
	if p.penaltyOnly {
		prices := ZerosLike(forward)
		for _, price := range p.penalties {
			prices = Add(prices, MulScalar(Add(price.price(batches[0], y), price.price(batches[1], x)), price.weight/2))
		}
		return prices
	}
	there := Add(flow.rightLogProb(scope, y), forward)
	back := Add(flow.leftLogProb(scope, x), inverse)
	return MulScalar(Add(there, back), -0.5)
}
