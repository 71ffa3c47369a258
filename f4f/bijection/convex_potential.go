package bijection

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// ConvexPotential is a layer y = ∇F(x), the gradient of a strictly convex function F: R^D → R that
// is learned. It acts everywhere, reaches every y, and its Jacobian, the Hessian of F, is positive
// definite. By Brenier's theorem it is the optimal map for the squared distance between any
// distribution and its image. A composition of two such layers is in general not optimal.
//
// F is a quadratic plus an input-convex network (Amos et al., arXiv:1609.07152), whose units are
// smooth maxima of two branches (after Hundrieser et al., arXiv:2604.26942). Huang et al. ("Convex
// Potential Flows", arXiv:2012.05942) use such gradients as layers of a flow. Here both the gradient
// and the Hessian are computed exactly and in closed form. The layer starts as the identity.
//
// Under a condition, a network of the condition adds to the coefficients of F that leave it convex
// in x.
//
// Inverse finds x by Newton's method. It returns NaN for a point where that has not converged.
type ConvexPotential struct {
	Dim       int // D, at least 1
	Condition int // C, 0 for none
	Hidden    int // units of a hidden layer of F, each with two branches, and of the network of the condition
	Depth     int // hidden layers of F, at least 1
}

// Validate returns an error that names the first field that can't work, or nil.
func (b ConvexPotential) Validate() error {
	switch {
	case b.Dim < 1:
		return fmt.Errorf("bijection: convex potential dimension must be at least 1, got %d", b.Dim)
	case b.Condition < 0:
		return fmt.Errorf("bijection: convex potential condition width must be at least 0, got %d", b.Condition)
	case b.Hidden < 1:
		return fmt.Errorf("bijection: convex potential hidden units must be at least 1, got %d", b.Hidden)
	case b.Depth < 1:
		return fmt.Errorf("bijection: convex potential depth must be at least 1 hidden layer, got %d", b.Depth)
	}
	return nil
}

// TailBound returns +Inf: the layer acts everywhere.
func (b ConvexPotential) TailBound() float64 { return math.Inf(1) }

// Weights returns the number of the layer's weights.
func (b ConvexPotential) Weights() float64 {
	d, h, n := float64(b.Dim), float64(b.Hidden), float64(b.Depth)
	sum := b.coefficients() + 4*n*d*h + 2*(n-1)*h*h
	if b.Condition > 0 {
		sum += linearWeights(float64(b.Condition), h) + blockWeights(conditionBlocks, 0, h) + linearWeights(h, b.coefficients())
	}
	return sum
}

// conditionBlocks is the number of residual blocks of the network of the condition.
const conditionBlocks = 1

// coefficients returns the number of coefficients of F that a condition may add to: those of its
// quadratic, D² and D, and the two biases and the output of each unit.
func (b ConvexPotential) coefficients() float64 {
	return float64(b.Dim)*float64(b.Dim) + float64(b.Dim) + 3*float64(b.Depth)*float64(b.Hidden)
}

// Forward returns y = ∇F(x) [batch, D] and log det ∇²F(x) [batch].
func (b ConvexPotential) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	checkShapes("a convex potential", b.Dim, b.Condition, x, c)
	y, hessian := b.function(scope, x, c).at(x)
	logDet, _ = definiteLogDet(hessian)
	return y, logDet
}

// Inverse returns x [batch, D], where ∇F(x) = y, and −log det ∇²F(x) [batch]. Both are NaN for a
// point where Newton's method has not converged.
func (b ConvexPotential) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("a convex potential", b.Dim, b.Condition, y, c)
	f := b.function(scope, y, c)
	found, converged := f.solve(StopGradient(y))
	found = StopGradient(found)
	// One more step, at constant H = ∇²F: its gradients are those of the inverse by the implicit
	// function theorem, ∂x/∂y = H⁻¹ and ∂x/∂θ = −H⁻¹ ∂∇F/∂θ.
	reached, hessian := f.at(found)
	_, inverse := definiteLogDet(StopGradient(hessian))
	x = Sub(found, matrixTimes(inverse, Sub(reached, y)))
	_, hessian = f.at(x)
	logDet, _ = definiteLogDet(hessian)
	never := filled(x, math.NaN())
	return Where(BroadcastToShape(converged, x.Shape()), x, never), Where(Reshape(converged, x.Shape().Dim(0)), Neg(logDet), filled(logDet, math.NaN()))
}
