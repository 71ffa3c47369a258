package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// What a flow minimises, as graphs. Their constants are no flow's own, so over stacked weights (see
// package bijection) they are those of several flows of one shape at once.

// objective has the phases and the score of a base: −E log p(x), eq. 1.
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

// objective has the phases and the score of a transport of the plan's.
func (p BetweenPlan) objective(flow between) fit.Problem {
	problem := p.twoSided
	if flow.among {
		problem = p.oneSided
	}
	o := problem(flow)
	o.Score = evaluated(o.Score)
	return o
}

// evaluated is a score whose graph says that no gradient of it will be asked for.
func evaluated(score fit.Score) fit.Score {
	return func(scope *model.Scope, batches []*Node) *Node {
		bijection.WithoutGradient(scope, batches[0].Graph())
		return score(scope, batches)
	}
}

// meanOf is the mean of values [batch], a scalar; of several flows at once that of each [flows].
func meanOf(scope *model.Scope, values *Node) *Node {
	if bijection.Flows(scope) == 1 {
		return ReduceAllMean(values)
	}
	return ReduceMean(bijection.ByFlow(scope, values), -1)
}
