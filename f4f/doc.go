// Package f4f trains normalizing flows, and flows for flows, from plans.
//
// A normalizing flow learns the density of points x. It maps them to a standard normal variable
// z = f_φ⁻¹(x):
//
//	log p_φ(x) = log N(f_φ⁻¹(x); 0, I) + log|det ∂f_φ⁻¹/∂x|                                  (eq. 1)
//
// A flow for flow is a normalizing flow f_γ whose base distribution is another trained flow. It
// maps one arbitrary distribution onto another, and is trained by exact maximum likelihood in
// either direction:
//
//	max_γ E_y [log p_left(f_γ⁻¹(y)) + log|det ∂f_γ⁻¹/∂y|]        inverse
//	max_γ E_x [log p_right(f_γ(x))  + log|det ∂f_γ/∂x|]          forward
//
// The method is that of Klein, Raine and Golling, "Flows for Flows: Training Normalizing Flows
// Between Arbitrary Distributions with Maximum Likelihood Estimation", arXiv:2211.02487. The
// comments of this package call it the paper. A penalty on the distance that points move can be
// added to either objective.
//
// With conditions c (the context of other libraries), the density is p(x|c). A Relation says what
// f_γ sees of the conditions of both sides: their difference c_y − c_x, both of them, the one they
// share, or a function of your own. Both sides may also be one conditional distribution. Then f_γ
// is one map for each pair of conditions. It runs forward from the condition that comes first in
// the relation's order, and inverse towards it. The maps from c_x to c_y and from c_y to c_x are
// therefore each other's inverse, up to rounding (section 3.3).
//
//	circles := f4f.Base(data.FourCircles())
//	board := f4f.Base(data.Checkerboard())
//	t, err := f4f.Between(circles, board).Fit(ctx) // trains the bases too
//	y, err := t.Forward(x)                         // points of the left, moved to the right
//	logProbs, err := t.Right().LogProb(y)          // of the right base, a Density
//	z, err := t.Left().Sample(1000, 1)             // and Forward of it samples the transport
//
// Base returns a plan for a normalizing flow, and its Fit trains a Density. Between returns a plan
// for a flow for flow, and its Fit trains a Transport. A plan is a value: each of its methods
// returns a changed copy, and nothing runs before Fit. Plans start from the recipe Default, the
// best we know; Paper is the recipe of the paper.
//
// A side of a transport can also be given instead of learned: Known takes a normal distribution, a
// mixture, a box, a log-density of your own, or a trained density, such as the image of another
// transport (Transport.Image). And one side can be points alone (PointsOf), which takes no training
// either: the transport is then trained towards the density on the other side.
//
// A plan can transform single columns before the flow (BasePlan.Column, ConditionColumn;
// data.Prepare proposes maps), make them angles (data.Angle), and give them another base
// distribution (BasePlan.BaseDistribution). If points have weights (data.Points.WithWeights), the
// likelihood is weighted. Ensemble and CrossFit return plans for several flows of one plan, for
// error bars and for results on rows that a flow was not trained on.
//
// Fit keeps the trained flow in a store on disk, under the plan's fingerprint. Fitting the same
// plan again, in this process or in another, loads the flow. An interrupted fit resumes.
//
// The small types of a plan (Recipe, Architecture, Relation, Penalty, Direction, …) are aliases of
// types of package plan, which documents their fields and methods.
//
// MATHEMATICS.md in this package's folder shows the equations beside the functions that compute
// them.
//
// No exported function of this package panics. Errors name the field, the value and what is
// allowed. The setters of a plan check nothing; Fit returns an error if a value is not allowed.
package f4f
