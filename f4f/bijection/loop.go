package bijection

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// loops tells whether a graph can have a loop where it is being built. GoMLX's Go backend lacks
// DynamicSlice; and of XLA's backends only that of package f4f/backend, which says so, has loops in
// the body of another, as training is.
func loops(g *Graph) bool {
	capabilities := g.Backend().Capabilities()
	if !capabilities.Functions || !capabilities.Operations[compute.OpTypeDynamicSlice] {
		return false
	}
	nesting, ok := g.Backend().(interface{ LoopsInLoops() bool })
	return g.IsMainFunc() || ok && nesting.LoopsInLoops()
}

// state is what the body of a loop reads, some of which it changes.
type state []*Node

// add gives the place of one node more.
func (s *state) add(n *Node) (at int) {
	*s = append(*s, n)
	return len(*s) - 1
}

// addEach gives the places of so many more, all of them n to begin with.
func (s *state) addEach(count int, n *Node) (at []int) {
	for range count {
		at = append(at, s.add(n))
	}
	return at
}

// loop runs a body for i from (included) up, or down, to to (excluded). The body puts what changes
// into the state. It can't see any node that isn't there or made in it, GoMLX's cached scalars
// included (see numbers.go). What loop gives is the state at the end.
//
// A While has no gradient: whoever wants one states it.
func loop(from, to int, s state, body func(i *Node, s state)) state {
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
	more := NewClosure(g, func(g *Graph) []*Node { return []*Node{NotEqual(parameters(g)[0], Const(g, int32(to)))} })
	once := NewClosure(g, func(g *Graph) []*Node {
		inside := parameters(g)
		body(inside[0], inside[1:])
		inside[0] = Add(inside[0], Const(g, step))
		return inside
	})
	return While(more, once, all...)[1:]
}

// rowsAt are count rows of x [rows, …] from a row on, or of each of [flows, rows, …]: the axis
// before the last is sliced. Where they would reach beyond the last row, they are the last.
func rowsAt(x, from *Node, count int) *Node { return sliceAt(x, x.Rank()-2, from, count) }

// sliceAt is likewise a slice along any axis.
func sliceAt(x *Node, axis int, from *Node, count int) *Node {
	dims := append([]int(nil), x.Shape().Dimensions...)
	dims[axis] = count
	return DynamicSlice(x, startAt(x, axis, from), dims)
}

// withRows is x with rows written over those from a row on.
func withRows(x, rows, from *Node) *Node {
	return DynamicUpdateSlice(x, rows, startAt(x, x.Rank()-2, from))
}

// startAt is where a slice of x along an axis starts.
func startAt(x *Node, axis int, from *Node) []*Node {
	start := make([]*Node, x.Rank())
	for i := range start {
		start[i] = Const(x.Graph(), int32(0))
	}
	start[axis] = from
	return start
}

// element is that of a table which i, an int32 scalar, names.
func element(table []int, i *Node) *Node {
	numbers := make([]int32, len(table))
	for k, v := range table {
		numbers[k] = int32(v)
	}
	return Reshape(DynamicSlice(Const(i.Graph(), numbers), []*Node{i}, []int{1}))
}
