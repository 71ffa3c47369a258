// Package paper runs the experiments of Klein, Raine and Golling, "Flows for Flows: Training
// Normalizing Flows Between Arbitrary Distributions with Maximum Likelihood Estimation"
// (arXiv:2211.02487), and some beyond it, and compares the results with the paper's claims.
//
//	err := paper.Run(ctx, paper.Options{Budget: "tenth", Folder: "out"})
//
// The table of experiments, with all pairs and seeds, is in experiments.go, its sets are in sets.go
// and its budgets in budget.go. Each experiment is a list of cases. A case is one flow, or one way
// from a distribution to another, to train and to measure. Trained flows are kept in the store of
// package f4f. Each case's numbers are written to results.json as soon as they are measured, so a
// run that stops anywhere can be continued. A figure is drawn once all that it shows is measured,
// and the page is written after each case. The verdict on a claim follows from the numbers by the
// rules in claims.go, counted as count.go says, and from nothing else.
//
// The package uses kernelext for figures and f4f for flows. The command notebooks calls it.
package paper
