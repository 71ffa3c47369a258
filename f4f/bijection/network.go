package bijection

import (
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"

	. "github.com/gomlx/gomlx/core/graph"
)

// network is the residual network that gives a layer its spline parameters: x [in, batch] and c [C, batch] to [out, batch]. Features come first
// here, unlike outside: matrix products and splines are faster so.
//
//	h = W x + b                                                       plain: W takes c below x
//	h ← h + relu(V c)                                                 masked, with a condition
//	h ← h + W₁ relu(W₀ relu(h) + U c)                                 each block, masked
//	h ← h + (W₁ relu(W₀ relu(h))) ⊙ σ(U c)                            each block, plain
//	out = W_f h + b_f
//
// With degrees it is a MADE (arXiv:1502.03509) with residual blocks, masked so that outputs see features of lower degree
// alone; without, a plain residual network. Both take the condition where nflows 0.14 takes it, and start as it does: torch's uniform
// ±1/√in everywhere but for the second matrix of a block, which starts within ±1e-3.
type network struct {
	in, condition, hidden, blocks, out int
	masked                             *madeDegrees // nil for a plain network
	start                              []float64    // outputs before the first step whatever the input; nil for the ordinary start
}

// madeDegrees are the degrees of a masked network's inputs, hidden units and outputs.
type madeDegrees struct{ in, hidden, out degrees }

// apply is the network's outputs [out, batch].
func (n network) apply(scope *model.Scope, x, c *Node) *Node {
	var inMask, hiddenMask, outMask [][]bool
	if d := n.masked; d != nil {
		inMask, outMask = d.in.mask(d.hidden, false), d.hidden.mask(d.out, true)
		if n.blocks > 0 { // the square of the hidden units, which may be many where there are no weights between them
			hiddenMask = d.hidden.mask(d.hidden, false)
		}
	}
	square := linear{in: n.hidden, out: n.hidden, mask: hiddenMask}
	gently := linear{in: n.hidden, out: n.hidden, mask: hiddenMask, spread: 1e-3}
	ofCondition := linear{in: n.condition, out: n.hidden}

	width := n.in
	if c != nil && n.masked == nil {
		x, width = Concatenate([]*Node{x, c}, -2), n.in+n.condition
	}
	h := linear{in: width, out: n.hidden, mask: inMask}.apply(scope.At("initial"), x)
	if c != nil && n.masked != nil {
		h = Add(h, activation.Relu(ofCondition.apply(scope.At("condition"), c)))
	}
	for i := range n.blocks {
		block := scope.At("block_%d", i)
		r := square.apply(block.At("linear_0"), activation.Relu(h))
		if c != nil && n.masked != nil {
			r = Add(r, ofCondition.apply(block.At("condition"), c))
		}
		r = gently.apply(block.At("linear_1"), activation.Relu(r))
		if c != nil && n.masked == nil {
			r = Mul(r, Logistic(ofCondition.apply(block.At("condition"), c))) // a gated linear unit: the condition opens and shuts each unit
		}
		h = Add(h, r)
	}
	return linear{in: n.hidden, out: n.out, mask: outMask, start: n.start}.apply(scope.At("final"), h)
}

// splineParameters reshapes outputs [features·(3K−1), batch] to [features, 3K−1, batch], those of all flows one after another.
func splineParameters(outputs *Node, s Spline) *Node {
	p, batch := s.Parameters(), outputs.Shape().Dim(-1)
	return Reshape(outputs, outputs.Shape().Size()/(p*batch), p, batch)
}

// turned is x [batch, features] as [features, batch], or the other way round; nil stays nil.
func turned(x *Node) *Node {
	if x == nil {
		return nil
	}
	return Transpose(x, -2, -1)
}

// identityStart is what a network of the given number of features puts out before the first step to make their splines the identity.
func identityStart(s Spline, features int) []float64 {
	start := make([]float64, 0, features*s.Parameters())
	for range features {
		start = append(start, s.IdentityParameters()...)
	}
	return start
}
