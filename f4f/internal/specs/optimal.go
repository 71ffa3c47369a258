package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// A transport by one convex potential F begins its training by the dual of the optimal transport
// problem (Kantorovich; Brenier): of all convex functions, the one whose gradient is the optimal map
// from the left to the right has the least
//
//	E_left F(x) + E_right F*(y),  F*(y) = x̂·y − F(x̂) at ∇F(x̂) = y
//
// That is convex in F, so it has no other minimum. The likelihood has: from most starts a transport
// onto a distribution of several modes sends some of a mode's mass to another one, across a gap
// without points, and stays there. The dual finds the map up to the noise of a batch, from where the
// likelihood finds the rest.

// The dual alone is trained until dualAlone of the training, and from dualGone on the likelihood
// alone.
const dualAlone, dualGone = 0.1, 0.2

// potential returns F(x) [batch] of points x [batch, D] of the left under the conditions of both
// sides. It is nil if the flow isn't the gradient of one function.
func (b Between) potential() func(scope *model.Scope, x, c *Node) *Node {
	chain, ok := b.Flow.(bijection.Chain)
	if !ok || len(chain) != 1 {
		return nil
	}
	f, ok := chain[0].(bijection.ConvexPotential)
	if !ok {
		return nil
	}
	return func(scope *model.Scope, x, c *Node) *Node {
		cx, cy := b.conditions(c)
		x, _ = b.Left.Scaler.standardise(scope, x)
		return f.Value(scope.At(FlowScope).At("layer_0"), x, b.seen(scope, cx, cy))
	}
}

// fromOptimal returns the losses of both directions, with the gradient of the dual in place of their
// own at the beginning of the training. The losses keep their values. x̂ is what the inverse finds,
// so the dual has its part in the inverse's steps, and those of the forward direction wait.
func (g Goal) fromOptimal(flow Between, forward fit.Loss) (there, back fit.Loss) {
	f := flow.potential()
	share := func(progress *Node) *Node { // of the dual, from 1 to 0
		return ClipScalar(DivScalar(Sub(Scalar(progress.Graph(), progress.DType(), dualGone), progress), dualGone-dualAlone), 0, 1)
	}
	late := func(loss, progress *Node) *Node {
		value := StopGradient(loss)
		return Add(value, Mul(OneMinus(share(progress)), Sub(loss, value)))
	}
	there = func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		return late(forward(scope, batches, progress), progress)
	}
	back = func(scope *model.Scope, batches []*Node, progress *Node) *Node {
		y, found, wy, losses := flow.surprise(scope, batches, false)
		loss := late(g.cost(scope, losses, y, found, wy, progress), progress)
		x, cx, wx := flow.rows(batches, true)
		_, cy, _ := flow.rows(batches, false)
		onLeft, onRight := weighted(f(scope, x, cx), wx), weighted(f(scope, StopGradient(found), cy), wy)
		dual := Sub(meanOf(scope, onLeft), meanOf(scope, onRight)) // with the gradient of the whole one
		return Add(loss, Mul(share(progress), Sub(dual, StopGradient(dual))))
	}
	return there, back
}
