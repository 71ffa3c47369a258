package fit

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// step builds one step of training and returns its loss: a scalar, or for several flows at once the
// loss of each, [flows]. batches are [batch, width]. number is the step's number over the whole
// training, from 0, an int32 scalar. schedule is [scheduleSize], as Recipe.schedule returns it.
func step(scope *model.Scope, loss Loss, batches []*Node, number, schedule *Node, flows int, r Recipe) *Node {
	dtype := batches[0].DType()
	scope.Store().SetTraining(batches[0].Graph(), true)
	schedule = ConvertDType(schedule, dtype)
	progress := Div(ConvertDType(number, dtype), scheduled(schedule, stepsPlace))
	l := shared(loss(scope, batches, progress))
	gradients := scope.BuildTrainableVariablesGradientsGraph(sumOverFlows(l, flows))
	var weights []*model.Variable // in the order of their gradients
	for v := range scope.IterVariables() {
		if v.Trainable && v.InUseByGraph(l.Graph()) {
			weights = append(weights, v)
		}
	}
	l, gradient := summed(l, flattened(gradients, flows))
	adam(scope, weights, clipped(gradient, r.ClipNorm), rate(progress, schedule), number, r.beta2())
	return l
}

// Indices into a schedule.
const (
	stepsPlace    = iota // steps of the whole training
	rateHalfPlace        // half the learning rate
	stepPlace            // a step's share of the training
	warmUpPlace          // the warm-up's share of the training
	scheduleSize
)

// schedule returns the numbers that determine the learning rates of a training with steps steps,
// [scheduleSize]. They are an input of the program, so that trainings with other lengths and rates
// run the same program.
func (r Recipe) schedule(steps int) []float64 {
	return []float64{stepsPlace: float64(steps), rateHalfPlace: r.LearningRate / 2, stepPlace: 1 / float64(steps), warmUpPlace: max(r.WarmUp, noWarmUp)}
}

// noWarmUp is a warm-up so short that it ends within the first step of any training.
const noWarmUp = 1e-30

// scheduled returns one number of a schedule, a scalar.
func scheduled(schedule *Node, place int) *Node {
	return Reshape(Slice(schedule, AxisRange(place, place+1)))
}

// rate returns the learning rate at a point progress of the training: ½·LearningRate·(1 +
// cos(π·progress)), which falls to 0. During the warm-up it is multiplied by the share of the
// warm-up that is over at the end of the step. rateAt computes the same in Go.
func rate(progress, schedule *Node) *Node {
	rate := Mul(OnePlus(Cos(MulScalar(progress, math.Pi))), scheduled(schedule, rateHalfPlace))
	return Mul(rate, MinScalar(Div(Add(progress, scheduled(schedule, stepPlace)), scheduled(schedule, warmUpPlace)), 1))
}

// rateAt returns the learning rate of a step, counted from 0, in a training with steps steps.
func (r Recipe) rateAt(step, steps int) float64 {
	progress := float64(step) / float64(steps)
	rate := r.LearningRate / 2 * (1 + math.Cos(math.Pi*progress))
	if r.WarmUp == 0 {
		return rate
	}
	return rate * min((progress+1/float64(steps))/r.WarmUp, 1)
}
