package f4f

import (
	"context"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
)

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
	return fit.Prepare(b.Backend, problem, p.place.Recipe(p.recipe, b, train.ShapesOf(problem.Data)))
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
