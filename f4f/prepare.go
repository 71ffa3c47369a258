package f4f

import (
	"context"
	"sync"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// A transport's program takes longest to compile, and depends on its bases' shapes alone: it is
// compiled while they are trained.

type trainingKey struct{}

// onTraining gives a context under which begin is called as the first flow begins to train, once.
func onTraining(ctx context.Context, begin func()) context.Context {
	return context.WithValue(ctx, trainingKey{}, sync.OnceFunc(begin))
}

// trainingBegins tells who waits for it.
func trainingBegins(ctx context.Context) {
	if begin, ok := ctx.Value(trainingKey{}).(func()); ok {
		begin()
	}
}

// preparation is under way until it is closed; nil is none.
type preparation chan struct{}

// prepare begins to compile what the plan's training will run. What fails of it is left to the
// training, which does it again and tells of it.
func (p BetweenPlan) prepare(ctx context.Context) preparation {
	done := make(preparation)
	go func() {
		defer close(done)
		_ = fit.Catch(func() { _ = p.compile(ctx) })
	}()
	return done
}

// wait waits until it is done, or the context ends.
func (d preparation) wait(ctx context.Context) {
	if d == nil {
		return
	}
	select {
	case <-d:
	case <-ctx.Done():
	}
}

// compile compiles what the plan's training will run, for data and bases of which the shapes are known.
func (p BetweenPlan) compile(ctx context.Context) error {
	problem, err := p.promised()
	if err != nil {
		return err
	}
	defer problem.Store.Finalize()
	b, err := p.open(ctx)
	if err != nil {
		return err
	}
	return fit.Prepare(b.Backend, problem, p.placed(b, shapesOf(problem.Data)))
}

// promised is the plan's problem before its bases are trained: of its data and of their weights it
// has the shapes.
func (p BetweenPlan) promised() (fit.Problem, error) {
	spec, objective, err := p.outline(p.left.outline(), p.right.outline())
	if err != nil {
		return fit.Problem{}, err
	}
	problem := objective()
	problem.Flow, problem.Alike, problem.Store = p.name(), p.shape(), model.NewStore()
	for _, s := range p.sides(spec) {
		train, held := p.recipe.trainingRows(s.plan.source)
		width := s.plan.source.Dim() + dataset.ConditionDim(s.plan.source)
		problem.Data = append(problem.Data, p.precision.zeros(train, width))
		if held > 0 {
			problem.Validation = append(problem.Validation, p.precision.zeros(held, width))
		}
	}
	if len(problem.Validation) < len(problem.Data) {
		problem.Validation = nil
	}
	frozen := spec.scales(p.precision)
	for scope, base := range map[string]densitySpec{leftScope: spec.Left, rightScope: spec.Right} {
		weights, err := base.zeros(scope, p.precision)
		if err != nil {
			return fit.Problem{}, err
		}
		frozen = merged(frozen, weights)
	}
	if err := freeze(problem.Store, frozen); err != nil {
		return fit.Problem{}, err
	}
	return problem, problem.Store.SetRNGStateFromSeed(int64(p.recipe.Seed))
}

// zeros are weights of a density's shapes, under a scope.
func (s densitySpec) zeros(scope string, p Precision) (fit.Snapshot, error) {
	b, err := backend.Open(context.Background(), "go") // where nothing is compiled
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := freeze(store, s.scales(scope, p)); err != nil {
		return nil, err
	}
	err = engine.Trace(b.Backend, store, p.dtype(), s.Dim, s.Condition, func(root *model.Scope, x, c *Node) []*Node {
		z, logDet := s.normal(scope).encode(root.At("%s", scope), x, c)
		return []*Node{z, logDet}
	})
	if err != nil {
		return nil, err
	}
	weights := fit.Snapshot{}
	for v := range store.IterVariables() {
		weights[v.Path()] = tensors.FromShape(v.Shape())
	}
	return weights, nil
}
