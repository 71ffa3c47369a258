package main

import (
	"context"
	"fmt"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/f4f/backend"
)

// productsWork returns work that does the matrix products of a base step and almost nothing else.
// They have the forms in which XLA is fastest on a CPU: A·h in the forward pass of each linear
// layer, and h·gᵀ and W·g in the backward pass. Its number of parameters is the number of elements
// of the matrices W.
func productsWork(ctx context.Context, c benchCase) (work, error) {
	if c.Work != baseStep || c.Conditions > 0 {
		return nil, nil
	}
	b, err := backend.Open(ctx, "xla")
	if err != nil {
		return nil, err
	}
	// The state holds every matrix twice, as A [out, in] and as W [in, out], so that none need be
	// transposed.
	const steps = 20
	wide := []int{c.Dim}
	for range 2*c.Blocks + 1 {
		wide = append(wide, c.Hidden)
	}
	wide = append(wide, c.Dim*(3*c.Bins-1))
	parameters := 0
	inputs := []any{zeros(c.Dim, c.Batch)}
	for range c.Layers {
		for i := range len(wide) - 1 {
			inputs = append(inputs, zeros(wide[i+1], wide[i]), zeros(wide[i], wide[i+1]))
			parameters += wide[i] * wide[i+1]
		}
	}
	exec, err := NewExec(b.Backend, func(inputs []*Node) []*Node {
		g := inputs[0].Graph()
		state := append([]*Node{Const(g, int32(0))}, inputs...)
		closure := func(build func(s []*Node) []*Node) *Function {
			return NewClosure(g, func(g *Graph) []*Node {
				s := make([]*Node, len(state))
				for i, n := range state {
					s[i] = Parameter(g, fmt.Sprintf("state_%d", i), n.Shape())
				}
				return build(s)
			})
		}
		return While(closure(func(s []*Node) []*Node {
			return []*Node{LessThan(s[0], Const(s[0].Graph(), int32(steps)))}
		}), closure(func(s []*Node) []*Node {
			return oneStep(s, len(wide)-1)
		}), state...)
	})
	if err != nil {
		return nil, err
	}
	return func(n int) (done, error) {
		began, units := time.Now(), 0
		for ; units < n; units += steps {
			outputs, err := exec.Call(inputs...)
			if err != nil {
				return done{}, err
			}
			_ = tensors.ToScalar[int32](outputs[0]) // waits for it
			for _, o := range outputs {
				if err := o.FinalizeAll(); err != nil {
					return done{}, err
				}
			}
		}
		return done{units, parameters, time.Since(began).Seconds()}, nil
	}, nil
}

// oneStep computes the products of one step on the state: the step's number, the points, and the
// pairs of matrices, linear pairs for each spline layer. Each product changes the state a little,
// because XLA would otherwise leave it out.
func oneStep(s []*Node, linear int) []*Node {
	x, matrices := s[1], s[2:]
	tiny := func(n *Node) *Node { return MulScalar(n, 1e-12) }
	h := x
	var taken []*Node
	for i := 0; i < len(matrices); i += 2 {
		if i%(2*linear) == 0 {
			h = Slice(h, AxisRange(0, x.Shape().Dim(0)))
		}
		taken = append(taken, h)
		h = MatMul(matrices[i], h)
	}
	v := h
	for i := len(matrices) - 2; i >= 0; i -= 2 {
		a, w, h := matrices[i], matrices[i+1], taken[i/2]
		if i%(2*linear) == 2*(linear-1) && i+2 < len(matrices) {
			v = Pad(v, Scalar(v.Graph(), v.DType(), 0), PadAxis{End: a.Shape().Dim(0) - v.Shape().Dim(0)}, PadAxis{})
		}
		matrices[i+1] = Add(w, tiny(DotGeneral(h, []int{1}, nil, v, []int{1}, nil)))
		v = MatMul(w, v)
	}
	s[0], s[1] = AddScalar(s[0], 1), Add(x, tiny(v))
	return s
}

// zeros returns a matrix of zeros.
func zeros(rows, columns int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(make([]float32, rows*columns), rows, columns)
}
