package plan

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// LayerKind names the kind of a flow's learned layers. LayerFunc registers another kind.
type LayerKind string

// The kinds of learned layers.
var (
	// Autoregressive transforms each feature with parameters that a masked network computes from
	// the features before it. It is the most expressive kind. The inverse goes feature by feature,
	// at little more than the cost of one pass.
	Autoregressive = layer("autoregressive", layerKind{build: func(p LayerPlace) bijection.Layer {
		return bijection.Autoregressive{
			Dim: p.Dim, Condition: p.Condition, Hidden: p.Architecture.Hidden, Blocks: p.Architecture.Blocks,
			Transformer: p.Architecture.transformer(), IdentityStart: p.IdentityStart, NearIdentity: p.NearIdentity, NflowsDegrees: p.NflowsDegrees,
		}
	}})
	// Coupling transforms every other feature with parameters that a network computes from the
	// rest. Both directions take one pass. Successive layers transform alternate halves of the
	// features.
	Coupling = layer("coupling", layerKind{turns: true, build: func(p LayerPlace) bijection.Layer {
		return bijection.Coupling{
			Dim: p.Dim, Condition: p.Condition, Hidden: p.Architecture.Hidden, Blocks: p.Architecture.Blocks,
			Transformer: p.Architecture.transformer(), Odd: p.Index%2 == 1,
			IdentityStart: p.IdentityStart, NearIdentity: p.NearIdentity,
		}
	}})
)

// LayerPlace describes the place of a layer in a flow, and what the plan says about layers.
type LayerPlace struct {
	Index         int          // index of the layer among the flow's layers, from 0
	Dim           int          // D, the number of features of a point
	Condition     int          // C, the number of features of the condition [batch, C] that the layer gets; 0 for none
	Architecture  Architecture // the plan's; a layer may use any of its fields
	IdentityStart bool         // whether the layer must be the identity before the first step
	NearIdentity  float64      // how near the identity the layer starts, see BasePlan.NearIdentity; 0 for a random start
	NflowsDegrees bool         // whether an autoregressive layer hides the condition from its first feature, as nflows does
}

// layerKind is a kind of layer.
type layerKind struct {
	build func(LayerPlace) bijection.Layer
	turns bool // successive layers transform different features, so no mixing is needed between them
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

// TakesTurns reports whether successive layers of this kind transform different features, so that no
// reversal is needed between them.
func (l LayerKind) TakesTurns() bool {
	kind, _, _ := layers.get(string(l))
	return kind.turns
}

// Build returns the layer of a valid architecture for a place in a flow, whose Architecture is set
// to a.
func (a Architecture) Build(place LayerPlace) bijection.Layer {
	kind, _, _ := layers.get(string(a.Layer))
	place.Architecture = a
	return kind.build(place)
}

// validateLayers returns an error if the architecture's layers are not valid. It turns panics of
// user functions into errors.
func (a Architecture) validateLayers(dim, condition int) error {
	if _, _, err := transformers.get(a.Transformer.name()); err != nil {
		return err
	}
	if _, _, err := layers.get(string(a.Layer)); err != nil {
		return err
	}
	if a.Embedding > 0 {
		condition = a.Embedding // layers see the embedded condition
	}
	var err error
	caught := panics.Catch(func() {
		for i := 0; i < a.Layers && err == nil; i++ {
			l := a.Build(LayerPlace{Index: i, Dim: dim, Condition: condition})
			if l == nil {
				err = fmt.Errorf("layer %d of kind %q is nil", i, a.Layer)
				return
			}
			err = l.Validate()
		}
	})
	if caught != nil {
		return fmt.Errorf("layer %q of transformer %q: %w", a.Layer, a.Transformer.name(), caught)
	}
	return err
}

// Bound returns the tail bound of the architecture's layers: features beyond ±bound pass unchanged.
// It is +Inf if the layers act everywhere.
func (a Architecture) Bound(dim, condition int) float64 {
	return a.Build(LayerPlace{Dim: dim, Condition: condition}).TailBound()
}

// UserDefined reports whether the architecture contains user functions, which only their names tell
// apart.
func (a Architecture) UserDefined() bool {
	_, layer, _ := layers.get(string(a.Layer))
	_, transformer, _ := transformers.get(a.Transformer.name())
	return layer || transformer
}
