// Package calibration holds what the tutorial calibration and its long form share: events to
// calibrate, whose true calibration is known, and the rivals of a transport.
//
// The events are electrons and photons in a calorimeter, as a collider experiment calibrates them
// (Daumann et al., "One flow to correct them all: improving simulations in high-energy physics with
// a single normalising flow and a switch", arXiv:2403.18582). Features such as the shape of the
// shower and the isolation depend on transverse momentum, pseudorapidity and pile-up, the
// conditions. The simulation gets the features wrong, by an amount that depends on the conditions,
// and has other conditions, for which its weights make up:
//
//	z = m(c) + A ε,  x = g(z)                    in the simulation, weighted by p_data(c)/p_sim(c) and a sign
//	z' = z + δ(c) + λ(c)(z − m(c)) + κ(c) z_{−1},  x = g(z')     in the data
//
// ε is normal, and g_j makes a hard edge, a heavy tail, a spike at 0 or an angle of each component.
// So an event of the simulation has a true calibrated image: g(z') of the same ε.
package calibration
