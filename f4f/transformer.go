package f4f

import (
	"github.com/flowsforflows/flows/f4f/bijection"
)

// Transformer names what a layer does to one feature, given the parameters that its network has for
// it. TransformerFunc adds one of the user's own.
type Transformer string

// Transformers of a plan.
var (
	// Spline is the monotone rational-quadratic spline with the plan's Bins and TailBound, the
	// default: arXiv:1906.04032.
	Spline = transformer("spline", func(a Architecture) bijection.Transformer { return bijection.Spline{Bins: a.Bins, Bound: a.TailBound} })
	// Affine is a shift and a scale, as in MAF and RealNVP.
	Affine = transformer("affine", func(Architecture) bijection.Transformer { return bijection.Affine{} })
)

// transformers make each transformer for an architecture.
var transformers = registry[func(Architecture) bijection.Transformer]{field: "transformer", function: "TransformerFunc"}

func transformer(name string, build func(Architecture) bijection.Transformer) Transformer {
	return Transformer(transformers.add(name, build))
}

// TransformerFunc registers a transformer of the user's own, for plans and for files that name it:
// call it before either. build returns the transformer for a plan's architecture, of which it may
// use Bins, TailBound or nothing. The name stands for the function in the plan's fingerprint: give
// another function another name. A second function under one name takes the place of the first.
// Fit errs on a name that is taken, and on a transformer that isn't valid.
func TransformerFunc(name string, build func(Architecture) bijection.Transformer) Transformer {
	return Transformer(transformers.addOwn(name, build, build == nil))
}

// told is the transformer where it isn't the default: plans of before there was a choice keep their
// fingerprints.
func (t Transformer) told() Transformer {
	if t == Spline {
		return ""
	}
	return t
}

// name undoes told.
func (t Transformer) name() string {
	if t == "" {
		t = Spline
	}
	return string(t)
}

// transformer returns the architecture's, nil where there is none of its name.
func (a Architecture) transformer() bijection.Transformer {
	build, _, err := transformers.get(a.Transformer.name())
	if err != nil {
		return nil
	}
	return build(a)
}
