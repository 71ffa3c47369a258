// Package f4f trains normalizing flows, and flows for flows, from plans.
//
// A normalizing flow learns the density of points x as that of a standard normal z = f_φ⁻¹(x):
//
//	log p_φ(x) = log N(f_φ⁻¹(x); 0, I) + log|det ∂f_φ⁻¹/∂x|                                  (eq. 1)
//
// A flow for flow is a normalizing flow f_γ whose base distribution is another trained flow, so
// that it maps one arbitrary distribution onto another and is trained by exact maximum likelihood
// in either direction:
//
//	max_γ E_y [log p_left(f_γ⁻¹(y)) + log|det ∂f_γ⁻¹/∂y|]        inverse
//	max_γ E_x [log p_right(f_γ(x))  + log|det ∂f_γ/∂x|]          forward
//
// (Klein, Raine and Golling, "Flows for Flows: Training Normalizing Flows Between Arbitrary
// Distributions with Maximum Likelihood Estimation", arXiv:2211.02487.) An optional penalty on the
// distance that points move is added to either.
//
// With conditions a density is p(x|c), and f_γ is trained under what a Relation makes of the
// conditions of both sides: their difference c_y − c_x, both of them, the one they share, or a
// function of the user's. Among the conditions of one distribution there is one map for each pair
// of conditions, run forward from the one that comes first and backward to it, so that a way and
// its way back undo each other exactly (section 3.3).
//
// Base makes a plan for a normalizing flow, which trains into a Density; Between makes a plan for a
// flow for flow, which trains into a Transport. A plan is a value: each of its methods gives a
// changed copy, and nothing runs before Fit. A plan of which no more is said is trained by Default,
// the best recipe we know; Paper is the paper's. What was trained is kept in a store on disk under
// the plan's fingerprint, so fitting the same plan again loads it, in this process or in another;
// an interrupted fit resumes.
//
// MATHEMATICS.md in this package's folder has the equations beside the functions that compute them.
//
// No entry of this package panics: what can't work is an error that names the field, what it got,
// and what is allowed.
package f4f
