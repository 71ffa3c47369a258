// Package python makes virtual environments of Python with pinned packages, and runs programs in
// them.
//
//	arrays := python.Packages{Name: "numpy", Pins: "numpy==2.4.6"}
//	env, err := arrays.Install(ctx)
//	if err != nil {
//		return err
//	}
//	err = env.Run(ctx, os.Stdout, "import numpy, sys; print(numpy.load(sys.argv[1]).mean(0))", "points.npy")
//
// An environment is made once, in the user's cache folder, from the package registry that pip is
// configured for. The user's own Python stays unchanged. If several programs install the same
// packages at once, one does it and the others wait. An installation that fails is not used, and
// the next one starts anew.
//
// The project itself needs no Python to train and use flows. Jupyter, the libraries that flows are
// compared with, and data that come in Python packages do.
package python
