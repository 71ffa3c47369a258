package bijection

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// loops reports whether a graph can have a loop where it is being built. GoMLX's Go backend can't,
// as it lacks DynamicSlice. A loop inside the body of another, as in training, needs the XLA
// backend of package f4f/backend, which declares that by its method LoopsInLoops.
func loops(g *Graph) bool {
	capabilities := g.Backend().Capabilities()
	if !capabilities.Functions || !capabilities.Operations[compute.OpTypeDynamicSlice] {
		return false
	}
	nesting, ok := g.Backend().(interface{ LoopsInLoops() bool })
	return g.IsMainFunc() || ok && nesting.LoopsInLoops()
}

// state holds the nodes that the body of a loop reads. The body changes some of them.
type state []*Node

// add appends a node and returns its index.
func (s *state) add(n *Node) (at int) {
	*s = append(*s, n)
	return len(*s) - 1
}

// addEach appends n count times and returns the indices.
func (s *state) addEach(count int, n *Node) (at []int) {
	for range count {
		at = append(at, s.add(n))
	}
	return at
}

// loop runs body for i from from (included), up or down, to to (excluded), and returns the final
// state. The body stores what changes in the state. It can use only nodes of the state and nodes
// that it made itself. GoMLX's cached scalars are neither (see numbers.go).
//
// The loop has no gradient: a caller that needs one defines it.
func loop(from, to int, s state, body func(i *Node, s state)) state {
	return loopWhile(from, to, s, nil, body)
}

// loopWhile is loop, which ends before to when going, if it isn't nil, returns false for the state.
// going builds a boolean scalar under the rules for body.
func loopWhile(from, to int, s state, going func(s state) *Node, body func(i *Node, s state)) state {
	g, step := s[0].Graph(), int32(1)
	if to < from {
		step = -1
	}
	all := append(state{Const(g, int32(from))}, s...)
	parameters := func(g *Graph) state {
		inside := make(state, len(all))
		for k, n := range all {
			inside[k] = Parameter(g, fmt.Sprintf("of_loop_%d", k), n.Shape())
		}
		return inside
	}
	more := NewClosure(g, func(g *Graph) []*Node {
		inside := parameters(g)
		yes := NotEqual(inside[0], Const(g, int32(to)))
		if going != nil {
			yes = LogicalAnd(yes, going(inside[1:]))
		}
		return []*Node{yes}
	})
	once := NewClosure(g, func(g *Graph) []*Node {
		inside := parameters(g)
		body(inside[0], inside[1:])
		inside[0] = Add(inside[0], Const(g, step))
		return inside
	})
	return While(more, once, all...)[1:]
}

// rowsAt returns count rows of x [rows, …], starting at row from; for x [flows, rows, …] it does so
// for each flow. The sliced axis is the one before the last, so the last two axes are [rows,
// batch]. A slice that would reach beyond the last row ends at it instead.
func rowsAt(x, from *Node, count int) *Node { return sliceAt(x, x.Rank()-2, from, count) }

// sliceAt is rowsAt along any axis.
func sliceAt(x *Node, axis int, from *Node, count int) *Node {
	dims := append([]int(nil), x.Shape().Dimensions...)
	dims[axis] = count
	return DynamicSlice(x, startAt(x, axis, from), dims)
}

// withRows returns x with rows written over those that start at row from.
func withRows(x, rows, from *Node) *Node {
	return DynamicUpdateSlice(x, rows, startAt(x, x.Rank()-2, from))
}

// startAt returns the start indices of a slice of x along an axis.
func startAt(x *Node, axis int, from *Node) []*Node {
	start := make([]*Node, x.Rank())
	for i := range start {
		start[i] = Const(x.Graph(), int32(0))
	}
	start[axis] = from
	return start
}

// element returns the element of table at index i, an int32 scalar.
func element(table []int, i *Node) *Node {
	numbers := make([]int32, len(table))
	for k, v := range table {
		numbers[k] = int32(v)
	}
	return Reshape(DynamicSlice(Const(i.Graph(), numbers), []*Node{i}, []int{1}))
}
