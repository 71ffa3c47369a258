package bijection

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// loops tells whether a graph can have a loop where it is being built. GoMLX's Go backend lacks DynamicSlice; and of XLA's backends only that of package f4f/backend, which says so, has loops in
// the body of another, as training is.
func loops(g *Graph) bool {
	capabilities := g.Backend().Capabilities()
	if !capabilities.Functions || !capabilities.Operations[compute.OpTypeDynamicSlice] {
		return false
	}
	nesting, ok := g.Backend().(interface{ LoopsInLoops() bool })
	return g.IsMainFunc() || ok && nesting.LoopsInLoops()
}

// loop runs a body for i from (included) up, or down, to to (excluded). The body changes the first of the state's nodes; the rest, which it only reads, it gives back as they are. It can't see
// any other node, not even GoMLX's cached scalars (see numbers.go). What loop gives is the state at the end.
//
// A While has no gradient: whoever wants one states it.
func loop(from, to int, state []*Node, body func(i *Node, state []*Node)) []*Node {
	g, step := state[0].Graph(), int32(1)
	if to < from {
		step = -1
	}
	state = append([]*Node{Const(g, int32(from))}, state...)
	parameters := func(g *Graph) []*Node {
		inside := make([]*Node, len(state))
		for k, n := range state {
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
	return While(more, once, state...)[1:]
}

// rowsAt are count rows of x [rows, …] from a row on, or of each of [flows, rows, …]: the axis before the last is sliced. Where they would reach beyond the last row, they are the last.
func rowsAt(x, from *Node, count int) *Node {
	dims := append([]int(nil), x.Shape().Dimensions...)
	dims[len(dims)-2] = count
	return DynamicSlice(x, startAt(x, from, -2), dims)
}

// columnsAt are likewise those of the last axis.
func columnsAt(x, from *Node, count int) *Node {
	dims := append([]int(nil), x.Shape().Dimensions...)
	dims[len(dims)-1] = count
	return DynamicSlice(x, startAt(x, from, -1), dims)
}

// withRows is x with rows written over those from a row on.
func withRows(x, rows, from *Node) *Node { return DynamicUpdateSlice(x, rows, startAt(x, from, -2)) }

// startAt is the start of a slice of x along an axis, −1 or −2.
func startAt(x, from *Node, axis int) []*Node {
	start := make([]*Node, x.Rank())
	for i := range start {
		start[i] = Const(x.Graph(), int32(0))
	}
	start[x.Rank()+axis] = from
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
