package specs

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Link is one map of a flow whose chain its Architecture does not determine, such as a flow that
// nflows trained. There any permutation may stand anywhere, and a network may hide the condition
// from its first feature.
type Link struct {
	Kind string `json:"kind"` // the kind of the layers, "lu" or "permutation"
	// Order is the order of a permutation, see bijection.Permutation.
	Order []int `json:"order,omitempty"`
	// Odd makes a coupling layer transform features 1, 3, …
	Odd bool `json:"odd,omitempty"`
	// NflowsDegrees hides the condition from the first feature of an autoregressive layer.
	NflowsDegrees bool `json:"nflowsDegrees,omitempty"`
}

const PermutationLink = "permutation"

// mixers makes the links that mix features, by kind. It returns an error if a link is not valid.
var mixers = map[string]func(l Link, dim int) (bijection.Bijection, error){
	string(plan.LULinear): func(_ Link, dim int) (bijection.Bijection, error) { return bijection.LULinear{Dim: dim}, nil },
	PermutationLink: func(l Link, dim int) (bijection.Bijection, error) {
		return bijection.Permutation(l.Order), ValidateOrder(l.Order, dim)
	},
}

// validateLinks returns an error unless the links, if there are any, form a flow of the
// architecture.
func validateLinks(links []Link, a plan.Architecture, dim int) error {
	layers := 0
	for i, l := range links {
		if l.Kind == string(a.Layer) {
			layers++
			continue
		}
		mixer, ok := mixers[l.Kind]
		if !ok {
			return fmt.Errorf("%w: its map %d is a %q", fit.ErrCorrupt, i, l.Kind)
		}
		if _, err := mixer(l, dim); err != nil {
			return fmt.Errorf("%w: its map %d %w", fit.ErrCorrupt, i, err)
		}
	}
	if len(links) > 0 && (layers != a.Layers || a.Embedding > 0 || len(links) > 4*plan.MaxLayers) {
		return fmt.Errorf("%w: it has %d maps, %d of them layers, and its architecture has %d layers and an embedding of %d features", fit.ErrCorrupt, len(links), layers, a.Layers, a.Embedding)
	}
	return nil
}

// ValidateOrder returns an error unless order is a permutation of dim features.
func ValidateOrder(order []int, dim int) error {
	seen := make(map[int]bool, len(order))
	for _, from := range order {
		if from < 0 || from >= dim || seen[from] {
			return fmt.Errorf("is no permutation of %d features: %v", dim, order)
		}
		seen[from] = true
	}
	if len(order) != dim {
		return fmt.Errorf("permutes %d features of %d", len(order), dim)
	}
	return nil
}

// linked returns valid links as one bijection.
func linked(links []Link, a plan.Architecture, dim, condition int) bijection.Chain {
	chain := make(bijection.Chain, len(links))
	for i, l := range links {
		if mixer, ok := mixers[l.Kind]; ok {
			chain[i], _ = mixer(l, dim)
			continue
		}
		chain[i] = l.Layer(a, dim, condition)
	}
	return chain
}

// Layer returns the link as a layer of an architecture.
func (l Link) Layer(a plan.Architecture, dim, condition int) bijection.Layer {
	place := plan.LayerPlace{Dim: dim, Condition: condition, NflowsDegrees: l.NflowsDegrees}
	if l.Odd { // coupling layers take turns
		place.Index = 1
	}
	return a.Build(place)
}
