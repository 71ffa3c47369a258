// Package metric measures how good a fitted flow is. It works on points and log-densities alone and
// imports no flow.
//
// It answers these questions:
//
//	how far is the learned density from the true one?   KL, ReverseKL               nats     ∫ p log(p/q)
//	do two sets of points have one distribution?        SlicedWasserstein           x's unit (∫ W_r(θ·x, θ·y)^r dθ)^(1/r)
//	                                                    EnergyDistance              x's unit 2E|X−Y| − E|X−X'| − E|Y−Y'|
//	                                                    AUC                         share    of a classifier that separates them
//	how much lies outside the true distribution?        OutsideShare                share    of points below the truth's 0.1% quantile
//	how far does a map move its points?                 Displacement                x's unit E|f(x) − x|
//	and how many of them by at most d?                  CumulativeDisplacement      share    P(|f(x) − x| ≤ d)
//	and how far would any map have to?                  OptimalPairing              x's unit min over pairings of E|y − x|
//	how far is a map from the optimal one?              UVP, Cosine                 %, 1     100·E|T − T*|²/Var T*
//	                                                    MapCost                     x's²     E|T − x|², and at best among its images
//	in which bin of which feature do two sets differ?   Ratios                      ratio    share of x / share of the truth
//	and in which correlation?                           CorrelationDifferences      1        r of x − r of the truth
//	are predictions of a value calibrated?              Predictions.PIT             share    F(y)
//	and sharp?                                          Predictions.CRPS            y's unit ∫ (F(x) − 1[x ≥ y])² dx
//	what does a cut on scores keep?                     ROC                         share    P(score > t) of signal, of background
//
// One rule for the order of arguments: the truth p comes first, and what is compared with it
// second, whichever way a divergence points: KL(truth, …) is KL(p‖q), and ReverseKL(truth, …) is
// KL(q‖p). EnergyDistance and SlicedWasserstein give the same in either order. Displacement and
// OptimalPairing take the points before the move first. Functions of log-densities take those of p
// before those of q.
//
// KL and ReverseKL take a density as a function, KLFromLogProbs and ReverseKLFromLogProbs its
// values at points.
//
// Judge a transport by two of them together: how well its output fits the right distribution, and
// how far it moved the left points. A map that moves points little because they don't arrive is no
// good.
//
// All metrics of points use the points' weights (data.Points.WithWeights), except OptimalPairing
// and MapCost, which pair points one to one and return an error for points of different weights.
// Functions of log-densities, such as KLFromLogProbs, give each point the same weight.
//
// Outside returns which points OutsideShare counts. Reweight returns density ratios, the usual
// alternative to a map, as weights for AUC and figures.
//
// PIT.Uniformity tests whether predictions are calibrated. ROCCurve.SIC is what a cut gains in
// significance. Package kernelext/plot draws the results of Ratios, Correlations, PIT, ROC and
// CumulativeDisplacement.
//
// KL, Displacement, OutsideShare, UVP, Cosine, MapCost, AUC, CRPS, Correlations and Mean come with
// standard errors, which Estimate.Interval turns into intervals. Ratios have errors of their own,
// and ROC has intervals. Bootstrap puts an interval on any metric of points, such as
// SlicedWasserstein, EnergyDistance and OptimalPairing.
//
// Columns with a period (data.Points.WithPeriod) are angles; points from a flow with data.Angle
// have the period by themselves, and it is enough if one of two sets has it. EnergyDistance,
// SlicedWasserstein and AUC put angles on circles, Displacement, OptimalPairing and MapCost take
// the shorter way around, and the bins of Ratios go once around. UVP and Cosine take no angles.
//
// Logarithms are natural. Points are float32; the arithmetic is float64. The package imports data,
// for the points, and gonum, for statistics.
package metric
