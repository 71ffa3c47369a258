package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// The objectives of flows, as graphs. Their constants belong to no single flow, so with stacked
// weights (see package bijection) the same graphs serve several flows of one shape at once.

// objective returns the loss and the score of a base: −E log p(x), eq. 1.
func (n normal) objective() fit.Problem {
	surprise := func(scope *model.Scope, batches []*Node) *Node {
		x, c := apart(batches[0], n.dim)
		return Neg(n.logProb(scope.At(flowScope), x, c))
	}
	return fit.Problem{
		Score: evaluated(surprise),
		Phases: [][]fit.Loss{{func(scope *model.Scope, batches []*Node, _ *Node) *Node {
			return meanOf(scope, surprise(scope, batches))
		}}},
	}
}

// objective returns the losses and the score of the plan's transport.
func (p BetweenPlan) objective(flow between) fit.Problem {
	problem := p.twoSided
	if flow.among {
		problem = p.oneSided
	}
	o := problem(flow)
	o.Score = evaluated(o.Score)
	return o
}

// evaluated returns the score with a mark on its graph that no gradient of it is needed.
func evaluated(score fit.Score) fit.Score {
	return func(scope *model.Scope, batches []*Node) *Node {
		bijection.WithoutGradient(scope, batches[0].Graph())
		return score(scope, batches)
	}
}

// meanOf returns the mean of values [batch] as a scalar. If several flows are trained as one
// program, it returns the mean of each, [flows].
func meanOf(scope *model.Scope, values *Node) *Node {
	if bijection.Flows(scope) == 1 {
		return ReduceAllMean(values)
	}
	return ReduceMean(bijection.ByFlow(scope, values), -1)
}
