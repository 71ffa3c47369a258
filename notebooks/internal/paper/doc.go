// Package paper runs the experiments of Klein, Raine and Golling, "Flows for Flows: Training
// Normalizing Flows Between Arbitrary Distributions with Maximum Likelihood Estimation"
// (arXiv:2211.02487), and some beyond it, and holds what comes out against what the paper claims.
//
//	err := paper.Run(ctx, paper.Options{Budget: "tenth", Folder: "out"})
//
// The table of experiments, with all sets, pairs, seeds and budgets, is plans.go. Each experiment
// is a list of cases: one flow, or one way from a distribution to another, to train and to measure.
// What is trained is kept in the store of package f4f, and each case's numbers in results.json as
// soon as they are there, so that a run that stops anywhere goes on from there. Figures are made
// when all that they show is measured, and the page after each case. A verdict on a claim comes
// from the numbers by the rules in claims.go, and by nothing else.
//
// The package imports kernelext for figures and f4f for flows; the command notebooks calls it.
package paper
