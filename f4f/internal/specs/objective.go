package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/stack"
	"github.com/flowsforflows/flows/f4f/plan"
)

// The objectives of flows, as graphs. Their constants belong to no single flow, so with stacked
// weights (see package bijection) the same graphs serve several flows of one shape at once.

// Objective returns the loss and the score of a base: −E log p(x), eq. 1, or minus the bound of
// log P(x) if noise is learned. In weighted data each point's is multiplied by its weight.
func (n Normal) Objective() fit.Problem {
	surprise := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		x, c, w := n.split(batches[0])
		return weighted(Neg(n.Bound(scope.At(FlowScope), x, c, progress)), w)
	}
	_, potential := bijection.PotentialOf(n.Bijection)
	return fit.Problem{
		Jacobians: potential,
		Score:     evaluated(func(scope *model.Scope, batches []*Node) *Node { return surprise(scope, batches, nil) }),
		Phases: [][]fit.Loss{{func(scope *model.Scope, batches []*Node, progress *Node) *Node {
			return meanOf(scope, surprise(scope, batches, progress))
		}}},
	}
}

// Goal is what a transport is trained for, beyond the likelihood.
type Goal struct {
	Direction   plan.Direction
	Penalties   []plan.Penalty
	PenaltyOnly bool // leave the likelihood out
}

// Problem returns the losses and the score of a transport, without data and weights.
func (g Goal) Problem(flow Between) fit.Problem {
	flow.Left, flow.Right = flow.Left.softened(), flow.Right.softened()
	problem := g.twoSided
	if flow.among {
		problem = g.oneSided
	}
	o := problem(flow)
	_, o.Jacobians = flow.Potential()
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
func (g Goal) oneSided(flow Between) fit.Problem {
	return fit.Problem{
		Phases: [][]fit.Loss{{g.pairedLoss(flow)}},
		Score: func(scope *model.Scope, batches []*Node) *Node {
			x, y, w, loss := flow.paired(scope, batches[0], nil)
			if g.PenaltyOnly {
				loss = g.prices(x, y)
			}
			return weighted(loss, w)
		},
	}
}

// twoSided returns the training problem of a transport between two distributions, in the plan's
// direction.
func (g Goal) twoSided(flow Between) fit.Problem {
	loss := func(leftToRight bool) fit.Loss {
		return func(scope *model.Scope, batches []*Node, progress *Node) *Node {
			p := flow.pass(scope, batches, leftToRight, progress)
			return g.cost(scope, p.loss(), p.x, p.y, p.w, progress)
		}
	}
	forward, inverse := loss(true), loss(false)
	switch g.Direction {
	case plan.Alternate, plan.InverseOnly, plan.BothWays: // the inverse is trained from the beginning
		if f, ok := flow.Potential(); ok && !g.PenaltyOnly {
			forward, inverse = g.fromOptimal(flow, f)
		}
	}
	// The score covers both directions whatever the direction of training, so that validation
	// losses can be compared, unless one leads to points alone. It leaves penalties out, unless
	// PenaltyOnly leaves nothing else.
	problem := fit.Problem{Score: func(scope *model.Scope, batches []*Node) *Node {
		var losses []*Node
		for _, leftToRight := range flow.towardsDensities() {
			p := flow.pass(scope, batches, leftToRight, nil)
			loss := p.loss()
			if g.PenaltyOnly {
				loss = g.prices(p.x, p.y)
			}
			losses = append(losses, weighted(loss, p.w))
		}
		if len(losses) == 1 {
			return losses[0]
		}
		return MulScalar(Add(losses[0], losses[1]), 0.5)
	}}
	both := func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		return MulScalar(Add(forward(scope, batches, progress), inverse(scope, batches, progress)), 0.5)
	}
	problem.Phases, problem.EpochsPerPhase = phased[fit.Loss](g.Direction, forward, inverse, both), g.Direction.Epochs()
	return problem
}

// Shifts returns what turns the losses of a transport's Problem, which are of points in the units
// that the flow sees, into losses in the data's units: minus the mean log-dets of the pipelines of
// the points that are mapped, those of the left where the loss is forward. There is one for each of
// the phases' losses. Penalties stay in the units that the flow sees.
func (g Goal) Shifts(left, right float64) [][]float64 {
	return phased(g.Direction, -left, -right, -(left+right)/2)
}

// phased returns what belongs to each of the losses that alternate in each phase of a training in a
// direction, given what belongs to the forward loss, to the inverse one, and to both in one.
func phased[T any](d plan.Direction, forward, inverse, both T) [][]T {
	switch d {
	case plan.ForwardOnly:
		return [][]T{{forward}}
	case plan.InverseOnly:
		return [][]T{{inverse}}
	case plan.BothWays:
		return [][]T{{both}}
	case plan.Alternate:
		return [][]T{{forward, inverse}}
	}
	return [][]T{{forward}, {inverse}}
}

// rows returns the points to map from left to right, or from right to left, x [batch, D], the
// conditions of both sides, c [batch, C_x+C_y], and the weights of the points, w [batch]. c is nil
// if there is no relation, and w if there are no weights. The target condition is that of the point
// on the other side in the same row of its batch. Under Shared it is the point's own. Points have
// learned noise if their side learned it, and logDet [batch] is that of the noise; see Normal.learned,
// for progress too.
//
// The weight is that of the point alone, not times that of the target condition: the map from one
// condition to another is the same however often the pair occurs, and the product of two weights
// varies more.
func (b Between) rows(scope *model.Scope, batches []*Node, leftToRight bool, progress *Node) (x, c, w, logDet *Node) {
	x, cx, w := b.Left.split(batches[0])
	y, cy, wy := b.Right.split(batches[1])
	own := cx
	if !leftToRight {
		x, own, w = y, cy, wy
	}
	from, _ := b.sides(leftToRight)
	x, logDet = from.noisy(scope.At("%s", from.scope), x, own, progress)
	if b.Relation == nil {
		return x, nil, w, logDet
	}
	if b.Relation.KeepsCondition() {
		cx, cy = own, own
	}
	return x, Concatenate([]*Node{cx, cy}, -1), w, logDet
}

// passage is a batch of points x [batch, D] of one side on their way to the other: their conditions c
// and weights w, nil for none, their images y = f(x) [batch, D] with log|det ∂f/∂x| [batch], which
// includes that of the points' noise, and log p(f(x)) [batch] by the base on the far side. Angles of y
// are where they are nearest to those of x.
type passage struct{ x, c, w, y, logDet, logProb *Node }

// pass maps a batch of points of one side by f to the other. See rows for progress.
func (b Between) pass(scope *model.Scope, batches []*Node, leftToRight bool, progress *Node) passage {
	x, c, w, noise := b.rows(scope, batches, leftToRight, progress)
	f, far := b.Direction(leftToRight)
	y, logDet := f(scope, x, c)
	return passage{x: x, c: c, w: w, y: b.nearest(x, y), logDet: Add(noise, logDet), logProb: far(scope, y, c)}
}

// loss returns −log p(f(x)) − log|det ∂f/∂x| [batch].
func (p passage) loss() *Node { return Neg(Add(p.logProb, p.logDet)) }

// cost returns the mean of the points' losses [batch] plus the penalties for moving points from x
// to y, both times the weights w [batch] of the points, nil for none. It is a scalar, or [flows] if
// several flows are trained as one program.
func (g Goal) cost(scope *model.Scope, losses, x, y, w, progress *Node) *Node {
	total := ScalarZero(x.Graph(), x.DType())
	if !g.PenaltyOnly {
		total = meanOf(scope, weighted(losses, w))
	}
	for _, price := range g.Penalties {
		total = Add(total, price.Cost(meanOf(scope, weighted(price.Price(x, y), w)), progress))
	}
	return total
}

// prices returns the sum of the penalties on each point [batch], at their full weights.
func (g Goal) prices(x, y *Node) *Node {
	total := g.Penalties[0].Cost(g.Penalties[0].Price(x, y), nil)
	for _, price := range g.Penalties[1:] {
		total = Add(total, price.Cost(price.Price(x, y), nil))
	}
	return total
}

// pairedLoss returns the loss of a step on one distribution, penalties included.
func (g Goal) pairedLoss(flow Between) fit.Loss {
	return func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		x, y, w, loss := flow.paired(scope, batches[0], progress)
		return g.cost(scope, loss, x, y, w, progress)
	}
}

// Training is what a transport's plan says of its training beyond the recipe, as its file holds it.
type Training struct {
	Direction   string   `json:"direction"`
	Penalties   []string `json:"penalties,omitempty"`
	PenaltyOnly bool     `json:"penaltyOnly,omitempty"`
}

func (g Goal) Training() Training {
	t := Training{Direction: g.Direction.String(), PenaltyOnly: g.PenaltyOnly}
	for _, price := range g.Penalties {
		t.Penalties = append(t.Penalties, price.String())
	}
	return t
}
