// Package data is what there is to learn from: distributions that points are drawn from, tables of
// points, and the scaling that brings them to where a flow is at its best.
//
// # Points and sources
//
// Points are N points of D features, float32 and row-major; they go straight into gonum. Whatever
// points can be drawn from is a Source, with a name, a dimension and Sample(n, seed). The same n
// and seed give the same points, and two sources drawn with one seed are independent. What is known
// beyond that is a further interface: Exact has a density and an entropy, Finite is a table,
// ConditionalSource draws each point with a condition.
//
// # The sets of the plane
//
// The sets of "Flows for Flows" (Klein, Raine and Golling, 2022) are Ring, Annulus,
// ConcentricRings, FourCircles, Checkerboard, TwoSpirals, Star and EightStar, and the field's other
// usual ones Gaussian, EightGaussians, TwoMoons, Crescent, Pinwheel, SwissRoll, Diamond and
// UniformSquare. Named lists them and ByName finds one. Each is a fixed distribution, its constants
// in its comment, so that numbers compare from one machine to the next.
//
// All are Exact, so that a fitted flow q can be held to the truth p and not only to other flows:
//
//	KL(p ‖ q) = E_p[log p(x) − log q(x)] = −E_p[log q(x)] − H(p)
//
// Most densities are closed forms: of a normal distribution smeared over a circle (with the Bessel
// function I₀), or over a bar (with erf). Where a curve has none (Annulus, TwoSpirals, TwoMoons,
// SwissRoll) it is Gauss–Legendre quadrature over the one parameter, to better than 1e-6; its nodes
// come from gonum's integrate/quad. Entropies are constants to six digits, which a test holds to −∫
// p log p over a fine grid.
//
// # Conditions
//
// Conditional makes a conditional source of any other and a Warp, a family of maps with a
// distribution of conditions; Rotated, Radial and Elliptic are the paper's. Given(c) is the
// distribution at one condition, the truth that a flow there is judged against:
//
//	log p(x|c) = log p_source(w⁻¹(x; c)) + log|det ∂w⁻¹/∂x|
//
// # Points of your own
//
// Points from memory, from CSV and from NumPy's .npy become a Table, which is a Source like any
// other, or with their conditions a ConditionalTable. A Scaler standardises points, and undoes it
// with its log-determinant.
//
// A density of whole numbers, or of other values on a grid, has no bound. Dequantize gives such
// columns noise that fills the grid, and its Grid takes what a flow draws back to it.
package data
