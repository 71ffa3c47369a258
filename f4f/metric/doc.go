// Package metric says how good a fitted flow is, from points and log-densities alone: it knows no flow.
//
// Five questions, each with the number that answers it:
//
//	how far is the learned density from the true one?   KL, ForwardKL, ReverseKL    nats     ∫ p log(p/q)
//	do two sets of points have one distribution?        SlicedWasserstein           x's unit (∫ W_r(θ·x, θ·y)^r dθ)^(1/r)
//	                                                    EnergyDistance              x's unit 2E|X−Y| − E|X−X'| − E|Y−Y'|
//	                                                    AUC                         share    of a classifier that tells them apart
//	how much lies where the truth doesn't?              OutsideShare                share    of points below the truth's 0.1% quantile
//	how far does a map move its points?                 Displacement                x's unit E|f(x) − x|
//	and how far would any have to?                      OptimalPairing              x's unit min over pairings of E|y − x|
//
// A transport is judged by two of them together: how well what it makes fits the right
// distribution, and how far it moved the left one. A map that moves little by not arriving is no
// good.
//
// Outside tells which points those are that OutsideShare counts. Reweight gives the weights of the
// usual alternative to a map, a density ratio, for AUC and figures.
//
// KL, Displacement, OutsideShare and AUC come with standard errors. Logarithms are natural. Points
// are float32, as everywhere; the arithmetic is float64. The package imports data, for the points,
// and gonum, for statistics.
package metric
