package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// A transport among the conditions of one distribution (both sides have the same base) is one map
// for each pair of conditions, run in one direction or the other: f_γ runs forward from the
// condition that comes first, and inverse to it. At(c_x, c_y) and At(c_y, c_x) therefore undo each
// other exactly. From a condition to itself the map is the identity.

// way is the way that a point goes between its conditions.
type way int

const (
	onward  way = iota // from the condition that comes first: f_γ
	back               // to the condition that comes first: f_γ⁻¹
	nowhere            // both conditions are equal: the identity
)

func (w way) String() string { return [...]string{"onward", "back", "nowhere"}[w] }

// move maps points x [batch, D] from their conditions to others, both [batch, C]. All of the points
// go the way b.way.
func (b between) move(scope *model.Scope, x, from, to *Node) (y, logDet *Node) {
	u, _ := b.left.scaler.standardise(scope, x)
	switch flow := scope.At(flowScope); b.way {
	case onward:
		y, logDet = b.flow.Forward(flow, u, b.see(scope, from, to))
	case back:
		y, logDet = b.flow.Inverse(flow, u, b.see(scope, to, from))
	case nowhere:
		// Times 1, because GoMLX's Go backend fails on a program that returns its input.
		return MulScalar(x, 1), ReduceSum(ZerosLike(x), -1)
	}
	// One scaler serves both sides, so its log-det cancels.
	y, _ = b.left.scaler.restore(scope, y)
	return y, logDet
}

// ways returns for each of n points the way from its own condition to the other, given the
// conditions of both sides c [1 or n, 2·C]. The result has one way for all points if c has one row.
// leftToRight says which of the two is the point's own.
func (t *Transport) ways(c data.Points, leftToRight bool) ([]way, error) {
	b := t.flow
	order := func(_ *model.Scope, _, c *Node) []*Node {
		from, to := b.sides(c)
		flag := func(first *Node) *Node { return ConvertDType(first, c.DType()) }
		return []*Node{flag(b.relation.comesFirst(to, from)), flag(b.relation.comesFirst(from, to))}
	}
	// The order depends on conditions alone. They are passed in place of points as well.
	flags, err := t.engine.Run("order", order, c, c)
	if err != nil {
		return nil, err
	}
	ways := make([]way, c.Len())
	for i := range ways {
		switch toFirst, fromFirst := flags[0][i] > 0, flags[1][i] > 0; {
		case toFirst == fromFirst:
			ways[i] = nowhere
		case toFirst == leftToRight:
			ways[i] = back
		}
	}
	return ways, nil
}

// amongRows applies a function to points that go different ways, with a program for each way. A
// single program would take every point both ways.
func (t *Transport) amongRows(name string, x, c data.Points, leftToRight bool, build func(b between) function) ([][]float64, error) {
	ways, err := t.ways(c, leftToRight)
	if err != nil {
		return nil, err
	}
	run := func(w way, x, c data.Points) ([][]float64, error) {
		b := t.flow
		b.way = w
		return t.engine.Run(name+" "+w.String(), build(b), x, c)
	}
	if len(ways) == 1 {
		return run(ways[0], x, c)
	}
	var outputs [][]float64
	for w := range nowhere + 1 {
		var rows []int
		for i, own := range ways {
			if own == w {
				rows = append(rows, i)
			}
		}
		if rows == nil {
			continue
		}
		some, err := x.Pick(rows...)
		if err != nil {
			return nil, err
		}
		theirs, err := c.Pick(rows...)
		if err != nil {
			return nil, err
		}
		results, err := run(w, some, theirs)
		if err != nil {
			return nil, err
		}
		if outputs == nil {
			outputs = make([][]float64, len(results))
		}
		for k, r := range results {
			width := len(r) / len(rows)
			if outputs[k] == nil {
				outputs[k] = make([]float64, x.Len()*width)
			}
			for i, row := range rows {
				copy(outputs[k][row*width:(row+1)*width], r[i*width:])
			}
		}
	}
	return outputs, nil
}

// see returns what the flow sees of the conditions [batch, C] on its two sides.
func (b between) see(scope *model.Scope, cx, cy *Node) *Node {
	return b.relation.see(b.left.scaled(scope, cx), b.right.scaled(scope, cy))
}

// pick takes rows [batch, n] of one where the row's flag [batch] is set, and of other elsewhere.
func pick(flag, one, other *Node) *Node { return Where(flag, one, other) }

// halves returns the first and the second half of a batch's rows. If several flows are trained as
// one program, it splits the batch of each.
func halves(scope *model.Scope, rows *Node) (upper, lower *Node) {
	if stack.Flows(scope) == 1 {
		half := rows.Shape().Dim(0) / 2
		return SliceAxis(rows, 0, AxisRange(0, half)), SliceAxis(rows, 0, AxisRange(half, 2*half))
	}
	rows = stack.Split(scope, rows)
	half := rows.Shape().Dim(1) / 2
	return stack.Merge(SliceAxis(rows, 1, AxisRange(0, half))), stack.Merge(SliceAxis(rows, 1, AxisRange(half, 2*half)))
}

// whole undoes halves.
func whole(scope *model.Scope, upper, lower *Node) *Node {
	if stack.Flows(scope) == 1 {
		return Concatenate([]*Node{upper, lower}, 0)
	}
	return stack.Merge(Concatenate([]*Node{stack.Split(scope, upper), stack.Split(scope, lower)}, 1))
}

// paired computes a step on points of one distribution. It pairs the rows up, and the conditions of
// each row in a pair are the target of the other. So exactly half of the points go each way, and a
// step costs one pass. x and y [batch, D] are the points before and after, and loss [batch] is −log
// p(y|c_y) − log|det|, all in the order of the rows.
func (b between) paired(scope *model.Scope, rows *Node) (x, y, loss *Node) {
	x, c := apart(rows, b.left.dim)
	xa, xb := halves(scope, x)
	ca, cb := halves(scope, c)

	swapped := b.relation.comesFirst(cb, ca) // whether the row of the second half has the condition that comes first
	first, last := pick(swapped, cb, ca), pick(swapped, ca, cb)
	seen := b.see(scope, first, last)
	flow := scope.At(flowScope)
	fromFirst, _ := b.left.scaler.standardise(scope, pick(swapped, xb, xa))
	fromLast, _ := b.left.scaler.standardise(scope, pick(swapped, xa, xb))
	there, thereLogDet := b.flow.Forward(flow, fromFirst, seen)
	here, hereLogDet := b.flow.Inverse(flow, fromLast, seen)

	// Bring the results back into the order of the rows, each with the other's condition.
	y = whole(scope, pick(swapped, here, there), pick(swapped, there, here))
	y, _ = b.left.scaler.restore(scope, y)
	logDet := whole(scope, Where(swapped, hereLogDet, thereLogDet), Where(swapped, thereLogDet, hereLogDet))
	logProb := b.leftLogProb(scope, y, whole(scope, cb, ca))
	return x, y, Neg(Add(logProb, logDet))
}

// pairedLoss returns the loss of a step on one distribution, penalties included.
func (p BetweenPlan) pairedLoss(flow between) fit.Loss {
	return func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		x, y, loss := flow.paired(scope, batches[0])
		return p.cost(scope, loss, x, y, progress)
	}
}
