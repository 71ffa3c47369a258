package plan

import (
	"fmt"
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
	Layer     LayerKind `json:"layer"`     // the kind of the learned layers
	Layers    int       `json:"layers"`    // the number of learned layers, from 1 to 1000
	Mixing    Mixing    `json:"mixing"`    // the map between layers
	Bins      int       `json:"bins"`      // the number of bins of a spline, at least 2
	TailBound float64   `json:"tailBound"` // splines act within ±TailBound; features beyond it pass unchanged
	// Transformer is the map that layers apply to a feature; "" means Spline.
	Transformer Transformer `json:"transformer,omitempty"`
	Hidden      int         `json:"hidden"` // units in a hidden layer
	Blocks      int         `json:"blocks"` // residual blocks in a network
	// Embedding is the number of features that a network computes from the condition, for all
	// layers to see. 0 means that layers see the condition itself.
	Embedding int `json:"embedding,omitempty"`
}

// MaxLayers is more layers than any flow has been trained with. A file that claims more is not
// compiled.
const MaxLayers = 1000

// PaperArchitecture returns the architecture of the paper, which every plan starts from.
func PaperArchitecture() Architecture {
	return Architecture{Layer: Autoregressive, Layers: 4, Mixing: Reversal, Bins: 8, TailBound: 4, Hidden: 128, Blocks: 2}
}

// Validate returns an error that names the first field with a value that is not allowed. dim and
// condition must be valid.
func (a Architecture) Validate(dim, condition int) error {
	if a.Layers < 1 || a.Layers > MaxLayers {
		return fmt.Errorf("layers must be at least 1 and at most %d, got %d", MaxLayers, a.Layers)
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
