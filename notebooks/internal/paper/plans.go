package paper

import (
	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// This file makes the plans of all flows that are trained.

// recipes makes plans for a budget.
type recipes struct {
	budget Budget
	fast   bool
	store  string
}

// transports are the methods that train a flow for flow, as changes to its plan.
var transports = map[string]func(f4f.BetweenPlan) f4f.BetweenPlan{
	flowForFlow:   func(p f4f.BetweenPlan) f4f.BetweenPlan { return p },
	withPenalty:   func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.Penalty(f4f.L1(1)) },
	penaltyOnly:   func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.Penalty(f4f.L1(1)).PenaltyOnly() },
	identityStart: func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.IdentityStart() },
	identityBoth:  func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.IdentityStart().Penalty(f4f.L1(1)) },
	// Figure A.1: one more block per spline and one more layer.
	bigger:        func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.Blocks(3).Layers(5) },
	biggerPenalty: func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.Blocks(3).Layers(5).Penalty(f4f.L1(1)) },
}

// The paper's epochs over 10⁶ points (section 3).
const (
	baseEpochs, transportEpochs                       = 10, 20
	conditionalBaseEpochs, conditionalTransportEpochs = 32, 12
)

// base returns the plan of the base of a set. The identity with seed s has base seeds 2s − 1 on the
// left and 2s on the right, so that no two seeds share a base.
func (r recipes) base(set data.Distribution, seed uint64) f4f.BasePlan {
	return f4f.Base(set).Recipe(r.of(baseEpochs)).Seed(seed).Store(r.store)
}

// conditionalBase returns the plan of the base of a set under conditions.
func (r recipes) conditionalBase(c Case) f4f.BasePlan {
	return f4f.Base(c.source()).Recipe(r.of(conditionalBaseEpochs)).Seed(c.Seed).Store(r.store)
}

// bases returns the plans of a case's bases.
func (r recipes) bases(c Case) (left, right f4f.BasePlan) {
	if c.Family != "" {
		base := r.conditionalBase(c)
		return base, base
	}
	return r.base(setOf(c.Left), 2*c.Seed-1), r.base(setOf(c.Right), 2*c.Seed)
}

// between returns the plan of a case's flow for flow.
func (r recipes) between(c Case) f4f.BetweenPlan {
	left, right := r.bases(c)
	plan, epochs := f4f.Between(left, right), transportEpochs
	if c.Family != "" {
		plan, epochs = plan.On(f4f.Difference), conditionalTransportEpochs
	}
	recipe := r.of(epochs)
	recipe.NearIdentity = 0 // the fast recipe starts there; here a flow for flow starts at random, unless its method says otherwise
	return transports[c.Method](plan.Recipe(recipe)).Seed(c.Seed).Store(r.store)
}

// of returns the recipe that stands for a number of the paper's epochs.
func (r recipes) of(epochs int) f4f.Recipe {
	recipe := f4f.Paper()
	if r.fast {
		recipe = f4f.Fast()
		epochs = recipe.Epochs
	}
	recipe.Epochs, recipe.Samples = r.budget.schedule(epochs)
	return recipe
}
