package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// potential is a bijection that is the gradient of a convex function, which Potential builds.
type potential interface {
	Bijection
	Potential(scope *model.Scope, x, c *Node) *Node
}

// PotentialOf returns the convex function F whose gradient ∇F the Forward of a bijection is, and
// whether it is one: a layer with a method Potential, as ConvexPotential has it, or a Chain or an
// Embedded of nothing but one. F is built on the scope of the bijection, at points x [batch, D]
// under conditions c [batch, C], nil for none: [batch]. It leaves out a constant, which may depend
// on the condition.
func PotentialOf(b Bijection) (f func(scope *model.Scope, x, c *Node) *Node, ok bool) {
	switch b := b.(type) {
	case potential:
		return b.Potential, true
	case Chain:
		if len(b) != 1 {
			return nil, false // a composition of gradients is in general none
		}
		of, ok := PotentialOf(b[0])
		return func(scope *model.Scope, x, c *Node) *Node { return of(scope.At("layer_0"), x, given(b[0], c)) }, ok
	case Embedded:
		of, ok := PotentialOf(b.Bijection)
		return func(scope *model.Scope, x, c *Node) *Node { return of(scope, x, b.embed(scope, x, c)) }, ok
	}
	return nil, false
}

// Potential returns F(x) [batch], whose gradient Forward is.
func (b ConvexPotential) Potential(scope *model.Scope, x, c *Node) *Node {
	checkShapes("a convex potential", b.Dim, b.Condition, x, c)
	return b.function(scope, x, c).value(x)
}

// value returns F(x) [batch] at points x [batch, D]; see inputConvex.
func (f inputConvex) value(x *Node) *Node {
	sum := Mul(x, Add(scaled(matrixTimes(f.quadratic, x), 0.5), f.shift)) // [batch, D]
	value := ReduceSum(sum, -1)
	var s *Node
	for _, l := range f.layers {
		z, _, _ := l.split().at(x, s)
		s, _, _ = z.smoothMax()
		value = Add(value, ReduceSum(Mul(s, l.output), -1))
	}
	return value
}
