package f4f

import (
	"github.com/flowsforflows/flows/f4f/internal/dataset"
)

// stacks reports whether a plan with these settings can train with others as one program.
func (s settings) stacks() bool {
	return s.place.window == 0 && s.place.devices <= 1 && s.stackable()
}

// stackable reports whether the weights of the plan's flow can be stacked with those of other
// flows.
func (s settings) stackable() bool {
	return s.architecture.Embedding == 0 && !s.architecture.userDefined()
}

// form returns what the graphs of the plan's flow depend on.
func (p BasePlan) form() form {
	return form{
		Dim: p.source.Dim(), Condition: dataset.ConditionDim(p.source), Architecture: p.architecture, Standardise: p.standardise,
		Seed: seedOfForm(p.architecture, p.recipe),
	}
}

// shape returns the key shared by plans that can train as one program, or "" if p must train alone.
// The sizes of their data must agree as well, which is checked when they are known.
func (p BasePlan) shape() string {
	p, err := p.resolved()
	if err != nil || !p.stacks() {
		return ""
	}
	recipe := p.recipe
	recipe.Seed = 0
	return shapeOf(struct {
		Kind, Backend string
		Form          form
		Recipe        Recipe
		Precision     Precision
	}{densityKind, p.place.backend, p.form(), recipe, p.precision})
}

// shape returns the key shared by plans that can train as one program, or "" if p must train alone.
// A plan with user functions trains alone, because these might look at more than their own rows.
func (p BetweenPlan) shape() string {
	p, err := p.resolved()
	if err != nil || !p.stacks() || !p.left.stackable() || !p.right.stackable() || p.relation.UserDefined() {
		return ""
	}
	for _, price := range p.goal.penalties {
		if price.UserDefined() {
			return ""
		}
	}
	among, err := p.among()
	if err != nil {
		return ""
	}
	recipe := p.recipe
	recipe.Seed = 0
	return shapeOf(struct {
		Kind, Backend string
		Left, Right   form
		Architecture  Architecture
		Seed          uint64
		Recipe        Recipe
		Training      training
		Relation      string
		Among         bool
		Precision     Precision
	}{
		transportKind, p.place.backend, p.left.form(), p.right.form(), p.architecture, seedOfForm(p.architecture, p.recipe),
		recipe, p.goal.training(), p.relationName(), among, p.precision,
	})
}
