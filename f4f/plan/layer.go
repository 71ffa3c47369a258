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
	// ConvexPotential is the gradient of a strictly convex function of all features, which is the
	// optimal map (for the squared distance) onto what it makes. A plan with it has one layer, of a
	// function with three hidden layers of 64 units: Hidden sets the units, and Blocks the hidden
	// layers after the first. More layers make a flow too, but in general no optimal map. The layer
	// acts everywhere and starts as the identity, or in a transport as the shift that takes the mean of
	// the left to that of the right. Its inverse is an iteration. Its log-det is exact for any number of
	// features D. It is by the Hessian instead of an estimate, which takes D times as long as the map, and
	// D³ operations a point. Where a recipe leaves the learning rate open, it is 2.5e-3 for any number of
	// steps. The loss of a transport with one such layer is a mixture of the dual of the optimal transport
	// problem, whose share falls from 1 at the start to a fifth at the end, and the likelihood, which counts
	// less where images are less probable than points: from most seeds, the likelihood alone stays at a map
	// that sends a part of one mode to another. ForwardOnly and ByEpochs train by the likelihood alone.
	//
	// Between sides that aren't standardised the map is optimal for the distance in the data's units. (It
	// sees the points of a side less their mean, over one scale for all features of both sides, which
	// changes nothing of that.) Where both sides are standardised, as those of tables are unless their
	// plan says Raw, by the deviations s and t of each feature j, it is optimal for
	// Σ_j (x_j − y_j)²/(s_j t_j). That suits features of different units, but is another map, and a note
	// says so. For the data's units set Raw on both bases, leave maps of columns out, and give the bases a
	// TailBound that takes in their points.
	ConvexPotential = layer("convex potential", layerKind{build: convexPotential, alone: true, size: layerSize{layers: 1, hidden: 64, blocks: 2}, rate: 2.5e-3})
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

func convexPotential(p LayerPlace) bijection.Layer {
	return bijection.ConvexPotential{Dim: p.Dim, Condition: p.Condition, Hidden: p.Architecture.Hidden, Depth: p.Architecture.Blocks + 1}
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
	alone   bool // flows of it can't be trained as one program
	// size is what a plan starts from; the zero value means that of the paper.
	size layerSize
	// rate is the learning rate in place of those that a recipe chooses by the number of steps; 0
	// for none. After 2,400 steps of a convex potential onto Mix3toMix10 in two dimensions, one
	// seed, the map was 0.32 % off (L2-UVP) by 2.5e-3, 0.30 % by 5e-3 and 1.4 % by 1.5e-2; the KL
	// was 0.19, 0.23 and 0.36 nats.
	rate float64
}

// layerSize is how many layers a flow has, and how large their networks are.
type layerSize struct{ layers, hidden, blocks int }

// orPaper returns the size, or the paper's if it is the zero value.
func (s layerSize) orPaper() layerSize {
	if s == (layerSize{}) {
		a := PaperArchitecture()
		s = layerSize{a.Layers, a.Hidden, a.Blocks}
	}
	return s
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

// WithLayer returns the architecture with layers of another kind. If flows of the two kinds start
// from different sizes (Layers, Hidden and Blocks), as those of ConvexPotential do, it has the size
// of the new one.
func (a Architecture) WithLayer(kind LayerKind) Architecture {
	was, _, _ := layers.get(string(a.Layer))
	is, _, _ := layers.get(string(kind))
	if size := is.size.orPaper(); size != was.size.orPaper() {
		a.Layers, a.Hidden, a.Blocks = size.layers, size.hidden, size.blocks
	}
	a.Layer = kind
	return a
}

// Stackable reports whether flows of the architecture can be trained as one program.
func (a Architecture) Stackable() bool {
	kind, own, _ := layers.get(string(a.Layer))
	_, transformer, _ := transformers.get(a.Transformer.name())
	return a.Embedding == 0 && !own && !transformer && !kind.alone
}

// LearningRate returns the learning rate for layers of this kind, in place of those that a recipe
// chooses, and 0 if the kind has none of its own.
func (l LayerKind) LearningRate() float64 {
	kind, _, _ := layers.get(string(l))
	return kind.rate
}

// TakesTurns reports whether successive layers of this kind transform different features, so that
// no reversal is needed between them.
func (l LayerKind) TakesTurns() bool {
	kind, _, _ := layers.get(string(l))
	return kind.turns
}
