// Package galaxies holds what the tutorial galaxies and its long form share: the catalogue, a
// telescope's noise, the numbers that astronomers quote, and the rival, pzflow.
//
// The catalogue are the 100,000 simulated galaxies of the Python package pzflow (Crenshaw et al.,
// "Probabilistic Forward Modeling of Galaxy Catalogs with Normalizing Flows", arXiv:2405.04740; from
// the Buzzard simulation, DeRose et al., arXiv:1901.02401): redshifts, and magnitudes without noise
// in the six bands of the Rubin Observatory, ugrizy. Load has pip install that package, from the
// registry, and reads the catalogue from it. The order of rows is random, so the first 80,000 are to
// train on and the last 20,000 are held out.
//
// A galaxy's colours, such as u−g, say far more about its redshift than how bright it is. Magnitudes
// m and (i, u−g, g−r, r−i, i−z, z−y) are related by a linear map of determinant ±1, so densities of
// both are the same number, and log-likelihoods in nats can be compared.
package galaxies
