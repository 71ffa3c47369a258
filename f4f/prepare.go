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
	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// A transport's program takes longest to compile, and depends only on the shapes of its bases. So
// it is compiled while the bases are trained.

type trainingKey struct{}

// onTraining returns a context in which begin is called once, when the first flow begins to train.
func onTraining(ctx context.Context, begin func()) context.Context {
	return context.WithValue(ctx, trainingKey{}, sync.OnceFunc(begin))
}

// trainingBegins calls the function set by onTraining, if there is one.
func trainingBegins(ctx context.Context) {
	if begin, ok := ctx.Value(trainingKey{}).(func()); ok {
		begin()
	}
}

// preparation is a compilation under way; the channel is closed when it ends. nil means none.
type preparation chan struct{}

// prepare starts to compile what the plan's training will run. It ignores errors: the training
// compiles again and returns them.
func (p BetweenPlan) prepare(ctx context.Context) preparation {
	done := make(preparation)
	go func() {
		defer close(done)
		_ = panics.Catch(func() { _ = p.compile(ctx) })
	}()
	return done
}

// wait waits until the preparation or the context ends.
func (d preparation) wait(ctx context.Context) {
	if d == nil {
		return
	}
	select {
	case <-d:
	case <-ctx.Done():
	}
}

// compile compiles what the plan's training will run, from the known shapes of data and bases.
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

// zeros returns zeros in the shapes of a density's weights, under a scope.
func (s densitySpec) zeros(scope string, p Precision) (fit.Snapshot, error) {
	b, err := backend.Open(context.Background(), "go") // this backend compiles nothing
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
