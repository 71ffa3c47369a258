package plan

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// Build returns the layer that a valid architecture puts at a place in a flow. It sets the
// Architecture of the place to a.
func (a Architecture) Build(place LayerPlace) bijection.Layer {
	kind, _, _ := layers.get(string(a.Layer))
	place.Architecture = a
	return kind.build(place)
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

// Validate returns an error that names the first field with a value that is not allowed. dim and
// condition must be valid.
func (a Architecture) Validate(dim, condition int) error {
	if a.Layers < 1 || a.Layers > MaxLayers {
		return fmt.Errorf("layers must be at least 1 and at most %d, got %d", MaxLayers, a.Layers)
	}
	switch a.Mixing {
	case Reversal, Permutation, LULinear, InOrder:
	default:
		return fmt.Errorf("mixing must be %#v, %#v, %#v or %#v, got %#v", Reversal, Permutation, LULinear, InOrder, a.Mixing)
	}
	switch {
	case a.Embedding < 0:
		return fmt.Errorf("embedding must be at least 1 feature wide (0 for none), got %d", a.Embedding)
	case a.Embedding > 0 && condition == 0:
		return fmt.Errorf("an embedding of %d features needs a condition to embed, and there is none", a.Embedding)
	}
	return a.validateLayers(dim, condition)
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
