package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// A transport among the conditions of one distribution (both sides have the same base) is one map
// for each pair of conditions, run in one direction or the other: f_γ runs forward from the
// condition that comes first, and inverse to it. At(c_x, c_y) and At(c_y, c_x) therefore undo each
// other up to rounding. From a condition to itself the map is the identity.

// move maps points x [batch, D] from their conditions to others, both [batch, C]. All of the points
// go the way b.way.
func (b Between) move(scope *model.Scope, x, from, to *Node) (y, logDet *Node) {
	u, _ := b.scaling(false).standardise(scope, x)
	switch flow := scope.At(FlowScope); b.Way {
	case onward:
		y, logDet = b.Flow.Forward(flow, u, b.see(scope, from, to))
	case back:
		y, logDet = b.Flow.Inverse(flow, u, b.see(scope, to, from))
	case nowhere:
		// Times 1, because GoMLX's Go backend fails on a program that returns its input.
		return MulScalar(x, 1), ReduceSum(ZerosLike(x), -1)
	}
	// One scaler serves both sides, so its log-det cancels.
	y, _ = b.scaling(false).restore(scope, y)
	return y, logDet
}

// see returns what the flow sees of the conditions [batch, C] on its two sides.
func (b Between) see(scope *model.Scope, cx, cy *Node) *Node {
	return b.Relation.See(b.Left.scaled(scope, cx), b.Right.scaled(scope, cy))
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
// step costs one pass. x and y [batch, D] are the points before and after, with angles of y where
// they are nearest to those of x. loss [batch] is −log p(y|c_y) − log|det|, where the last includes the
// log-det of learned noise. w [batch] are the weights of x, nil for none. All are in the order of the
// rows. See Normal.learned for progress.
func (b Between) paired(scope *model.Scope, rows, progress *Node) (x, y, w, loss *Node) {
	x, c, w := b.Left.split(rows)
	x, noise := b.Left.noisy(scope.At(LeftScope), x, c, progress)
	xa, xb := halves(scope, x)
	ca, cb := halves(scope, c)

	swapped := b.Relation.ComesFirst(cb, ca) // whether the row of the second half has the condition that comes first
	first, last := pick(swapped, cb, ca), pick(swapped, ca, cb)
	seen := b.see(scope, first, last)
	flow := scope.At(FlowScope)
	fromFirst, _ := b.scaling(false).standardise(scope, pick(swapped, xb, xa))
	fromLast, _ := b.scaling(false).standardise(scope, pick(swapped, xa, xb))
	there, thereLogDet := b.Flow.Forward(flow, fromFirst, seen)
	here, hereLogDet := b.Flow.Inverse(flow, fromLast, seen)

	// Bring the results back into the order of the rows, each with the other's condition.
	y = whole(scope, pick(swapped, here, there), pick(swapped, there, here))
	y, _ = b.scaling(false).restore(scope, y)
	logDet := whole(scope, Where(swapped, hereLogDet, thereLogDet), Where(swapped, thereLogDet, hereLogDet))
	logProb := b.Left.LogProb(scope.At(LeftScope), y, whole(scope, cb, ca))
	return x, b.nearest(x, y), w, Neg(Add(Add(logProb, logDet), noise))
}

// ways returns for each of n points the way from its own condition to the other, given the
// conditions of both sides c [1 or n, 2·C]. The result has one way for all points if c has one row.
// leftToRight says which of the two is the point's own.
func (b Between) ways(e *engine.Engine, c data.Points, leftToRight bool) ([]way, error) {
	order := func(_ *model.Scope, _, c *Node) []*Node {
		from, to := b.conditions(c)
		flag := func(first *Node) *Node { return ConvertDType(first, c.DType()) }
		return []*Node{flag(b.Relation.ComesFirst(to, from)), flag(b.Relation.ComesFirst(from, to))}
	}
	// The order depends on conditions alone. They are passed in place of points as well.
	flags, err := e.Run("order", order, c, c)
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

// Run runs a function of points and of the conditions of both sides on an engine.
func (b Between) Run(e *engine.Engine, name string, x, c data.Points, leftToRight bool, build func(b Between) engine.Build) ([][]float64, error) {
	if b.among {
		return b.amongRows(e, name, x, c, leftToRight, build)
	}
	return e.Run(name, build(b), x, c)
}

// amongRows applies a function to points that go different ways, with a program for each way. A
// single program would take every point both ways.
func (b Between) amongRows(e *engine.Engine, name string, x, c data.Points, leftToRight bool, build func(b Between) engine.Build) ([][]float64, error) {
	ways, err := b.ways(e, c, leftToRight)
	if err != nil {
		return nil, err
	}
	run := func(w way, x, c data.Points) ([][]float64, error) {
		b.Way = w
		return e.Run(name+" "+w.String(), build(b), x, c)
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

// EitherWay is Direction, but if both sides are one distribution, the map takes each point the way
// of its own conditions. It computes both ways for every point, for programs that can't split the
// points by way as Run does.
func (b Between) EitherWay(leftToRight bool) (f Map, far LogDensity) {
	f, far = b.Direction(leftToRight)
	if !b.among {
		return f, far
	}
	return func(scope *model.Scope, x, c *Node) (y, logDet *Node) {
		from, to := b.conditions(c)
		if !leftToRight {
			from, to = to, from
		}
		along := func(w way) (y, logDet *Node) {
			b.Way = w
			return b.move(scope, x, from, to)
		}
		y, logDet = along(nowhere)
		for _, w := range []way{onward, back} {
			first, last := from, to
			if w == back {
				first, last = to, from
			}
			goes := LogicalAnd(b.Relation.ComesFirst(first, last), LogicalNot(b.Relation.ComesFirst(last, first)))
			image, own := along(w)
			y, logDet = Where(goes, image, y), Where(goes, own, logDet)
		}
		return y, logDet
	}, far
}
