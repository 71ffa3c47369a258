package fit

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// This file implements Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1). The gradients of all
// weights form one vector, and so do their moments, so that a step takes a handful of operations
// for all weights together: in small flows each operation costs more than what it computes. For
// several flows at once the vectors are rows, [flows, weights].

// The scope and names of Adam's moments, which are kept apart from the weights.
const (
	adamScope    = "adam"
	firstMoment  = "1st_moment"
	secondMoment = "2nd_moment"
)

const beta1, epsilon = 0.9, 1e-8

// adam updates the weights by a step down their gradient, which holds the gradients of the weights
// one after another. number is the step's number over the whole training, from 0.
func adam(scope *model.Scope, weights []*model.Variable, gradient, rate, number *Node, beta2 float64) {
	g, dtype := gradient.Graph(), gradient.DType()
	moment := func(name string) *model.Variable {
		return scope.At(adamScope).WithInitializer(initializer.Zero).VariableWithShape(name, gradient.Shape()).SetTrainable(false)
	}
	steps := OnePlus(ConvertDType(number, dtype))
	// average updates a moment and returns it, corrected for the bias of its start at zero.
	average := func(name string, beta float64, value *Node) *Node {
		decay, v := Const(g, shapes.CastAsDType(beta, dtype)), moment(name)
		m := Add(Mul(decay, v.NodeValue(g)), Mul(OneMinus(decay), value))
		v.SetNodeValue(m)
		return Mul(m, Reciprocal(OneMinus(Pow(decay, steps))))
	}
	first, second := average(firstMoment, beta1, gradient), average(secondMoment, beta2, Square(gradient))
	change := Div(Mul(rate, first), AddScalar(Sqrt(second), epsilon))
	at := 0
	for _, v := range weights {
		w := v.NodeValue(g)
		size := w.Shape().Size() / (change.Shape().Size() / change.Shape().Dim(-1))
		v.SetNodeValue(Sub(w, Reshape(SliceAxis(change, -1, AxisRange(at, at+size)), w.Shape().Dimensions...)))
		at += size
	}
}

// flattened returns the gradients as one vector, or for several flows at once as a row for each
// flow.
func flattened(gradients []*Node, flows int) *Node {
	rows := make([]*Node, len(gradients))
	for i, n := range gradients {
		if rows[i] = Reshape(n, n.Shape().Size()); flows > 1 {
			rows[i] = Reshape(n, flows, n.Shape().Size()/flows)
		}
	}
	return Concatenate(rows, -1)
}

// clipped returns a gradient, or each row of several, scaled so that its Euclidean norm is at most
// most. If most is 0 it returns the gradient as it is.
func clipped(gradient *Node, most float64) *Node {
	if most == 0 {
		return gradient
	}
	norm := Sqrt(ReduceAndKeep(Square(gradient), ReduceSum, -1))
	// The divisor is never zero: where the norm is below most the factor is most/most.
	factor := Div(Scalar(gradient.Graph(), gradient.DType(), most), MaxScalar(norm, most))
	return Mul(gradient, BroadcastToShape(factor, gradient.Shape()))
}
