package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Chain is the composition of bijections, the first applied first. Link i keeps its weights under
// the sub-scope "layer_i". An empty chain is the identity.
type Chain []Bijection

// Forward maps x [batch, D] through every link in turn, and returns the result and the sum of the
// log-dets [batch].
func (b Chain) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	if r, ok := repeats(b, scope, x.Graph()); ok {
		return r.forward(scope, x, c)
	}
	logDet = zeroLogDet(x)
	for i, link := range b {
		var l *Node
		x, l = link.Forward(scope.At("layer_%d", i), x, given(link, c))
		logDet = Add(logDet, l)
	}
	return x, logDet
}

// Inverse maps y [batch, D] back through every link, the last first, and returns the result and the
// sum of the log-dets [batch].
func (b Chain) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	if r, ok := repeats(b, scope, y.Graph()); ok {
		return r.inverse(scope, y, c)
	}
	logDet = zeroLogDet(y)
	for i := len(b) - 1; i >= 0; i-- {
		var l *Node
		y, l = b[i].Inverse(scope.At("layer_%d", i), y, given(b[i], c))
		logDet = Add(logDet, l)
	}
	return y, logDet
}

// unconditioned is a bijection that takes no condition but may stand in a chain whose other links
// take one.
type unconditioned interface{ ignoresCondition() }

// given returns the condition to pass to link: nil for maps that only mix features, else c.
func given(link Bijection, c *Node) *Node {
	if _, ok := link.(unconditioned); ok {
		return nil
	}
	return c
}

// Inverted swaps the directions of Bijection: its Forward is the Inverse of Bijection.
type Inverted struct{ Bijection Bijection }

// Forward is the wrapped bijection's Inverse.
func (b Inverted) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	return b.Bijection.Inverse(scope, x, given(b.Bijection, c))
}

// Inverse is the wrapped bijection's Forward.
func (b Inverted) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	return b.Bijection.Forward(scope, y, given(b.Bijection, c))
}
