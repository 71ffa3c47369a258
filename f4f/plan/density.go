package plan

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
)

// GivenDensity is a density of your own: the log-density as a graph function, and a source that
// draws its points. DensityFunc returns one. It is a data.Source; f4f.Known makes it a side of a
// transport.
type GivenDensity struct {
	name   string // in the registry
	source data.Source
}

// densityFunc is what a GivenDensity stands for.
type densityFunc struct {
	source  data.Source
	logProb func(x *Node) *Node
}

// densities holds the densities by name.
var densities = registry[densityFunc]{field: "density", function: "DensityFunc"}

// DensityFunc registers a density of your own under a name, for plans and files that use the name.
// Call it before you make such a plan or load such a file. source draws the density's points.
// logProb builds log p(x) [batch], in nats, from points x [batch, D]: nodes of a GoMLX graph,
// *graph.Node of github.com/gomlx/gomlx/core/graph. It must be normalised: a constant that is
// missing shifts every loss and log-density by as much. Its gradient must be finite wherever a map
// that is being trained may send a point, so give it tails in place of −Inf.
//
// The name stands for the function in the plan's fingerprint: give a different function a different
// name. A second function under the same name replaces the first. Fit returns an error if the name
// is empty, if the source or the function is nil, if the function gives another shape than [batch],
// or if a log-density or its gradient is not finite at one of 2,048 points of the source (all of a
// table that has fewer).
func DensityFunc(name string, source data.Source, logProb func(x *Node) *Node) GivenDensity {
	registered := densities.addOwn(name, densityFunc{source, logProb}, source == nil || logProb == nil)
	return GivenDensity{registered, source}
}

// Name returns the name of the density.
func (d GivenDensity) Name() string { return d.name }

// String returns the name of the density.
func (d GivenDensity) String() string { return d.name }

// Dim returns the number of features of a point, D. It is 0 if there is no source.
func (d GivenDensity) Dim() int {
	if d.source == nil {
		return 0
	}
	return d.source.Dim()
}

// Sample draws n points [n, D] from the source.
func (d GivenDensity) Sample(n int, seed uint64) (data.Points, error) {
	if d.source == nil {
		_, _, err := DensityNamed(d.name)
		return data.Points{}, err
	}
	return d.source.Sample(n, seed)
}

// Unwrap returns the source. The identity of a density includes that of its source.
func (d GivenDensity) Unwrap() data.Source { return d.source }

// DensityNamed returns the source and the log-density of the density that DensityFunc registered
// under a name. It returns an error if there is none.
func DensityNamed(name string) (source data.Source, logProb func(x *Node) *Node, err error) {
	of, _, err := densities.get(name)
	return of.source, of.logProb, err
}
