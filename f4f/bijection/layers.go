package bijection

import (
	"reflect"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// In a graph that needs no gradient (see WithoutGradient), the equal layers of a chain are built as
// one loop over their weights. For a chain of four layers this makes the program a quarter of the
// size, and it compiles and loads in a quarter of the time.

// withoutGradientParam is the graph parameter that WithoutGradient sets.
const withoutGradientParam = "without gradient"

// WithoutGradient declares that no gradient will be requested of the bijections that are built in
// graph g on the scope's store from now on. Equal layers of a chain are then built as a loop, which
// has no gradient.
func WithoutGradient(scope *model.Scope, g *Graph) {
	scope.Store().RootScope().SetGraphParam(g, withoutGradientParam, true)
}

// WithGradient undoes WithoutGradient for what is built in graph g from now on.
func WithGradient(scope *model.Scope, g *Graph) {
	scope.Store().RootScope().SetGraphParam(g, withoutGradientParam, false)
}

// repeated is a chain of n equal layers a, with the same mixing m, or none, between neighbours and
// possibly after the last layer too: a[0] m a[1] m … a[n−1] m.
type repeated struct {
	layer  Bijection           // the first layer, in the form that a loop's body takes
	mixing Permutation         // nil for none
	after  bool                // whether the mixing comes after the last layer too
	each   [][]*model.Variable // the variables of each layer, in the same order
}

// inLoops is a bijection that can be built in the body of a loop. The form that inLoop returns can
// be built nowhere else in the program: see numbers.go.
type inLoops interface {
	Bijection
	// inLoop returns the form of the bijection for a loop's body, and false if it has none.
	inLoop() (b Bijection, ok bool)
}

// repeats reports whether the links of a chain are equal layers whose weights exist, in a graph
// where they may be a loop, and returns the chain as a repeated.
func repeats(links []Bijection, scope *model.Scope, g *Graph) (r repeated, ok bool) {
	if len(links) < 2 || !model.GetGraphParamOr(scope, g, withoutGradientParam, false) || !g.IsMainFunc() || !loops(g) {
		return r, false
	}
	first, ok := links[0].(inLoops)
	if !ok {
		return r, false
	}
	if r.layer, ok = first.inLoop(); !ok {
		return r, false
	}
	period := 1
	if r.mixing, ok = links[1].(Permutation); ok {
		period, r.after = 2, len(links)%2 == 0
	}
	for i, link := range links {
		if !reflect.DeepEqual(link, links[i%period]) {
			return r, false
		}
	}
	for i := 0; i < len(links); i += period {
		r.each = append(r.each, variablesUnder(scope.At("layer_%d", i)))
	}
	return r, len(r.each) > 1 && r.alike()
}

// alike reports whether the variables of all layers have the same shapes.
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

// variablesUnder returns the variables of a scope and of its sub-scopes, sorted by path. Equal
// layers so get the same order, as their paths differ in the layer's own scope alone.
func variablesUnder(scope *model.Scope) []*model.Variable {
	return slices.SortedFunc(scope.IterVariables(), func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
}

// applyLoop applies the layers to x in a loop, from layer from (included) up or down to layer to
// (excluded). once builds one layer and the mixing beside it. applyLoop returns the points after
// the last layer and the sum of the log-dets.
func (r repeated) applyLoop(
	scope *model.Scope, x, c *Node, from, to int, once func(layer Bijection, scope *model.Scope, x, c *Node) (y, logDet *Node),
) (y, logDet *Node) {
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

// forward is the chain's Forward. Each turn of the loop mixes, then applies the layer. There is no
// mixing before the first layer, so it is undone beforehand.
func (r repeated) forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	y, logDet = r.applyLoop(scope, r.unmixed(x), c, 0, len(r.each), func(layer Bijection, scope *model.Scope, x, c *Node) (y, logDet *Node) {
		return layer.Forward(scope, r.mixed(x), c)
	})
	if r.after {
		y = r.mixed(y)
	}
	return y, logDet
}

// inverse is the chain's Inverse. Each turn of the loop inverts the layer, then undoes the mixing.
// The first layer has no mixing before it, so what the last turn undid is applied again.
func (r repeated) inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	if r.after {
		y = r.unmixed(y)
	}
	x, logDet = r.applyLoop(scope, y, c, len(r.each)-1, -1, func(layer Bijection, scope *model.Scope, y, c *Node) (x, logDet *Node) {
		x, logDet = layer.Inverse(scope, y, c)
		return r.unmixed(x), logDet
	})
	return r.mixed(x), logDet
}

// mixed returns x [batch, D] after the mixing.
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
