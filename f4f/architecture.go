package f4f

import (
	"fmt"
	"math/rand/v2"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// Mixing is what stands between learned layers, so that each feature gets to depend on each other.
type Mixing string

// What may stand between layers.
const (
	Reversal    Mixing = "reversal"    // the opposite order of features; coupling layers take turns instead
	Permutation Mixing = "permutation" // a random order, from the plan's seed
	LULinear    Mixing = "lu"          // a learned linear map
)

// Architecture is the shape of a flow. Plans start from the paper's: 4 autoregressive
// rational-quadratic spline layers with a reversal between them, 8 bins, linear tails outside ±4,
// networks of 2 residual blocks of 128 units (section 3, appendix A).
type Architecture struct {
	Layer     Layer   `json:"layer"`     // kind of the learned layers
	Layers    int     `json:"layers"`    // learned layers, at least 1
	Mixing    Mixing  `json:"mixing"`    // between layers
	Bins      int     `json:"bins"`      // of a spline, at least 2
	TailBound float64 `json:"tailBound"` // splines act within ±TailBound, features beyond pass unchanged
	// Transformer is what layers do to a feature; "" for Spline.
	Transformer Transformer `json:"transformer,omitempty"`
	Hidden      int         `json:"hidden"` // units of a hidden layer
	Blocks      int         `json:"blocks"` // residual blocks of a network
	// Embedding is how many features a network of its own makes of the condition, for all layers to
	// see; 0 for the condition as it is.
	Embedding int `json:"embedding,omitempty"`
}

// embeddingLayers are the hidden layers, of Hidden units each, of the network that embeds a condition.
const embeddingLayers = 2

// mostLayers is more than any flow has been trained with: a file that claims more of them is not
// compiled.
const mostLayers = 1000

// paperArchitecture is every plan's start.
var paperArchitecture = Architecture{
	Layer: Autoregressive, Layers: 4, Mixing: Reversal, Bins: 8, TailBound: 4, Hidden: 128, Blocks: 2,
}

// validate errs on what can't work, naming it. Dim and condition are the data's and known to be good.
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

// bijection is the stack: learned layers with mixing between them. With ordered, features come out
// in the order they went in, which a transport needs to start near the identity and a density
// doesn't; flows4flows does the same.
func (a Architecture) bijection(dim, condition int, r Recipe, ordered bool) bijection.Bijection {
	if a.Embedding > 0 {
		embedded := a.embedded(condition)
		embedded.Bijection = a.chain(dim, a.Embedding, r, ordered)
		return embedded
	}
	return a.chain(dim, condition, r, ordered)
}

// embedded is the network that embeds a condition, without the flow that sees it so.
func (a Architecture) embedded(condition int) bijection.Embedded {
	return bijection.Embedded{Condition: condition, Width: a.Embedding, Hidden: a.Hidden, Layers: embeddingLayers}
}

func (a Architecture) chain(dim, condition int, r Recipe, ordered bool) bijection.Chain {
	var chain bijection.Chain
	order := identityOrder(dim)                    // where each feature that comes out stood when it went in
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

// mix is what stands before a layer, nil for nothing.
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

func identityOrder(dim int) bijection.Permutation {
	p := make(bijection.Permutation, dim)
	for i := range p {
		p[i] = i
	}
	return p
}

// reorder is order after features have gone through p as well.
func reorder(order, p bijection.Permutation) bijection.Permutation {
	q := make(bijection.Permutation, len(p))
	for i, from := range p {
		q[i] = order[from]
	}
	return q
}

// undo is the permutation that brings features back into order.
func undo(order bijection.Permutation) bijection.Permutation {
	q := make(bijection.Permutation, len(order))
	for i, from := range order {
		q[from] = i
	}
	return q
}

func isIdentity(p bijection.Permutation) bool {
	for i, from := range p {
		if i != from {
			return false
		}
	}
	return true
}
