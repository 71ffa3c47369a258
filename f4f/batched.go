package f4f

import (
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// stacks reports whether a plan with these settings can train with others as one program.
func (s settings) stacks() bool {
	return s.place.Window == 0 && s.place.Devices <= 1 && s.stackable()
}

// stackable reports whether the weights of the plan's flow can be stacked with those of other
// flows.
func (s settings) stackable() bool {
	return s.architecture.Embedding == 0 && !s.architecture.UserDefined()
}

// form returns what the graphs of the plan's flow depend on.
func (p BasePlan) form() specs.Form {
	return specs.Form{
		Dim: p.source.Dim(), Condition: dataset.ConditionDim(p.source), Architecture: p.architecture, Standardise: p.standardise,
		Seed: specs.SeedOfForm(p.architecture, p.recipe),
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
	return specs.Key(struct {
		Kind, Backend string
		Form          specs.Form
		Recipe        Recipe
		Precision     Precision
	}{specs.DensityKind, p.place.Backend, p.form(), recipe, p.precision})
}

// shape returns the key shared by plans that can train as one program, or "" if p must train alone.
// A plan with user functions trains alone, because these might look at more than their own rows.
func (p BetweenPlan) shape() string {
	p, err := p.resolved()
	if err != nil || !p.stacks() || !p.left.stackable() || !p.right.stackable() || p.relation.UserDefined() {
		return ""
	}
	for _, price := range p.goal.Penalties {
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
	return specs.Key(struct {
		Kind, Backend string
		Left, Right   specs.Form
		Architecture  Architecture
		Seed          uint64
		Recipe        Recipe
		Training      specs.Training
		Relation      string
		Among         bool
		Precision     Precision
	}{
		specs.TransportKind, p.place.Backend, p.left.form(), p.right.form(), p.architecture, specs.SeedOfForm(p.architecture, p.recipe),
		recipe, p.goal.Training(), p.relationName(), among, p.precision,
	})
}
