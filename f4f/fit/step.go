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

// step builds one step of training and gives its loss, a scalar; of several flows at once those of each [flows]. batches are [batch, width]; number is the step's number over
// the whole training, from 0, an int32 scalar; schedule is as schedule makes it.
func step(scope *model.Scope, loss Loss, batches []*Node, number, schedule *Node, flows int, r Recipe) *Node {
	dtype := batches[0].DType()
	scope.Store().SetTraining(batches[0].Graph(), true)
	schedule = ConvertDType(schedule, dtype)
	progress := Div(ConvertDType(number, dtype), scheduled(schedule, stepsPlace))
	l := shared(loss(scope, batches, progress))
	l, gradients := summed(l, scope.BuildTrainableVariablesGradientsGraph(ofAll(l, flows)))
	if flows > 1 {
		gradients = clipEach(gradients, r.Clip)
	} else {
		gradients = clipByGlobalNorm(gradients, r.Clip)
	}
	// The optimiser reads its learning rate from a variable: set it for this step.
	optimizer.LearningRateVar(scope, dtype, r.LearningRate).SetNodeValue(rate(progress, schedule))
	adam := optimizer.Adam().Scope(optimiserScope).LearningRate(r.LearningRate).Betas(0.9, r.beta2()).Epsilon(1e-8).Done()
	adam.(withGradients).UpdateGraphWithGradients(scope, gradients, dtype)
	return l
}

// withGradients is a GoMLX optimiser that takes gradients rather than a loss, which leaves room to clip them.
type withGradients interface {
	UpdateGraphWithGradients(scope *model.Scope, gradients []*Node, dtype dtypes.DType)
}

// Places of the numbers in a schedule.
const (
	stepsPlace    = iota // steps of the whole training
	rateHalfPlace        // half the learning rate
	stepPlace            // a step's share of the training
	warmUpPlace          // the warm-up's share of the training
	scheduleSize
)

// schedule is what decides on the learning rates of a training of so many steps, [scheduleSize]: an
// input of its program, so that trainings of other lengths and rates run the same one.
func (r Recipe) schedule(steps int) []float64 {
	return []float64{stepsPlace: float64(steps), rateHalfPlace: r.LearningRate / 2, stepPlace: 1 / float64(steps), warmUpPlace: max(r.WarmUp, noWarmUp)}
}

// noWarmUp is a share of the training that no step is short enough to lie in.
const noWarmUp = 1e-30

// scheduled is one number of a schedule, a scalar.
func scheduled(schedule *Node, place int) *Node {
	return Reshape(Slice(schedule, AxisRange(place, place+1)))
}

// rate is the learning rate after a share progress of the training's steps: ½·LearningRate·(1 + cos(π·progress)), down to 0, and during the warm-up that times the share of the
// warm-up that the step ends. rateAt is the same in Go.
func rate(progress, schedule *Node) *Node {
	rate := Mul(OnePlus(Cos(MulScalar(progress, math.Pi))), scheduled(schedule, rateHalfPlace))
	return Mul(rate, MinScalar(Div(Add(progress, scheduled(schedule, stepPlace)), scheduled(schedule, warmUpPlace)), 1))
}

// rateAt is the learning rate of a step, counted from 0, of a training of so many steps.
func (r Recipe) rateAt(step, steps int) float64 {
	progress := float64(step) / float64(steps)
	rate := r.LearningRate / 2 * (1 + math.Cos(math.Pi*progress))
	if r.WarmUp == 0 {
		return rate
	}
	return rate * min((progress+1/float64(steps))/r.WarmUp, 1)
}

func (r Recipe) beta2() float64 {
	if r.Beta2 == 0 {
		return 0.999
	}
	return r.Beta2
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
	factor := clipFactor(squared, most)
	clipped := make([]*Node, len(gradients))
	for i, gradient := range gradients {
		clipped[i] = Mul(gradient, factor)
	}
	return clipped
}

// clipFactor is what a gradient is multiplied by for its norm to be at most most, given the norm's square. Never divided by zero: where the norm is below most the factor is most/most.
func clipFactor(squared *Node, most float64) *Node {
	return Div(Scalar(squared.Graph(), squared.DType(), most), MaxScalar(Sqrt(squared), most))
}
