package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Transformer is a monotone map of one feature, described by parameters that a layer's network
// computes for the feature. Autoregressive and Coupling apply one to each feature that they
// transform.
//
// Values are [n, batch], for n features of a batch of points, and parameters are [n, p, batch] with
// p = Parameters(). Forward must be strictly monotone for any finite parameters. Inverse must undo
// it, with minus its log-derivative. Both must act on each value by itself, and the graph must have
// first derivatives of both, for values and parameters alike. Both panic on shapes that don't fit.
//
// These methods are enough: a layer then trains in both directions, for any number of features. The
// optional interfaces are for speed (LoopTransformer, TrainingTransformer) or for a better start
// (OutputScaler). Use values that reflect.DeepEqual can compare, so that equal layers of a chain
// can share a program. To test a Transformer, pass a layer that uses it to package bijectiontest.
type Transformer interface {
	// Validate returns an error that names a field that can't work, or nil.
	Validate() error
	// Parameters returns p, the number of unconstrained parameters of one feature.
	Parameters() int
	// IdentityParameters returns the p parameters for which the map is the identity.
	IdentityParameters() []float64
	// TailBound returns B if the map acts only on [−B, B], maps that range onto itself and leaves
	// values beyond it unchanged. It returns +Inf if the map acts everywhere.
	TailBound() float64
	// Forward returns y and log|∂y/∂x|, both shaped like x [n, batch].
	Forward(x, parameters *Node) (y, logDerivative *Node)
	// Inverse returns x and log|∂x/∂y|, both shaped like y [n, batch].
	Inverse(y, parameters *Node) (x, logDerivative *Node)
}

// LoopTransformer is a Transformer that can be built in the body of a loop. The inverse of an
// autoregressive layer is then a loop over features. In a graph without gradients (see
// WithoutGradient), equal layers are a loop over layers. So the program doesn't grow with the
// number of features or of layers. With any other Transformer the steps are written out one by one.
type LoopTransformer interface {
	Transformer
	// InLoop returns the transformer in the form for the body of a loop. Its Forward and Inverse
	// must use no reduction and no node from outside the body, which includes GoMLX's cached
	// scalars (AddScalar, OneMinus, ZerosLike and the like). They need no gradient.
	InLoop() Transformer
	// InverseGradient returns a function that builds the gradient of Inverse at y [n, batch],
	// outside the loop. The function takes the gradients that arrive at x and at its
	// log-derivative, each [n, batch] or nil for none. It returns the gradient of y [n, batch], and
	// a function that builds the gradient of the parameters [n, p, batch]. It may be called more
	// than once; the function for the parameters is always called before the next such call.
	InverseGradient(y, parameters *Node) func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node)
}

// TrainingTransformer is a Transformer with another form for training steps, for speed alone.
type TrainingTransformer interface {
	Transformer
	// InTraining returns the transformer in the form for a training step.
	InTraining() Transformer
}

// OutputScaler is a Transformer whose parameters in a coupling layer are scaled outputs of the
// network, so that they start at the same size however wide the network is.
type OutputScaler interface {
	Transformer
	// ScaleOutputs returns the parameters [n, p, batch], given the network's outputs in the same
	// shape and the number of its hidden units.
	ScaleOutputs(outputs *Node, hidden int) *Node
}

// variantFor returns the transformer in the form that suits a scope's graph.
func variantFor(t Transformer, scope *model.Scope, g *Graph) Transformer {
	if trained, ok := t.(TrainingTransformer); ok && scope.IsTraining(g) {
		return trained.InTraining()
	}
	return t
}

// parametersOf returns a network's outputs [features·p, batch] as [features, p, batch]. The
// features of several flows come one flow after another.
func parametersOf(t Transformer, outputs *Node) *Node {
	p, batch := t.Parameters(), outputs.Shape().Dim(-1)
	return Reshape(outputs, outputs.Shape().Size()/(p*batch), p, batch)
}
