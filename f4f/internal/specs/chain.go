package specs

import (
	"math/rand/v2"
	"slices"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/plan"
)

// embeddingLayers is the number of hidden layers, of Hidden units each, in the network that embeds
// a condition.
const embeddingLayers = 2

// bijectionOf returns a flow's bijection: the learned layers with mixing between them. If ordered
// is set, features come out in the order in which they went in. A transport needs this to start
// near the identity; a density does not. flows4flows does the same. angles are the numbers of the
// features, as they go in, that are angles.
func bijectionOf(a plan.Architecture, dim, condition int, r plan.Recipe, ordered bool, angles []int) bijection.Bijection {
	if a.Embedding > 0 {
		embedded := embedded(a, condition)
		embedded.Bijection, _ = chainOf(a, dim, a.Embedding, r, ordered, angles)
		return embedded
	}
	chain, _ := chainOf(a, dim, condition, r, ordered, angles)
	return chain
}

// embedded returns the network that embeds a condition, without the flow behind it.
func embedded(a plan.Architecture, condition int) bijection.Embedded {
	return bijection.Embedded{Condition: condition, Width: a.Embedding, Hidden: a.Hidden, Layers: embeddingLayers}
}

// chainOf returns the learned layers with mixing between them, for conditions of this width, and
// where each outgoing feature stood at the input.
func chainOf(a plan.Architecture, dim, condition int, r plan.Recipe, ordered bool, angles []int) (chain bijection.Chain, order bijection.Permutation) {
	order = identityOrder(dim)
	rng := rand.New(rand.NewPCG(r.Seed, 0x6d6978)) // "mix"
	for i := range a.Layers {
		if i > 0 {
			if link := mix(a, dim, rng); link != nil {
				chain = append(chain, link)
				if p, ok := link.(bijection.Permutation); ok {
					order = reorder(order, p)
				}
			}
		}
		chain = append(chain, layerOf(a, i, dim, condition, r, positions(angles, order)))
	}
	if back := undo(order); ordered && !isIdentity(back) {
		chain, order = append(chain, back), identityOrder(dim)
	}
	return chain, order
}

// positions returns where features stand in an order, given their numbers at the input. It is nil
// for no features.
func positions(features []int, order bijection.Permutation) (at []int) {
	for k, from := range order {
		if slices.Contains(features, from) {
			at = append(at, k)
		}
	}
	return at
}

// mix returns the map before a layer, or nil for none.
func mix(a plan.Architecture, dim int, rng *rand.Rand) bijection.Bijection {
	switch {
	case a.Mixing == plan.LULinear:
		return bijection.LULinear{Dim: dim}
	case a.Mixing == plan.Permutation:
		return bijection.Permutation(rng.Perm(dim))
	case a.Mixing == plan.InOrder || a.Layer.TakesTurns() || dim == 1:
		return nil
	}
	return bijection.Reversal(dim)
}

// identityOrder returns the permutation that leaves features in place.
func identityOrder(dim int) bijection.Permutation {
	p := make(bijection.Permutation, dim)
	for i := range p {
		p[i] = i
	}
	return p
}

// reorder returns the order of features after they have also gone through p.
func reorder(order, p bijection.Permutation) bijection.Permutation {
	q := make(bijection.Permutation, len(p))
	for i, from := range p {
		q[i] = order[from]
	}
	return q
}

// undo returns the permutation that brings features back into order.
func undo(order bijection.Permutation) bijection.Permutation {
	q := make(bijection.Permutation, len(order))
	for i, from := range order {
		q[from] = i
	}
	return q
}

// isIdentity reports whether p leaves features in place.
func isIdentity(p bijection.Permutation) bool {
	for i, from := range p {
		if i != from {
			return false
		}
	}
	return true
}

// layerOf returns the layer at index i of a valid architecture.
func layerOf(a plan.Architecture, i, dim, condition int, r plan.Recipe, angles []int) bijection.Layer {
	return a.Build(plan.LayerPlace{Index: i, Dim: dim, Condition: condition, IdentityStart: r.IdentityStart, NearIdentity: r.NearIdentity, Angles: angles})
}
