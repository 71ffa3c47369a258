package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/fit"
)

// A transport among the conditions of one distribution (both sides have one base) is one map for each pair of conditions, and the way back is the same
// map run the other way: f_γ runs forward from the condition that comes first, so that At(c_x, c_y) and At(c_y, c_x) undo each other exactly. From a condition to
// itself it is the identity.

// move maps points x [batch, D] from their conditions to others, both [batch, C].
func (b between) move(scope *model.Scope, x, from, to *Node) (y, logDet *Node) {
	back := b.relation.comesFirst(to, from)
	stays := LogicalAnd(LogicalNot(back), LogicalNot(b.relation.comesFirst(from, to)))
	seen := b.see(pick(back, to, from), pick(back, from, to))
	u, _ := standardise(b.left.scaler, x)
	flow := scope.At(flowScope)
	there, thereLogDet := b.flow.Forward(flow, u, seen)
	here, hereLogDet := b.flow.Inverse(flow, u, seen)
	// One scaler serves both sides, so its log-det cancels.
	y, _ = restore(b.left.scaler, pick(back, here, there))
	logDet = Where(back, hereLogDet, thereLogDet)
	return pick(stays, x, y), Where(stays, ZerosLike(logDet), logDet)
}

// see is what the flow sees of conditions [batch, C] on its two sides.
func (b between) see(cx, cy *Node) *Node {
	return b.relation.see(b.left.scaled(cx), b.right.scaled(cy))
}

// pick takes rows [batch, n] of one where the row's flag [batch] is set, else of the other.
func pick(flag, one, other *Node) *Node { return Where(flag, one, other) }

// paired is a step's work on points of one distribution: rows are paired up, the conditions of either are the target of the other, so that exactly half
// go each way and a step costs one pass. x and y [batch, D] are the points before and after, loss [batch] is −log p(y|c_y) − log|det|, all in
// the order of the rows.
func (b between) paired(scope *model.Scope, rows *Node) (x, y, loss *Node) {
	x, c := apart(rows, b.left.dim)
	half := x.Shape().Dim(0) / 2
	upper := func(n *Node) *Node { return SliceAxis(n, 0, AxisRange(0, half)) }
	lower := func(n *Node) *Node { return SliceAxis(n, 0, AxisRange(half, 2*half)) }
	xa, xb, ca, cb := upper(x), lower(x), upper(c), lower(c)

	swapped := b.relation.comesFirst(cb, ca) // the lower row has the condition that comes first
	first, last := pick(swapped, cb, ca), pick(swapped, ca, cb)
	seen := b.see(first, last)
	flow := scope.At(flowScope)
	fromFirst, _ := standardise(b.left.scaler, pick(swapped, xb, xa))
	fromLast, _ := standardise(b.left.scaler, pick(swapped, xa, xb))
	there, thereLogDet := b.flow.Forward(flow, fromFirst, seen)
	here, hereLogDet := b.flow.Inverse(flow, fromLast, seen)

	// Back in the order of the rows, each with the other's condition.
	y = Concatenate([]*Node{pick(swapped, here, there), pick(swapped, there, here)}, 0)
	y, _ = restore(b.left.scaler, y)
	logDet := Concatenate([]*Node{Where(swapped, hereLogDet, thereLogDet), Where(swapped, thereLogDet, hereLogDet)}, 0)
	logProb := b.leftLogProb(scope, y, Concatenate([]*Node{cb, ca}, 0))
	return x, y, Neg(Add(logProb, logDet))
}

// pairedLoss is the loss of a step on one distribution, penalties included.
func (p BetweenPlan) pairedLoss(flow between) fit.Loss {
	return func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		x, y, loss := flow.paired(scope, batches[0])
		return p.cost(loss, x, y, progress)
	}
}
