// Package bijection provides the invertible maps that normalizing flows are made of, as builders of
// GoMLX graphs.
//
// A Bijection maps points x [batch, D] to points y [batch, D] and returns log|det ∂y/∂x| of every
// point. Its Inverse does the same in the other direction. A bijection f and a density p_z on one
// side are all that a normalizing flow needs:
//
//	log p(x) = log p_z(f(x)) + log|det ∂f/∂x|
//
// The maps that learn are layers. A layer applies a Transformer to each feature: a monotone map of
// one feature, whose parameters come from a network. Autoregressive uses a masked network (Germain
// et al., "MADE", arXiv:1502.03509). Coupling uses a plain network that sees half of the features.
// The transformers are the rational-quadratic spline (Spline; Durkan, Bekasov, Murray and
// Papamakarios, "Neural Spline Flows", arXiv:1906.04032), the affine map (Affine) and any of your
// own. ConvexPotential is a layer without a transformer, the gradient of a convex function of all
// features (Huang et al., "Convex Potential Flows", arXiv:2012.05942). A feature may be an angle
// (Autoregressive.Angles), by a circular form of the spline (Rezende et al., arXiv:2002.02428).
// Maps that mix features stand between the layers: Reversal, Permutation and LULinear. Chain
// composes bijections, and Inverted swaps the directions of one.
//
// A Bijection is a value that describes what to build. Its weights live in a GoMLX model.Store,
// under the scope that is passed to Forward and Inverse. So one value with one scope is one map,
// however often it is built into a graph. Weights are created, in the dtype of the points, when a
// graph is first built with them.
//
// Functions that build graphs panic when shapes don't fit, as GoMLX's own do. A program that calls
// them recovers the panic, as package f4f does. Package bijectiontest tests that a Bijection,
// including one of your own, keeps the promises above.
package bijection
