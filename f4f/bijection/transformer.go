package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Transformer is a monotone map of one feature, given the numbers that describe it there: the
// parameters that the network of a layer has for the feature. Autoregressive and Coupling apply one
// to each feature that they change.
//
// Values are [n, batch], n features of a batch of points, and parameters [n, p, batch] with p =
// Parameters(). Forward must be increasing, or decreasing, for whatever finite parameters; Inverse
// must undo it, with minus its log-derivative. Both must act on each value by itself, and have
// first derivatives by the graph for values and parameters alike. They panic on shapes that don't
// fit.
//
// These methods are enough: a layer then trains in both directions, for any number of features.
// What a Transformer may have besides is for speed (Looper, TrainingTransformer) or for a better
// start (OutputScaler). Use values that reflect.DeepEqual can compare: equal layers of a chain share
// a program. Package bijectiontest tests a layer that has the Transformer.
type Transformer interface {
	// Validate errs when a field can't work, naming it.
	Validate() error
	// Parameters returns p, how many unconstrained numbers describe the map of one feature.
	Parameters() int
	// IdentityParameters returns the p numbers for which the map is the identity.
	IdentityParameters() []float64
	// TailBound returns B where the map acts on [−B, B] alone, maps that range onto itself and passes
	// values beyond it unchanged; +Inf where it acts everywhere.
	TailBound() float64
	// Forward returns y and log|∂y/∂x|, both shaped like x [n, batch].
	Forward(x, parameters *Node) (y, logDerivative *Node)
	// Inverse returns x and log|∂x/∂y|, both shaped like y [n, batch].
	Inverse(y, parameters *Node) (x, logDerivative *Node)
}

// Looper is a Transformer that can stand in the body of a loop. The inverse of an autoregressive
// layer then is a loop over features, and equal layers are a loop over layers where no gradient is
// asked for: the program doesn't grow with either. That of any other Transformer is written out step
// by step.
type Looper interface {
	Transformer
	// InLoop returns the transformer as it stands in the body of a loop. Its Forward and Inverse may
	// use no node made outside of the body, GoMLX's cached scalars (AddScalar, OneMinus, ZerosLike and
	// the like) included, and no reduction. Nothing asks for their gradients.
	InLoop() Transformer
	// InverseGradient returns the gradient of Inverse at y [n, batch], outside of the body. Given the
	// gradients that arrive at x and at its log-derivative, [n, batch] each or nil for none, it
	// returns that of y [n, batch] and a function that builds that of the parameters [n, p, batch],
	// which is called before the next gradient is asked for. It may be asked for more than one.
	InverseGradient(y, parameters *Node) func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node)
}

// TrainingTransformer is a Transformer that is built otherwise in a training step, for speed alone.
type TrainingTransformer interface {
	Transformer
	// InTraining returns the transformer as it stands in a training step.
	InTraining() Transformer
}

// OutputScaler is a Transformer whose parameters are scaled outputs of a coupling layer's network,
// so that they start of one size however wide the network is.
type OutputScaler interface {
	Transformer
	// ScaleOutputs returns the parameters [n, p, batch], of outputs shaped like them of a network with
	// so many hidden units.
	ScaleOutputs(outputs *Node, hidden int) *Node
}

// standing returns the transformer as it stands in a scope's graph.
func standing(t Transformer, scope *model.Scope, g *Graph) Transformer {
	if trained, ok := t.(TrainingTransformer); ok && scope.IsTraining(g) {
		return trained.InTraining()
	}
	return t
}

// parametersOf reshapes a network's outputs [features·p, batch] to [features, p, batch], those of
// all flows one after another.
func parametersOf(t Transformer, outputs *Node) *Node {
	p, batch := t.Parameters(), outputs.Shape().Dim(-1)
	return Reshape(outputs, outputs.Shape().Size()/(p*batch), p, batch)
}
