package f4f

import (
	"fmt"
	"math/rand/v2"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// Mixing is the map between learned layers. It changes the order of features or combines them, so
// that each feature can depend on every other.
type Mixing string

// The mixings of a plan.
const (
	Reversal    Mixing = "reversal"    // reverses the order of features; coupling layers need none, as they take turns
	Permutation Mixing = "permutation" // permutes features in a random order, from the plan's seed
	LULinear    Mixing = "lu"          // applies a learned linear map, by its LU decomposition
)

// Architecture is the shape of a flow. Plans start from the paper's (section 3, appendix A): 4
// autoregressive layers of rational-quadratic splines with reversals between them, 8 bins, linear
// tails outside ±4, and networks of 2 residual blocks of 128 units.
type Architecture struct {
	Layer     Layer   `json:"layer"`     // the kind of the learned layers
	Layers    int     `json:"layers"`    // the number of learned layers, from 1 to 1000
	Mixing    Mixing  `json:"mixing"`    // the map between layers
	Bins      int     `json:"bins"`      // the number of bins of a spline, at least 2
	TailBound float64 `json:"tailBound"` // splines act within ±TailBound; features beyond it pass unchanged
	// Transformer is the map that layers apply to a feature; "" means Spline.
	Transformer Transformer `json:"transformer,omitempty"`
	Hidden      int         `json:"hidden"` // units in a hidden layer
	Blocks      int         `json:"blocks"` // residual blocks in a network
	// Embedding is the number of features that a network computes from the condition, for all
	// layers to see. 0 means that layers see the condition itself.
	Embedding int `json:"embedding,omitempty"`
}

// embeddingLayers is the number of hidden layers, of Hidden units each, in the network that embeds
// a condition.
const embeddingLayers = 2

// mostLayers is more layers than any flow has been trained with. A file that claims more is not
// compiled.
const mostLayers = 1000

// paperArchitecture is the architecture that every plan starts from.
var paperArchitecture = Architecture{
	Layer: Autoregressive, Layers: 4, Mixing: Reversal, Bins: 8, TailBound: 4, Hidden: 128, Blocks: 2,
}

// validate returns an error that names the first field with a value that is not allowed. dim and
// condition must be valid.
func (a Architecture) validate(dim, condition int) error {
	if a.Layers < 1 || a.Layers > mostLayers {
		return fmt.Errorf("layers must be at least 1 and at most %d, got %d", mostLayers, a.Layers)
	}
	switch a.Mixing {
	case Reversal, Permutation, LULinear:
	default:
		return fmt.Errorf("mixing must be %q, %q or %q, got %q", Reversal, Permutation, LULinear, a.Mixing)
	}
	switch {
	case a.Embedding < 0:
		return fmt.Errorf("embedding must be at least 1 feature wide (0 for none), got %d", a.Embedding)
	case a.Embedding > 0 && condition == 0:
		return fmt.Errorf("an embedding of %d features needs a condition to embed, and there is none", a.Embedding)
	}
	return a.validateLayers(dim, condition)
}

// bijection returns the flow's bijection: the learned layers with mixing between them. If ordered
// is set, features come out in the order in which they went in. A transport needs this to start
// near the identity; a density does not. flows4flows does the same.
func (a Architecture) bijection(dim, condition int, r Recipe, ordered bool) bijection.Bijection {
	if a.Embedding > 0 {
		embedded := a.embedded(condition)
		embedded.Bijection = a.chain(dim, a.Embedding, r, ordered)
		return embedded
	}
	return a.chain(dim, condition, r, ordered)
}

// embedded returns the network that embeds a condition, without the flow behind it.
func (a Architecture) embedded(condition int) bijection.Embedded {
	return bijection.Embedded{Condition: condition, Width: a.Embedding, Hidden: a.Hidden, Layers: embeddingLayers}
}

// chain returns the learned layers with mixing between them, for conditions of this width.
func (a Architecture) chain(dim, condition int, r Recipe, ordered bool) bijection.Chain {
	var chain bijection.Chain
	order := identityOrder(dim)                    // where each outgoing feature stood at the input
	rng := rand.New(rand.NewPCG(r.Seed, 0x6d6978)) // "mix"
	for i := range a.Layers {
		if i > 0 {
			if link := a.mix(dim, rng); link != nil {
				chain = append(chain, link)
				if p, ok := link.(bijection.Permutation); ok {
					order = reorder(order, p)
				}
			}
		}
		chain = append(chain, a.layer(i, dim, condition, r))
	}
	if back := undo(order); ordered && !isIdentity(back) {
		chain = append(chain, back)
	}
	return chain
}

// mix returns the map before a layer, or nil for none.
func (a Architecture) mix(dim int, rng *rand.Rand) bijection.Bijection {
	switch {
	case a.Mixing == LULinear:
		return bijection.LULinear{Dim: dim}
	case a.Mixing == Permutation:
		return bijection.Permutation(rng.Perm(dim))
	case a.kind().turns || dim == 1:
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
