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
// benchmark's repository, github.com/iamalexkorotin/Wasserstein2Benchmark, has the networks, and
// draws the mixtures from a seed. This makes the file of one dimension D, in its folder notebooks:
//
//	import sys, numpy, torch, safetensors.torch
//	sys.path.append("..")
//	from src import distributions, icnn
//	numpy.random.seed(0); torch.manual_seed(0)
//	left = distributions.RandomGaussianMixSampler(dim=D, num=3, device="cpu")
//	entries = {"centres": left.centers, "maps": left.std * left.maps}
//	x = left.sample(262144).requires_grad_()
//	total = 0
//	for name in "v1", "v2":
//	    v = icnn.DenseICNN(dim=D, rank=1, strong_convexity=1e-2, hidden_layer_sizes=[max(2*D, 64), max(2*D, 64), max(D, 32)])
//	    v.load_state_dict(torch.load(f"../benchmarks/Mix3toMix10/{D}_{name}.pt", map_location="cpu"))
//	    total = total + v(x).sum()
//	    entries |= {f"{name}.{key}": value for key, value in v.state_dict().items()}
//	y = torch.autograd.grad(total, x)[0]  # of mean 0 and mean variance 1, after shift and scale
//	entries |= {"shift": -y.mean(0), "scale": 1 / y.var(0).mean().sqrt().reshape(1)}
//	safetensors.torch.save_file({k: v.contiguous() for k, v in entries.items()}, f"mix3tomix10-{D}.safetensors")
//
// The package imports data, for the pair, and the reader of safetensors files.
package wasserstein2
