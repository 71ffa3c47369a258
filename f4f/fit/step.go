package fit

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// optimiserScope is where Adam keeps its moments, apart from the weights.
const optimiserScope = "adam"

// step builds one step of training and gives its loss, a scalar. batches are [batch, width]; number is the step's number over the whole
// training, from 0, an int32 scalar; steps is how many there are in all.
func step(scope *model.Scope, loss Loss, batches []*Node, number *Node, steps int, r Recipe) *Node {
	dtype := batches[0].DType()
	progress := DivScalar(ConvertDType(number, dtype), float64(steps))
	l := loss(scope, batches, progress)
	gradients := clipByGlobalNorm(scope.BuildTrainableVariablesGradientsGraph(l), r.Clip)
	// The optimiser reads its learning rate from a variable: set it for this step.
	optimizer.LearningRateVar(scope, dtype, r.LearningRate).SetNodeValue(cosine(progress, r.LearningRate))
	adam := optimizer.Adam().Scope(optimiserScope).LearningRate(r.LearningRate).Epsilon(1e-8).Done()
	adam.(withGradients).UpdateGraphWithGradients(scope, gradients, dtype)
	return l
}

// withGradients is a GoMLX optimiser that takes gradients rather than a loss, which leaves room to clip them.
type withGradients interface {
	UpdateGraphWithGradients(scope *model.Scope, gradients []*Node, dtype dtypes.DType)
}

// cosine is the learning rate after a share progress of the training, from rate down to 0: ½·rate·(1 + cos(π·progress)).
func cosine(progress *Node, rate float64) *Node {
	return MulScalar(OnePlus(Cos(MulScalar(progress, math.Pi))), rate/2)
}

// clipByGlobalNorm scales gradients so that their common Euclidean norm is at most most; 0 leaves them.
func clipByGlobalNorm(gradients []*Node, most float64) []*Node {
	if most == 0 {
		return gradients
	}
	// Squares of one shape are added up before they are summed: a reduction for each shape costs a good deal less than one for each gradient.
	squares, sums := map[string]*Node{}, []string{}
	for _, gradient := range gradients {
		shape := gradient.Shape().String()
		if sum, found := squares[shape]; found {
			squares[shape] = Add(sum, Square(gradient))
		} else {
			squares[shape], sums = Square(gradient), append(sums, shape)
		}
	}
	squared := ScalarZero(gradients[0].Graph(), gradients[0].DType())
	for _, shape := range sums {
		squared = Add(squared, ReduceAllSum(squares[shape]))
	}
	// Never divided by zero: where the norm is below most the factor is most/most.
	factor := Div(Scalar(squared.Graph(), squared.DType(), most), MaxScalar(Sqrt(squared), most))
	clipped := make([]*Node, len(gradients))
	for i, gradient := range gradients {
		clipped[i] = Mul(gradient, factor)
	}
	return clipped
}
