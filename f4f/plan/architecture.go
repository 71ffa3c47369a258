package plan

import "strconv"

// Mixing is the map between learned layers. It changes the order of features or combines them, so
// that each feature can depend on every other.
type Mixing string

// The mixings of a plan.
const (
	Reversal    Mixing = "reversal"    // reverses the order of features; coupling layers need none, as they take turns
	Permutation Mixing = "permutation" // permutes features in a random order, from the plan's seed
	LULinear    Mixing = "lu"          // applies a learned linear map, by its LU decomposition
	// InOrder leaves features as they are. A flow of autoregressive layers is then triangular:
	// feature i of the result depends on features 0 … i alone. So the first k features have a
	// density of their own, see f4f.Density.LogProbOfLeading. It takes more layers or units to be
	// as good as with Reversal.
	InOrder Mixing = "in order"
)

// GoString returns the name of the constant, such as LULinear, or the text in quotes if it is none.
func (m Mixing) GoString() string {
	switch m {
	case Reversal:
		return "Reversal"
	case Permutation:
		return "Permutation"
	case LULinear:
		return "LULinear"
	case InOrder:
		return "InOrder"
	}
	return strconv.Quote(string(m))
}

// LayerKind names the kind of a flow's learned layers. LayerFunc registers another kind.
type LayerKind string

// Transformer names the map that a layer applies to one feature, with parameters that the layer's
// network computes. TransformerFunc registers another one.
type Transformer string

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
