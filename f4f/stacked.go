package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Several flows as one graph, over stacked weights (see package bijection): what differs between the graphs of flows of one shape is no more than the constants of their scalers.

// objective is what a flow minimises, as graphs.
type objective interface {
	// problem has the phases and the score of it alone.
	problem() fit.Problem
	// stacked has those of flows of one shape, it and the others, over stacked weights.
	stacked(all []objective) fit.Problem
}

// densityObjective is that of a base: −E log p(x), eq. 1.
type densityObjective struct{ flow normal }

func (o densityObjective) problem() fit.Problem {
	surprise := func(scope *model.Scope, batches []*Node) *Node {
		x, c := apart(batches[0], o.flow.dim)
		return Neg(o.flow.logProb(scope.At(flowScope), x, c))
	}
	return fit.Problem{
		Score: surprise,
		Phases: [][]fit.Loss{{func(scope *model.Scope, batches []*Node, _ *Node) *Node {
			return meanOf(scope, surprise(scope, batches))
		}}},
	}
}

func (o densityObjective) stacked(all []objective) fit.Problem {
	o.flow = stackedNormal(all, func(o objective) normal { return o.(densityObjective).flow })
	return o.problem()
}

// transportObjective is that of a plan's transport.
type transportObjective struct {
	plan BetweenPlan
	flow between
}

func (o transportObjective) problem() fit.Problem {
	if o.flow.among {
		return o.plan.oneSided(o.flow)
	}
	return o.plan.twoSided(o.flow)
}

func (o transportObjective) stacked(all []objective) fit.Problem {
	o.flow.left = stackedNormal(all, func(o objective) normal { return o.(transportObjective).flow.left })
	o.flow.right = stackedNormal(all, func(o objective) normal { return o.(transportObjective).flow.right })
	return o.problem()
}

// stackedNormal is the flows that of picks from all, as one.
func stackedNormal(all []objective, of func(objective) normal) normal {
	n := of(all[0])
	n.scaler, n.conditions = nil, nil
	for _, o := range all {
		n.scaler = append(n.scaler, of(o).scaler...)
		n.conditions = append(n.conditions, of(o).conditions...)
	}
	return n
}

// meanOf is the mean of values [batch], a scalar; of several flows at once that of each [flows].
func meanOf(scope *model.Scope, values *Node) *Node {
	if bijection.Flows(scope) == 1 {
		return ReduceAllMean(values)
	}
	return ReduceMean(bijection.ByFlow(scope, values), -1)
}
