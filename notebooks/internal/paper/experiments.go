package paper

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// Experiment is a section of the page: cases to measure, and figures of them.
type Experiment struct {
	Name    string // as in -only
	Title   string
	About   string // for the page
	Cases   []Case
	Weights []Case // the cases whose trained transports are published, besides the numbers
	Figures []figure
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
		}, {
			Name: "their-identities", Title: "Table 1 by flows4flows itself",
			About: "The identities by the authors' own code: without a penalty, by the transfer between its bases, with its own L1 penalty, and by that alone. It runs if -python names a Python that has flows4flows.",
			Cases: cases(identities, theirMethods(flowForFlow, baseTransfer, withPenalty, penaltyOnly), 3),
		}, {
			Name: "their-pairs", Title: "Figure 4 by flows4flows itself",
			About: "The three inputs to each of the four targets by the authors' own code. It runs if -python names a Python that has flows4flows.",
			Cases: cases(grid, theirMethods(flowForFlow, baseTransfer), 1),
		},
	}
}

// chosen returns the named experiments in the table's order, or all experiments if no name is
// given. It returns an error on an unknown name.
func chosen(only []string) ([]Experiment, error) {
	all := Experiments()
	var known []string
	for _, e := range all {
		known = append(known, e.Name)
	}
	for _, name := range only {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("paper: experiments are %s; got %q", strings.Join(known, ", "), name)
		}
	}
	if len(only) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(e Experiment) bool { return !slices.Contains(only, e.Name) }), nil
}

// weights returns the cases of all experiments whose trained transports are published.
func weights() (all []Case) {
	for _, e := range Experiments() {
		all = append(all, e.Weights...)
	}
	return all
}
