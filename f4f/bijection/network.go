package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
)

// network is the residual network that computes a coupling layer's parameters, [out, batch], from x
// [in, batch] and c [C, batch]. Features are the first axis here, unlike outside the layer: matrix
// products and transformers are faster that way.
//
//	h = W (x, c) + b
//	h ← h + (W₁ relu(W₀ relu(h))) ⊙ σ(U c)      each block
//	out = W_f h + b_f
//
// The condition enters where it does in nflows 0.14. The weights start as there (see linear): with
// torch's uniform ±1/√in, except for the second matrix of a block, which starts within ±1e-3.
type network struct {
	in, condition, hidden, blocks, out int
	start                              *start // of the outputs, nil for the default
}

// apply returns the network's outputs [out, batch].
func (n network) apply(scope *model.Scope, x, c *Node) *Node {
	square := linear{in: n.hidden, out: n.hidden}
	gently := linear{in: n.hidden, out: n.hidden, spread: 1e-3}
	ofCondition := linear{in: n.condition, out: n.hidden}

	width := n.in
	if c != nil {
		x, width = Concatenate([]*Node{x, c}, -2), n.in+n.condition
	}
	h := linear{in: width, out: n.hidden}.apply(scope.At("initial"), x)
	for i := range n.blocks {
		block := scope.At("block_%d", i)
		r := square.apply(block.At("linear_0"), activation.Relu(h))
		r = gently.apply(block.At("linear_1"), activation.Relu(r))
		if c != nil {
			r = Mul(r, Logistic(ofCondition.apply(block.At("condition"), c))) // a gated linear unit: the condition opens and closes each unit
		}
		h = Add(h, r)
	}
	return linear{in: n.hidden, out: n.out, start: n.start}.apply(scope.At("final"), h)
}
