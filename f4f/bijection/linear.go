package bijection

import (
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// linear is an affine layer h [in, batch] → Wᵀh + b [out, batch], with W [in, out] and b [1, out]
// under scope.
type linear struct {
	in, out int
	mask    *mask // which inputs an output may see, nil for a dense layer; made applies it
	// spread is the bound of the uniform distribution that initial weights and biases are drawn
	// from. 0 means torch's 1/√in, which nflows inherits. The initialisation decides how fast a
	// flow learns, so it is the same here.
	spread float64
	start  *start // where the layer starts, nil for weights and biases drawn within spread
}

// apply returns Wᵀh + b.
func (l linear) apply(scope *model.Scope, h *Node) *Node {
	w, b := l.weights(scope, h)
	return affine(w, b, h)
}

// weights returns the matrix [in, out], to which the mask is not yet applied, and the bias [1,
// out], in x's dtype and graph.
func (l linear) weights(scope *model.Scope, x *Node) (w, b *Node) {
	dtype, g := x.DType(), x.Graph()
	spread := l.spread
	if spread == 0 {
		spread = 1 / math.Sqrt(float64(max(l.in, 1)))
	}
	uniform := initializer.RandomUniformFn(scope, -spread, spread)
	startW, startB := uniform, uniform
	if l.start != nil {
		startW, startB = l.start.weights(scope, spread), l.start.biases
	}
	w = scope.WithInitializer(startW).VariableWithShape("weight", shapes.Make(dtype, stackable(scope, l.in, l.out)...)).NodeValue(g)
	b = scope.WithInitializer(startB).VariableWithShape("bias", shapes.Make(dtype, stackable(scope, 1, l.out)...)).NodeValue(g)
	return w, b
}
