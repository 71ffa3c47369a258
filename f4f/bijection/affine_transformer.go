package bijection

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Affine is the affine map of one feature, y = s·x + t with s > 0, a scale and a shift, as in MAF
// (Papamakarios, Pavlakou and Murray, "Masked Autoregressive Flow", arXiv:1705.07057, eq. 4) and
// RealNVP (Dinh, Sohl-Dickstein and Bengio, arXiv:1605.08803, eq. 7). It acts everywhere. It is
// cheaper than Spline and much less expressive.
//
// It has two parameters for each feature, a and t. The papers' scale is exp(a), which may overflow
// far from the data. Here log s = a/(1 + |a|/L) with L = log 1000: this is close to a near 0, and
// keeps the scale between 1/1000 and 1000. The bound is that of zuko's MonotonicAffineTransform.
type Affine struct{}

// affineReach is L: the logarithm of the largest scale, and minus that of the smallest.
var affineReach = math.Log(1000)

// Validate returns nil: there is nothing to set.
func (Affine) Validate() error { return nil }

// Parameters returns 2.
func (Affine) Parameters() int { return 2 }

// IdentityParameters returns zeros: scale 1, shift 0.
func (Affine) IdentityParameters() []float64 { return []float64{0, 0} }

// TailBound returns +Inf.
func (Affine) TailBound() float64 { return math.Inf(1) }

// Forward returns y = s·x + t and log s, both shaped like x [n, batch], for parameters [n, 2,
// batch].
func (Affine) Forward(x, parameters *Node) (y, logDerivative *Node) {
	logScale, _, shift := affineOf(x, parameters)
	return Add(Mul(x, Exp(logScale)), shift), logScale
}

// Inverse returns x = (y − t)/s and −log s, both shaped like y [n, batch], for parameters [n, 2,
// batch].
func (Affine) Inverse(y, parameters *Node) (x, logDerivative *Node) {
	logScale, _, shift := affineOf(y, parameters)
	logDerivative = Neg(logScale)
	return Mul(Sub(y, shift), Exp(logDerivative)), logDerivative
}

// InLoop returns the map itself, which uses only what a loop's body may use.
func (Affine) InLoop() Transformer { return Affine{} }

// InverseGradient returns the gradient of Inverse at y: ∂x/∂y = 1/s, ∂x/∂t = −1/s, ∂x/∂a = −x·m and
// ∂(−log s)/∂a = −m, where m = ∂log s/∂a = 1/(1 + |a|/L)².
func (Affine) InverseGradient(y, parameters *Node) func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node) {
	logScale, slope, shift := affineOf(y, parameters)
	overScale := Exp(Neg(logScale))
	x := Mul(Sub(y, shift), overScale)
	return func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node) {
		ofY, ofLogScale := filled(y, 0), filled(y, 0)
		if ofX != nil {
			ofY, ofLogScale = Mul(ofX, overScale), Neg(Mul(ofX, x))
		}
		if ofLogDerivative != nil {
			ofLogScale = Sub(ofLogScale, ofLogDerivative)
		}
		return ofY, func() *Node { return Stack([]*Node{Mul(ofLogScale, slope), Neg(ofY)}, 1) }
	}
}

// affineOf returns log s, its derivative ∂log s/∂a, and t, each [n, batch], for parameters [n, 2,
// batch]. It panics if the parameters have another shape.
func affineOf(values, parameters *Node) (logScale, slope, shift *Node) {
	n, batch := values.Shape().Dim(0), values.Shape().Dim(1)
	if parameters.Shape().CheckDims(n, 2, batch) != nil {
		panic(fmt.Errorf("bijection: an affine map needs parameters [%d, 2, %d] for values %s, got %s", n, batch, values.Shape(), parameters.Shape()))
	}
	parameter := func(i int) *Node { return Squeeze(SliceAxis(parameters, 1, AxisElem(i)), 1) }
	a := parameter(0)
	shrink := Div(filled(a, 1), plus(scaled(Abs(a), 1/affineReach), 1)) // 1/(1 + |a|/L)
	return Mul(a, shrink), Square(shrink), parameter(1)
}
