package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/stack"
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
	if stack.Flows(scope) == 1 {
		return ReduceAllMean(values)
	}
	return ReduceMean(stack.Split(scope, values), -1)
}

// oneSided returns the training problem of a transport among the conditions of one distribution.
func (p BetweenPlan) oneSided(flow between) fit.Problem {
	return fit.Problem{
		Phases: [][]fit.Loss{{p.pairedLoss(flow)}},
		Score: func(scope *model.Scope, batches []*Node) *Node {
			x, y, loss := flow.paired(scope, batches[0])
			if p.penaltyOnly {
				return p.prices(x, y)
			}
			return loss
		},
	}
}

// twoSided returns the training problem of a transport between two distributions, in the plan's
// direction.
func (p BetweenPlan) twoSided(flow between) fit.Problem {
	forward := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		x, c := flow.forwardRows(batches, p.relation)
		y, loss := surprise(scope, flow.forward, flow.onRight, x, c)
		return p.cost(scope, loss, x, y, progress)
	}
	inverse := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		y, c := flow.inverseRows(batches, p.relation)
		x, loss := surprise(scope, flow.inverse, flow.onLeft, y, c)
		return p.cost(scope, loss, y, x, progress)
	}
	// The score covers both directions whatever the direction of training, so that validation
	// losses can be compared. It leaves penalties out, unless PenaltyOnly leaves nothing else.
	problem := fit.Problem{Score: func(scope *model.Scope, batches []*Node) *Node {
		x, c := flow.forwardRows(batches, p.relation)
		toRight, there := surprise(scope, flow.forward, flow.onRight, x, c)
		y, c := flow.inverseRows(batches, p.relation)
		toLeft, back := surprise(scope, flow.inverse, flow.onLeft, y, c)
		if p.penaltyOnly {
			there, back = p.prices(x, toRight), p.prices(y, toLeft)
		}
		return MulScalar(Add(there, back), 0.5)
	}}
	switch p.direction.kind {
	case ForwardOnly.kind:
		problem.Phases = [][]fit.Loss{{forward}}
	case InverseOnly.kind:
		problem.Phases = [][]fit.Loss{{inverse}}
	case BothWays.kind:
		problem.Phases = [][]fit.Loss{{func(scope *model.Scope, batches []*Node, progress *Node) *Node {
			return MulScalar(Add(forward(scope, batches, progress), inverse(scope, batches, progress)), 0.5)
		}}}
	case Alternate.kind:
		problem.Phases = [][]fit.Loss{{forward, inverse}}
	default:
		problem.Phases, problem.EpochsPerPhase = [][]fit.Loss{{forward}, {inverse}}, p.direction.epochs
	}
	return problem
}

// forwardRows returns the points to map forward, x [batch, D], and the conditions of both sides, c
// [batch, C_x+C_y]. c is nil if there is no relation. The target condition is that of the point on
// the right in the same row of its batch. Under Shared it is the point's own.
func (b between) forwardRows(batches []*Node, r *Relation) (x, c *Node) {
	x, cx := apart(batches[0], b.left.dim)
	_, cy := apart(batches[1], b.right.dim)
	if r == nil {
		return x, nil
	}
	if r.name == Shared.name {
		cy = cx
	}
	return x, Concatenate([]*Node{cx, cy}, -1)
}

// inverseRows returns the points to map back, y [batch, D], and the conditions of both sides, as
// forwardRows does.
func (b between) inverseRows(batches []*Node, r *Relation) (y, c *Node) {
	_, cx := apart(batches[0], b.left.dim)
	y, cy := apart(batches[1], b.right.dim)
	if r == nil {
		return y, nil
	}
	if r.name == Shared.name {
		cx = cy
	}
	return y, Concatenate([]*Node{cx, cy}, -1)
}

// surprise maps points x by the direction f of the transport. It returns their images y = f(x)
// [batch, D], and the loss −log p_far(f(x)) − log|det ∂f/∂x| [batch] under the base on the far
// side.
func surprise(scope *model.Scope, f direction, far density, x, c *Node) (y, loss *Node) {
	y, logDet := f(scope, x, c)
	return y, Neg(Add(far(scope, y, c), logDet))
}

// cost returns the mean of the points' losses [batch] plus the penalties for moving points from x
// to y. It is a scalar, or [flows] if several flows are trained as one program.
func (p BetweenPlan) cost(scope *model.Scope, losses, x, y, progress *Node) *Node {
	total := ScalarZero(x.Graph(), x.DType())
	if !p.penaltyOnly {
		total = meanOf(scope, losses)
	}
	for _, price := range p.penalties {
		total = Add(total, price.cost(scope, x, y, progress))
	}
	return total
}

// prices returns the sum of the penalties on each point [batch], at their full weights.
func (p BetweenPlan) prices(x, y *Node) *Node {
	total := MulScalar(p.penalties[0].price(x, y), p.penalties[0].weight)
	for _, price := range p.penalties[1:] {
		total = Add(total, MulScalar(price.price(x, y), price.weight))
	}
	return total
}
