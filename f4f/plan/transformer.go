package plan

import (
	"github.com/flowsforflows/flows/f4f/bijection"
)

// The transformers of a plan.
var (
	// Spline is the monotone rational-quadratic spline (arXiv:1906.04032) with the plan's Bins and
	// TailBound. It is the default.
	Spline = transformer("spline", func(a Architecture) bijection.Transformer { return bijection.Spline{Bins: a.Bins, Bound: a.TailBound} })
	// Affine is a shift and a scale, as in MAF and RealNVP.
	Affine = transformer("affine", func(Architecture) bijection.Transformer { return bijection.Affine{} })
)

// transformers holds the transformers by name, each as a function of the architecture.
var transformers = registry[func(Architecture) bijection.Transformer]{field: "transformer", function: "TransformerFunc"}

// transformer adds one of the library's own transformers.
func transformer(name string, build func(Architecture) bijection.Transformer) Transformer {
	return Transformer(transformers.add(name, build))
}

// TransformerFunc registers a transformer of your own under a name, for plans and files that use
// the name. Call it before you make such a plan or load such a file. build returns the transformer
// for a plan's architecture, of which it may use Bins and TailBound.
//
// The name stands for the function in the plan's fingerprint: give a different function a different
// name. A second function under the same name replaces the first. Fit returns an error if the name
// is taken by a transformer of the library, or if the transformer is not valid.
func TransformerFunc(name string, build func(Architecture) bijection.Transformer) Transformer {
	return Transformer(transformers.addOwn(name, build, build == nil))
}

// name returns the name in the registry: plans and files have "" for the default, Spline.
func (t Transformer) name() string {
	if t == "" {
		t = Spline
	}
	return string(t)
}

// transformer returns the architecture's transformer, or nil if its name is not registered.
func (a Architecture) transformer() bijection.Transformer {
	build, _, err := transformers.get(a.Transformer.name())
	if err != nil {
		return nil
	}
	return build(a)
}
