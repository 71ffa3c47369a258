package bijection

import (
	"reflect"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Where no gradient is asked for (see WithoutGradient), the equal layers of a chain are one loop
// over their weights: the program is a quarter of what four layers take written one after another,
// and so is the time to compile or to load it.

// withoutGradientParam is the parameter of a graph that WithoutGradient sets.
const withoutGradientParam = "without gradient"

// WithoutGradient says of a graph that no gradient will be asked for of what bijections build in it
// on the scope's store from now on. Equal layers of a chain are then built as a loop, which has
// none.
func WithoutGradient(scope *model.Scope, g *Graph) {
	scope.Store().RootScope().SetGraphParam(g, withoutGradientParam, true)
}

// repeated is a chain of n equal layers with one and the same mixing between them, or none, and
// perhaps once more after the last: a[0] m a[1] m … a[n−1] m.
type repeated struct {
	layer  Bijection           // of the first, as it stands in the loop
	mixing Permutation         // nil for none
	after  bool                // the mixing comes after the last layer too
	each   [][]*model.Variable // by layer, in one order
}

// inLoops is a bijection that can stand in the body of a loop, and in no other place of the
// program: see numbers.go.
type inLoops interface {
	Bijection
	// inLoop is the bijection as it stands there; not ok where it can't.
	inLoop() (b Bijection, ok bool)
}

// repeated tells whether the chain is of equal layers whose weights are there, in a graph where
// they may be a loop.
func (b Chain) repeated(scope *model.Scope, g *Graph) (r repeated, ok bool) {
	if len(b) < 2 || !model.GetGraphParamOr(scope, g, withoutGradientParam, false) || !g.IsMainFunc() || !loops(g) {
		return r, false
	}
	first, ok := b[0].(inLoops)
	if !ok {
		return r, false
	}
	if r.layer, ok = first.inLoop(); !ok {
		return r, false
	}
	period := 1
	if r.mixing, ok = b[1].(Permutation); ok {
		period, r.after = 2, len(b)%2 == 0
	}
	for i, link := range b {
		if !reflect.DeepEqual(link, b[i%period]) {
			return r, false
		}
	}
	for i := 0; i < len(b); i += period {
		r.each = append(r.each, variablesUnder(scope.At("layer_%d", i)))
	}
	return r, len(r.each) > 1 && r.alike()
}

// alike tells whether the variables of all layers have the same shapes.
func (r repeated) alike() bool {
	first := r.each[0]
	for _, own := range r.each {
		if len(own) != len(first) || len(own) == 0 {
			return false
		}
		for k, v := range own {
			if !v.Shape().Equal(first[k].Shape()) {
				return false
			}
		}
	}
	return true
}

// variablesUnder are those of a scope and of the scopes in it, in the order in which every equal
// layer's come: that of their paths, which are alike but for the layer's own scope.
func variablesUnder(scope *model.Scope) []*model.Variable {
	return slices.SortedFunc(scope.IterVariables(), func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
}

// run takes x through the layers by a loop, in the order from (included) up, or down, to to
// (excluded): once is one layer and the mixing beside it. It gives where x comes to, and the sum of
// the log-dets.
func (r repeated) run(scope *model.Scope, x, c *Node, from, to int, once func(layer Bijection, scope *model.Scope, x, c *Node) (y, logDet *Node)) (y, logDet *Node) {
	g, first := x.Graph(), r.each[0]
	s := state{x, zeroLogDet(x)}
	if c != nil {
		s.add(c)
	}
	weights := len(s)
	nodes := make([]*Node, len(first))
	for k, v := range first {
		nodes[k] = v.NodeValue(g)
		stack := make([]*Node, len(r.each))
		for i, own := range r.each {
			stack[i] = ExpandAxes(own[k].NodeValue(g), 0)
		}
		s.add(Concatenate(stack, 0))
	}
	s = loop(from, to, s, func(i *Node, s state) {
		for k, v := range first {
			v.SetNodeValue(Squeeze(sliceAt(s[weights+k], 0, i, 1), 0))
		}
		var c *Node
		if weights > 2 {
			c = s[2]
		}
		y, logDet := once(r.layer, scope.At("layer_0"), s[0], c)
		s[0], s[1] = y, Add(s[1], logDet)
	})
	for k, v := range first {
		v.SetNodeValue(nodes[k])
	}
	return s[0], s[1]
}

// forward is the chain's Forward. Every layer is run after the mixing before it, and that of the
// first is undone beforehand.
func (r repeated) forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	y, logDet = r.run(scope, r.unmixed(x), c, 0, len(r.each), func(layer Bijection, scope *model.Scope, x, c *Node) (y, logDet *Node) {
		return layer.Forward(scope, r.mixed(x), c)
	})
	if r.after {
		y = r.mixed(y)
	}
	return y, logDet
}

// inverse is the chain's Inverse, likewise the other way round.
func (r repeated) inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	if r.after {
		y = r.unmixed(y)
	}
	x, logDet = r.run(scope, y, c, len(r.each)-1, -1, func(layer Bijection, scope *model.Scope, y, c *Node) (x, logDet *Node) {
		x, logDet = layer.Inverse(scope, y, c)
		return r.unmixed(x), logDet
	})
	return r.mixed(x), logDet
}

// mixed is x [batch, D] after the mixing.
func (r repeated) mixed(x *Node) *Node {
	if r.mixing == nil {
		return x
	}
	return r.mixing.pick(x)
}

// unmixed undoes mixed.
func (r repeated) unmixed(x *Node) *Node {
	if r.mixing == nil {
		return x
	}
	return r.mixing.inverse().pick(x)
}
