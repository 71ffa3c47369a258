// Package data holds what a flow learns from: distributions to draw points from, tables of points,
// and a scaler that standardises points before training.
//
// # Points and sources
//
// Points are N points of D features, stored as float32 in row-major order. They implement gonum's
// mat.Matrix. A Source is anything that points can be drawn from: it has a name, a dimension and
// Sample(n, seed). The same n and seed give the same points. Plane distributions of different names
// are independent under one seed; two tables of equal length are drawn in the same order of rows,
// so give them different seeds. Further interfaces say what else is known: a Distribution has a
// density and an entropy, a Finite source is a table, and a ConditionalSource draws each point with
// a condition.
//
// # Plane distributions
//
// The distributions of "Flows for Flows" (Klein, Raine and Golling, 2022) are Ring, Annulus,
// ConcentricRings, FourCircles, Checkerboard, TwoSpirals, Star and EightStar. Others in common use
// are Gaussian, EightGaussians, TwoMoons, Crescent, Pinwheel, SwissRoll, Diamond and UniformSquare,
// and VonMisesMixture, whose features are angles. Named lists them all and ByName finds one by its
// name. Each is a fixed distribution whose constants are in its comment, so that results can be
// compared between machines.
//
// All of them are Distributions, so a fitted flow q can be compared with the truth p and not only
// with other flows:
//
//	KL(p ‖ q) = E_p[log p(x) − log q(x)] = −E_p[log q(x)] − H(p)
//
// Most densities are closed forms: a normal distribution smeared over a circle (with the Bessel
// function I₀), or over a bar (with erf). Annulus, TwoSpirals, TwoMoons and SwissRoll have no
// closed form. Their densities are computed by Gauss–Legendre quadrature over one parameter, to
// better than 1e-6, with nodes from gonum's integrate/quad. Entropies are constants to six digits;
// a test compares them with −∫ p log p over a fine grid.
//
// # Distributions of any dimension
//
// Gaussian is the standard normal distribution, Normal one with any mean and covariance, Mixture a
// mixture of these, and Box the uniform distribution on a box. f4f.Known takes each as the density
// of a side of a transport.
//
// An OptimalPair is two distributions and the optimal map between them, to compare a learned map
// with: of normal distributions, of one feature, or of a distribution and its image by the gradient
// of a convex function (a Potential, such as Ridges).
//
// # Conditions
//
// NewWarped makes a conditional source from any source and a Warp, which is a family of maps with
// a distribution of conditions. Rotated, Radial and Elliptic are those of the paper. Given(c)
// returns the distribution at one condition, the truth to compare a flow with at that condition:
//
//	log p(x|c) = log p_source(w⁻¹(x; c)) + log|det ∂w⁻¹/∂x|
//
// # Your own points
//
// Points from memory or from a file become a Table, which is a Source. Points with conditions
// become a ConditionalTable. A Scaler standardises points, undoes that, and gives the
// log-determinant.
//
// ReadCSV, ReadNPY and ReadNPZ read files, and package data/parquet reads Parquet files. The
// readers detect the layout of a file. Where it is ambiguous, they return an error that names the
// option to set. Points.Notes lists what they have guessed, left out or rounded. Codes for missing
// values, such as -999, are named by the option MissingValues, or left out by Points.DropMissing.
// WriteCSV, WriteNPY and WriteNPZ write points. HStack puts columns side by side, and VStack tables
// one below the other.
//
// OneHot makes classes into conditions, and the readers do so with a column of text.
// ConditionalTable.GroupBy splits a table by a class, or by ranges of a condition.
//
// Points may have weights, of any sign: from memory (Points.WithWeights), or from a file (the
// option Weight of CSV and NPZ). Points made from weighted points keep the weights.
//
// Columns may have periods: Points.WithPeriod makes a column an angle, for metrics and figures.
// Points that come from a flow with Angle have the period of the column.
//
// # Columns
//
// A ColumnMap is a map of one column, such as Log or Logit. A plan (f4f.BasePlan.Column) applies it
// before the flow sees the column, and its inverse to samples. Angle makes a column periodic.
// Prepare looks at each column and proposes maps for it, and PrepareConditions does so for
// conditions. A Pipeline holds the maps of all columns, fitted to some points:
//
//	log p(x) = log p(u) + log|det ∂u/∂x|,  u = pipeline(x)
//
// The likelihood of whole numbers, or of other values on a grid, has no upper bound. Dequantize
// adds noise to such columns that fills the steps of the grid, and the Grid that it returns takes
// samples of a flow back to the grid. For whole numbers the map Whole does both within a plan.
package data
