//go:build cgo

package backend

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// This builds a loop in the body of another loop, twice.
func TestLoopsStandInsideLoops(t *testing.T) {
	b := requireXLA(t, "xla:cpu")
	number, pair := shapes.Make(dtypes.Int32), shapes.Make(dtypes.Float32, 2)
	// times repeats a body, which changes a pair, three times.
	times := func(x *Node, body func(x *Node) *Node) *Node {
		g := x.Graph()
		parameters := func(g *Graph) (i, x *Node) { return Parameter(g, "i", number), Parameter(g, "x", pair) }
		less := NewClosure(g, func(g *Graph) []*Node {
			i, _ := parameters(g)
			return []*Node{LessThan(i, Const(g, int32(3)))}
		})
		once := NewClosure(g, func(g *Graph) []*Node {
			i, x := parameters(g)
			return []*Node{Add(i, Const(g, int32(1))), body(x)}
		})
		return While(less, once, Const(g, int32(0)), x)[1]
	}
	// [a, b] to [a+1, a+b]
	sum := func(x *Node) *Node {
		a, b := Slice(x, AxisElem(0)), Slice(x, AxisElem(1))
		return Concatenate([]*Node{Add(a, Const(x.Graph(), []float32{1})), Add(a, b)}, 0)
	}
	exec, err := NewExec(b.Backend, func(x *Node) *Node {
		return sum(times(x, func(x *Node) *Node {
			return sum(times(x, func(x *Node) *Node { return times(sum(x), sum) }))
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	outputs, err := exec.Call([]float32{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	a, sums, count := 0, 0, 0
	for range 3 {
		for range 3 {
			for range 4 {
				a, sums, count = a+1, a+sums, count+1
			}
		}
		a, sums = a+1, a+sums
	}
	a, sums = a+1, a+sums
	got := tensors.MustCopyFlatData[float32](outputs[0])
	if got[0] != float32(a) || got[1] != float32(sums) {
		t.Errorf("loops in loops gave %v, want %d and %d", got, a, sums)
	}
}
