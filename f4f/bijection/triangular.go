package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Triangular is a Bijection whose Jacobian is lower triangular: feature i of Forward's result
// depends on features 0 … i alone. So Forward maps the first k features by themselves, for each k,
// and a flow made of such maps has a density of its first k features. An autoregressive layer is
// triangular. A Chain is, if all of its links are: see ForwardByFeature.
type Triangular interface {
	Bijection
	// ForwardByFeature returns Forward's y [batch, D] and log|∂y_i/∂x_i| [batch, D], whose sum over
	// features is Forward's log-det. Entry i depends on features 0 … i alone.
	ForwardByFeature(scope *model.Scope, x, c *Node) (y, logDerivatives *Node)
}

// ForwardByFeature returns the function ForwardByFeature of a bijection. It returns nil if the
// bijection isn't triangular.
func ForwardByFeature(b Bijection) func(scope *model.Scope, x, c *Node) (y, logDerivatives *Node) {
	switch b := b.(type) {
	case Triangular:
		return b.ForwardByFeature
	case Embedded:
		each := ForwardByFeature(b.Bijection)
		if each == nil {
			return nil
		}
		return func(scope *model.Scope, x, c *Node) (y, logDerivatives *Node) {
			return each(scope, x, b.embed(scope, x, c))
		}
	case Chain:
		return b.forwardByFeature()
	}
	return nil
}

// forwardByFeature returns the function ForwardByFeature of a chain, or nil if a link isn't
// triangular.
func (b Chain) forwardByFeature() func(scope *model.Scope, x, c *Node) (y, logDerivatives *Node) {
	links := make([]func(scope *model.Scope, x, c *Node) (y, logDerivatives *Node), len(b))
	for i, link := range b {
		if links[i] = ForwardByFeature(link); links[i] == nil {
			return nil
		}
	}
	return func(scope *model.Scope, x, c *Node) (y, logDerivatives *Node) {
		logDerivatives = ZerosLike(x)
		for i, each := range links {
			var l *Node
			x, l = each(scope.At("layer_%d", i), x, given(b[i], c))
			logDerivatives = Add(logDerivatives, l)
		}
		return x, logDerivatives
	}
}
