package paper

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// This file defines all that is trained: the sets, the families of conditions, the methods, the
// budgets, and the experiments made of them.

// sets are the distributions of the paper.
var sets = []data.Distribution{
	data.Ring(), data.ConcentricRings(), data.FourCircles(), data.Checkerboard(), data.TwoSpirals(), data.Star(), data.EightStar(),
}

// families are the distributions under a condition: each set is rotated, or scaled about the
// origin.
var families = []family{
	{"rotated", func(s data.Source) *data.Warped { return data.Rotated(s, 45) },
		stop{"0°", 0}, []stop{{"15°", 15. / 45}, {"30°", 30. / 45}, {"45°", 1}}},
	// The scales correspond to the angles: they divide the range, from the original size on, into
	// thirds. At the far end of the range, ½, the density of the conditions that training draws
	// falls to 0.
	{"scaled", func(s data.Source) *data.Warped { return data.Radial(s) },
		stop{"1", 1}, []stop{{"5/6", 5. / 6}, {"2/3", 2. / 3}, {"1/2", 1. / 2}}},
}

// Methods: how points of the left distribution are mapped, or which distribution is learned.
const (
	flowForFlow    = "flow for flow"
	withPenalty    = "L1 penalty"   // with weight 1.0, as in the paper
	penaltyOnly    = "penalty only" // the paper's lower bound
	baseTransfer   = "base transfer"
	identityStart  = "identity start"
	identityBoth   = "identity start, L1 penalty"
	bigger         = "bigger"
	biggerPenalty  = "bigger, L1 penalty"
	baseSampling   = "base sampling"   // points drawn from the base at the condition
	learnedBase    = "base"            // the left distribution, as its base learned it
	byFlows4flows  = "flows4flows"     // the authors' own code
	optimalPairing = "optimal pairing" // nothing is learned: the least distance by which any map must move points
)

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
	paperPoints                                       = 1_000_000
)

// Budgets, the largest first.
var budgets = []Budget{
	{Name: "paper", About: "the paper's epochs of a million points", Share: 1, Seeds: 3, Evaluated: 100_000, Paired: 1000, Pairings: 3},
	{Name: "tenth", About: "a tenth of the paper's steps", Share: 0.1, Seeds: 3, Evaluated: 100_000, Paired: 1000, Pairings: 3},
	{Name: "quick", About: "256 steps a flow and a single seed, to check that everything works; its numbers decide nothing", Points: 32_768, Seeds: 1, Evaluated: 5000, Paired: 300, Pairings: 2, Together: true},
}

// Experiments returns all experiments, in the order in which they are run.
func Experiments() []Experiment {
	// An identity is between two bases of a set that differ in their seeds. The other pairs are the
	// paper's grid.
	var identities []pair
	for _, s := range sets {
		identities = append(identities, pair{s.Name(), s.Name()})
	}
	inputs := names(data.ConcentricRings(), data.Checkerboard(), data.Star())
	targets := names(data.Ring(), data.Checkerboard(), data.TwoSpirals(), data.EightStar())
	var grid []pair
	for _, from := range inputs {
		for _, to := range targets {
			grid = append(grid, pair{from, to})
		}
	}
	rings, eight := data.ConcentricRings().Name(), data.EightStar().Name()
	penalised := []pair{{rings, rings}, {eight, eight}, {rings, eight}}
	enlarged := []pair{{rings, eight}, {data.Checkerboard().Name(), data.TwoSpirals().Name()}, {data.Star().Name(), data.Ring().Name()}}
	ways := []string{flowForFlow, withPenalty, baseTransfer, baseSampling}
	beside := []pair{{data.Checkerboard().Name(), data.Checkerboard().Name()}, {rings, rings}}
	circles := data.FourCircles().Name()
	others := names(data.Checkerboard(), data.ConcentricRings(), data.Star())

	return []Experiment{
		{
			Name: "bound", Title: "How far any map must move points",
			About: "The least mean distance by which one sample can be moved onto another, point by point, computed exactly: no map of the one sample onto the other moves points by less. Beside it is the mean distance of points paired at random, which is the scale of all displacements below. " +
				"The bound of samples is above that of their distributions. For a set to itself the latter is 0, so the number here shows by how much so few points overstate it.",
			Cases: cases(union(identities, grid), []string{optimalPairing}, 1),
		}, {
			Name: "fig3", Title: "Figures 3 and A.2: the identity",
			About: "A distribution is mapped to itself, between two bases of it that differ only in their seeds. Each point has the colour of its starting place: the identity leaves every colour in place.",
			Cases: cases(identities, []string{flowForFlow, baseTransfer}, 1), Weights: cases(identities, []string{flowForFlow}, 1),
			Figures: colourCoded("fig3", identities, flowForFlow, baseTransfer),
		}, {
			Name: "fig4", Title: "Figure 4: between different distributions",
			About: "Three inputs to each of four targets, by one flow for flow and by two bases composed.",
			Cases: cases(grid, []string{flowForFlow, baseTransfer}, 1),
			Figures: []figure{
				{name: "fig4-flow-for-flow", published: true, caption: "By a flow for flow.", draw: crossing(inputs, targets, flowForFlow), cases: cases(grid, []string{flowForFlow}, 1)},
				{name: "fig4-base-transfer", published: true, caption: "By the composition of two bases.", draw: crossing(inputs, targets, baseTransfer), cases: cases(grid, []string{baseTransfer}, 1)},
			},
		}, {
			Name: "fig6", Title: "Figures 6 and 7: four circles under rotation",
			About: "One conditional base, and a flow for flow between its conditions that sees their difference. Points below the 0.1% quantile of the true log-density count as out of the distribution.",
			Cases: turned([]string{circles}, []string{"rotated"}, ways, 3), Weights: turned([]string{circles}, []string{"rotated"}, []string{flowForFlow}, 1),
			Figures: underConditions("fig6", "fig7", []string{circles}, "rotated"),
		}, {
			Name: "table1", Title: "Table 1: how far points are moved to where they are",
			About: "The same identities, with three seeds each. The paper marks rows of another random initialisation by †. Here all seeds are included, and † marks means whose seeds differ by more than a factor of two: there the initialisation decides.",
			Cases: cases(identities, []string{flowForFlow, withPenalty, baseTransfer, penaltyOnly}, 3),
		}, {
			Name: "fig5", Title: "Figure 5: concentric rings and eight star, without and with the penalty",
			About: "Each to itself, and the one to the other.",
			Cases: cases(penalised, []string{flowForFlow, withPenalty}, 1), Figures: colourCoded("fig5", penalised, flowForFlow, withPenalty),
		}, {
			Name: "figA1", Title: "Figure A.1: the bigger model",
			About: "One more block per spline and one more layer, without and with the penalty.",
			Cases: cases(enlarged, []string{bigger, biggerPenalty}, 1), Figures: colourCoded("figA1", enlarged, bigger, biggerPenalty),
		}, {
			Name: "appB", Title: "Appendix B: other sets, turned and scaled",
			About: "As figures 6 and 7.",
			Cases: append(turned(others, []string{"rotated"}, ways, 1), turned(append([]string{circles}, others...), []string{"scaled"}, ways, 1)...),
			Figures: append(underConditions("appB-out", "appB-ways", others, "rotated"),
				underConditions("appB-out", "appB-ways", append([]string{circles}, others...), "scaled")...),
		}, {
			Name: "bases", Title: "How good the bases are",
			About: "The KL to the truth of every base in the experiments above, beside that of the bases that the authors released, trained for 32 epochs.",
			Cases: basesOf(6),
		}, {
			Name: "identity", Title: "Beyond the paper: a start at the identity",
			About: "The identities of Table 1, by a flow for flow that is exactly the identity before its first step, without and with the penalty.",
			Cases: cases(identities, []string{identityStart, identityBoth}, 3),
		}, {
			Name: "trade", Title: "Beyond the paper: displacement against KL",
			About: "A map that moves points little but misses the target is no good: low and to the left is best. There is a mark for each set and seed of Table 1 and of the start at the identity.",
			Cases: cases(identities, identityMethods, 3),
			Figures: []figure{
				{name: "trade", caption: "Every identity: how far points are moved, and how far what arrives is from the truth.", draw: trade(identities), cases: cases(identities, identityMethods, 3)},
			},
		}, {
			Name: "flows4flows", Title: "Beside flows4flows itself",
			About: "Checkerboard and concentric rings to themselves, by the authors' own code, with the paper's architecture and recipe. The trained flows are read and measured by the same code as ours. It runs if -python names a Python that has flows4flows.",
			Cases: cases(beside, []string{flowForFlow, byFlows4flows, baseTransfer}, 3),
		},
	}
}

// identityMethods are all methods of Table 1 and of the start at the identity.
var identityMethods = []string{flowForFlow, withPenalty, baseTransfer, penaltyOnly, identityStart, identityBoth}

// cases returns all pairs by all methods, the first seed of all before the second.
func cases(pairs []pair, methods []string, seeds int) (all []Case) {
	for seed := range uint64(seeds) {
		for _, p := range pairs {
			for _, m := range methods {
				all = append(all, Case{Left: p.left, Right: p.right, Method: m, Seed: seed + 1})
			}
		}
	}
	return all
}

// turned returns all sets in all families by all methods.
func turned(sets, families, methods []string, seeds int) (all []Case) {
	for seed := range uint64(seeds) {
		for _, f := range families {
			for _, s := range sets {
				for _, m := range methods {
					all = append(all, Case{Left: s, Right: s, Family: f, Method: m, Seed: seed + 1})
				}
			}
		}
	}
	return all
}

// basesOf returns the bases of all sets, with seeds from 1.
func basesOf(seeds int) (all []Case) {
	for seed := range uint64(seeds) {
		for _, s := range sets {
			all = append(all, Case{Left: s.Name(), Method: learnedBase, Seed: seed + 1})
		}
	}
	return all
}

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

// schedule returns the budget's epochs and points in place of a number of epochs of 10⁶ points. It
// uses as few epochs as possible, so that as many points as possible are new.
func (b Budget) schedule(epochs int) (of, points int) {
	if b.Points > 0 {
		return 1, b.Points
	}
	of = max(1, int(math.Round(float64(epochs)*b.Share)))
	return of, int(math.Round(paperPoints * float64(epochs) * b.Share / float64(of)))
}

// setOf returns the set with the name, which must be one of the table.
func setOf(name string) data.Distribution {
	for _, s := range sets {
		if s.Name() == name {
			return s
		}
	}
	panic(fmt.Sprintf("paper: there is no set %q among those of the table", name)) // a mistake in the table above, which a test finds
}
