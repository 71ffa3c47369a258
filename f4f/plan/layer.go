package plan

import (
	"github.com/flowsforflows/flows/f4f/bijection"
)

// The kinds of learned layers.
var (
	// Autoregressive transforms each feature with parameters that a masked network computes from
	// the features before it. It is the most expressive kind. The inverse takes D steps, one after
	// another, which together compute each hidden unit once.
	Autoregressive = layer("autoregressive", layerKind{build: autoregressive, bounded: true})
	// Coupling transforms every other feature with parameters that a network computes from the
	// rest. Both directions take one pass. Successive layers transform alternate halves of the
	// features.
	Coupling = layer("coupling", layerKind{build: coupling, turns: true, bounded: true})
)

func autoregressive(p LayerPlace) bijection.Layer {
	return bijection.Autoregressive{
		Dim: p.Dim, Condition: p.Condition, Hidden: p.Architecture.Hidden, Blocks: p.Architecture.Blocks,
		Transformer: p.Architecture.transformer(), IdentityStart: p.IdentityStart, NearIdentity: p.NearIdentity, NflowsDegrees: p.NflowsDegrees, Angles: p.Angles,
	}
}

func coupling(p LayerPlace) bijection.Layer {
	return bijection.Coupling{
		Dim: p.Dim, Condition: p.Condition, Hidden: p.Architecture.Hidden, Blocks: p.Architecture.Blocks,
		Transformer: p.Architecture.transformer(), Odd: p.Index%2 == 1, IdentityStart: p.IdentityStart, NearIdentity: p.NearIdentity, Angles: p.Angles,
	}
}

// LayerPlace describes the place of a layer in a flow, and what the plan says about layers.
type LayerPlace struct {
	Index         int          // index of the layer among the flow's layers, from 0
	Dim           int          // D, the number of features of a point
	Condition     int          // C, the number of features of the condition [batch, C] that the layer gets; 0 for none
	Architecture  Architecture // the plan's; a layer may use any of its fields
	IdentityStart bool         // whether the layer must be the identity before the first step
	NearIdentity  float64      // how near the identity the layer starts, see BasePlan.NearIdentity; 0 for a random start
	// Angles are the numbers, from 0, of the features that are angles, with the period [−TailBound,
	// TailBound). It is nil for a LayerFunc.
	Angles        []int
	NflowsDegrees bool // whether an autoregressive layer hides the condition from its first feature, as nflows does
}

// layerKind is a kind of layer.
type layerKind struct {
	build   func(LayerPlace) bijection.Layer
	bounded bool // it takes angles, and keeps features within the tail bound that are within it
	turns   bool // successive layers transform different features, so no mixing is needed between them
}

// layers holds the kinds of layer by name.
var layers = registry[layerKind]{field: "layer", function: "LayerFunc"}

// layer adds one of the library's own kinds of layer.
func layer(name string, kind layerKind) LayerKind { return LayerKind(layers.add(name, kind)) }

// LayerFunc registers a layer of your own under a name, for plans and files that use the name. Call
// it before you make such a plan or load such a file. build returns the layer for a place in a
// flow. Plans stack these layers like the library's own, with their Mixing between them. Test the
// layer with package bijectiontest.
//
// The name stands for the function in the plan's fingerprint: give a different function a different
// name. A second function under the same name replaces the first. Fit returns an error if the name
// is taken by a layer of the library, or if the layer is not valid.
func LayerFunc(name string, build func(LayerPlace) bijection.Layer) LayerKind {
	return LayerKind(layers.addOwn(name, layerKind{build: build}, build == nil))
}

// TakesTurns reports whether successive layers of this kind transform different features, so that
// no reversal is needed between them.
func (l LayerKind) TakesTurns() bool {
	kind, _, _ := layers.get(string(l))
	return kind.turns
}
