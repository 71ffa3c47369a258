// Package wasserstein2 reads the pairs of distributions of the Wasserstein-2 benchmark (Korotin et
// al., "Do Neural Optimal Transport Solvers Work? A Continuous Wasserstein-2 Benchmark", NeurIPS
// 2021) whose optimal map is known, from files that hold them as data.
//
//	pair, err := wasserstein2.Read("mix3tomix10-2.safetensors")
//	x, err := pair.Left().Sample(4096, 1)
//	truth, err := pair.Map(x)
//	y, err := transport.Forward(x)
//	uvp, err := metric.UVP(truth, y)
//
// The left distribution is a mixture of normal distributions. The map is the gradient of the sum of
// two input-convex networks, shifted and scaled:
//
//	T*(x) = scale · (∇v₁(x) + ∇v₂(x) + shift)
//
// The files aren't part of this module: Read takes one by its path and says what it must hold. The
// package imports data, for the pair, and the reader of safetensors files.
package wasserstein2
