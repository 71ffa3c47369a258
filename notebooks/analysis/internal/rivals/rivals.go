// Package rivals pins the Python packages that analyses need: the libraries that they are compared
// with, and those that hold their data.
//
//	env, err := rivals.ScikitLearn().Install(ctx)
//	if err != nil {
//		return err
//	}
//	err = env.Run(ctx, os.Stdout, program, "train.npz", "scores.npy")
package rivals

import "github.com/flowsforflows/flows/f4f/backend/python"

// ScikitLearn are scikit-learn and NumPy. Its gradient-boosted trees, HistGradientBoostingClassifier,
// are the classifier that reweights samples. Since version 1.9 they choose bins by the weights, which
// then must not be negative.
func ScikitLearn() python.Packages {
	return python.Packages{
		Name: "scikit-learn", Size: "some 250 MB", Oldest: 11,
		Pins: "scikit-learn==1.8.0\nscipy==1.17.1\nnumpy==2.4.6\njoblib==1.6.0\nthreadpoolctl==3.8.0\n",
	}
}

// Galaxies are the data of package pzflow and what reads them, without JAX, which pzflow needs to
// train.
func Galaxies() python.Packages {
	return python.Packages{
		Name: "galaxies", Alone: true, Size: "some 150 MB", Oldest: 11,
		Pins: "pzflow==4.0.0\npandas==3.1.1\nnumpy==2.4.6\npython-dateutil==4.0.0\ntzdata==2026.6\n",
	}
}

// Statsmodels has regressions of counts, and tables to try them on.
func Statsmodels() python.Packages {
	return python.Packages{
		Name: "statsmodels", Size: "some 300 MB", Oldest: 11,
		Pins: "statsmodels==0.15.0\nnumpy==2.4.6\nscipy==1.17.1\npandas==3.1.1\npatsy==1.0.3\nformulaic==1.2.2\npackaging==26.4\npython-dateutil==4.0.0\n",
	}
}

// PZFlow is pzflow with JAX for the CPU.
func PZFlow() python.Packages {
	return python.Packages{
		Name: "pzflow", Size: "some 700 MB", Oldest: 11,
		Pins: "pzflow==4.0.0\njax==0.10.2\njaxlib==0.10.2\noptax==0.2.8\npandas==3.1.1\nnumpy==2.4.6\nscipy==1.17.1\n",
	}
}
