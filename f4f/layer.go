package f4f

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Layer names the kind of learned layer that a flow is a stack of. LayerFunc adds one of the user's
// own.
type Layer string

// Layers of a plan.
var (
	// Autoregressive transforms each feature with what a masked network makes of those before it: the
	// most expressive. The inverse goes feature by feature, at little more than the cost of one pass.
	Autoregressive = layer("autoregressive", layerKind{build: func(p LayerPlace) bijection.Layer {
		return bijection.Autoregressive{
			Dim: p.Dim, Condition: p.Condition, Hidden: p.Architecture.Hidden, Blocks: p.Architecture.Blocks, Transformer: p.Architecture.transformer(),
			IdentityStart: p.IdentityStart, NearIdentity: p.NearIdentity, NflowsDegrees: p.nflowsDegrees,
		}
	}})
	// Coupling transforms every other feature with what a network makes of the rest: one pass either
	// way. Layers take turns.
	Coupling = layer("coupling", layerKind{turns: true, build: func(p LayerPlace) bijection.Layer {
		return bijection.Coupling{
			Dim: p.Dim, Condition: p.Condition, Hidden: p.Architecture.Hidden, Blocks: p.Architecture.Blocks, Transformer: p.Architecture.transformer(), Odd: p.Index%2 == 1,
			IdentityStart: p.IdentityStart, NearIdentity: p.NearIdentity,
		}
	}})
)

// LayerPlace is where in a flow a layer stands, and what the plan says of layers.
type LayerPlace struct {
	Index         int          // of the layer among the flow's layers, from 0
	Dim           int          // D, the features of a point
	Condition     int          // C, the features of the condition that the layer is given, [batch, C]; 0 for none
	Architecture  Architecture // the plan's, of which a layer may use what it can
	IdentityStart bool         // the layer must be the identity until the first training step
	NearIdentity  float64      // how near the identity it starts, see BasePlan.NearIdentity; 0 for at random

	nflowsDegrees bool // see bijection.Autoregressive
}

// layerKind is a kind of layer.
type layerKind struct {
	build func(LayerPlace) bijection.Layer
	turns bool // each layer transforms what the one before it doesn't, so that nothing needs reversing between
}

// layers make each kind of layer.
var layers = registry[layerKind]{field: "layer", function: "LayerFunc"}

func layer(name string, kind layerKind) Layer { return Layer(layers.add(name, kind)) }

// LayerFunc registers a layer of the user's own, for plans and for files that name it: call it
// before either. build returns the layer for a place in a flow, which plans stack as they stack the
// library's own, with their Mixing between. Test it with package bijectiontest. The name stands for
// the function in the plan's fingerprint: give another function another name. A second function
// under one name takes the place of the first. Fit errs on a name that is taken, and on a layer that
// isn't valid.
func LayerFunc(name string, build func(LayerPlace) bijection.Layer) Layer {
	return Layer(layers.addOwn(name, layerKind{build: build}, build == nil))
}

// kind returns the architecture's kind of layer, the zero kind where there is none of its name.
func (a Architecture) kind() layerKind {
	kind, _, _ := layers.get(string(a.Layer))
	return kind
}

// layer returns the layer of a valid architecture at an index.
func (a Architecture) layer(i, dim, condition int, r Recipe) bijection.Layer {
	return a.kind().build(LayerPlace{
		Index: i, Dim: dim, Condition: condition, Architecture: a, IdentityStart: r.IdentityStart, NearIdentity: r.NearIdentity,
	})
}

// validateLayers errs on layers that can't work. Functions of the user's may panic.
func (a Architecture) validateLayers(dim, condition int) error {
	if _, _, err := transformers.get(a.Transformer.name()); err != nil {
		return err
	}
	if _, _, err := layers.get(string(a.Layer)); err != nil {
		return err
	}
	if a.Embedding > 0 {
		condition = a.Embedding // which is what layers see of it
	}
	var err error
	caught := fit.Catch(func() {
		for i := 0; i < a.Layers && err == nil; i++ {
			l := a.layer(i, dim, condition, Recipe{})
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

// bound returns where the architecture's layers stop acting: features beyond ±bound pass unchanged;
// +Inf where they act everywhere.
func (a Architecture) bound(dim, condition int) float64 {
	return a.layer(0, dim, condition, Recipe{}).TailBound()
}

// foreign tells whether the architecture has functions of the user's, which nothing but their names
// tells apart.
func (a Architecture) foreign() bool {
	_, layer, _ := layers.get(string(a.Layer))
	_, transformer, _ := transformers.get(a.Transformer.name())
	return layer || transformer
}
