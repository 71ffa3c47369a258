// Package bijection holds the invertible maps that normalizing flows are made of, as builders of
// GoMLX graphs.
//
// A Bijection turns points x [batch, D] into points y [batch, D] and knows log|det ∂y/∂x| of every
// point; its Inverse does the same the other way round. With a density p_z on one side that is all
// a normalizing flow needs:
//
//	log p(x) = log p_z(f(x)) + log|det ∂f/∂x|
//
// The maps that learn are layers that apply a Transformer to each feature: a monotone map of one
// feature, whose parameters come from a network. Autoregressive has a masked network (Germain et
// al., "MADE", arXiv:1502.03509), Coupling a plain one that looks at half of the features. The
// transformers are the rational-quadratic spline (Spline; Durkan, Bekasov, Murray and Papamakarios,
// "Neural Spline Flows", arXiv:1906.04032), the affine map (Affine) and a user's own. Between layers
// stand maps that mix features: Reversal, Permutation and LULinear. Chain composes any of them and
// Inverted turns one round.
//
// A Bijection is a value that says what to build. Its weights live in a GoMLX model.Store under the
// scope that is handed to Forward and Inverse, so that one value with one scope is one map, however
// often it is built into a graph. Weights are created, in the dtype of the points, when a graph is
// first built with them.
//
// Functions that build graphs panic when shapes don't fit, as GoMLX's own do; whoever calls them
// from a program recovers, as package f4f does. Package bijectiontest holds any Bijection, a user's
// own included, to the promises above.
package bijection
