package bijection

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// LULinear is an invertible linear map y = L·U·x + b that mixes all features. L is lower triangular
// with a diagonal of ones. U is upper triangular with a positive diagonal softplus(u) + 1e-3, so
// log|det| is the sum of the logarithms of that diagonal, the same for every point. Dim is D. The
// map starts as the identity and takes no condition.
//
// It follows Oliva et al., "Transformation Autoregressive Networks", arXiv:1801.09819, section 3.2,
// with nflows' parametrisation.
type LULinear struct{ Dim int }

const luMinimumDiagonal = 1e-3

// Validate returns an error if Dim is less than 1, else nil.
func (b LULinear) Validate() error {
	if b.Dim < 1 {
		return fmt.Errorf("bijection: LU linear dimension must be at least 1, got %d", b.Dim)
	}
	return nil
}

func (b LULinear) ignoresCondition() {}

// Forward returns y [batch, D] and log|det| [batch].
func (b LULinear) Forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	checkShapes("an LU linear map", b.Dim, 0, x, c)
	lower, upper, diagonal, bias := b.weights(scope, x)
	x = splitFlows(scope, x)
	// Rows are points: (L·U·x)ᵀ = xᵀ·Uᵀ·Lᵀ.
	u := Add(timesTransposed(x, upper), Mul(x, diagonal))
	y = Add(Add(u, timesTransposed(u, lower)), bias)
	return mergeFlows(scope, y), mergeFlows(scope, Add(zeroLogDet(x), luLogDet(diagonal)))
}

// Inverse returns x [batch, D] and −log|det| [batch]. It solves two triangular systems by
// substitution, feature by feature.
func (b LULinear) Inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	checkShapes("an LU linear map", b.Dim, 0, y, c)
	lower, upper, diagonal, bias := b.weights(scope, y)
	y = Sub(splitFlows(scope, y), bias)

	// L·z = y from the first feature on.
	z := make([]*Node, b.Dim)
	for i := range z {
		z[i] = columns(y, i, i+1)
		if i > 0 {
			z[i] = Sub(z[i], timesTransposed(Concatenate(z[:i], -1), block(lower, i, 0, i)))
		}
	}
	// U·x = z from the last feature on.
	found := make([]*Node, b.Dim)
	for i := b.Dim - 1; i >= 0; i-- {
		found[i] = z[i]
		if i < b.Dim-1 {
			found[i] = Sub(found[i], timesTransposed(Concatenate(found[i+1:], -1), block(upper, i, i+1, b.Dim)))
		}
		found[i] = Div(found[i], columns(diagonal, i, i+1))
	}
	return mergeFlows(scope, Concatenate(found, -1)), mergeFlows(scope, Sub(zeroLogDet(y), luLogDet(diagonal)))
}

// weights returns L and U without their diagonals [D, D], U's diagonal [1, D] and b [1, D].
func (b LULinear) weights(scope *model.Scope, x *Node) (lower, upper, diagonal, bias *Node) {
	g, dtype, d := x.Graph(), x.DType(), b.Dim
	zero := scope.WithInitializer(initializer.Zero)
	square, line := shapes.Make(dtype, stackable(scope, d, d)...), shapes.Make(dtype, stackable(scope, 1, d)...)
	row, column := Iota(g, square, -2), Iota(g, square, -1)
	lower = Mul(zero.VariableWithShape("lower", square).NodeValue(g), ConvertDType(GreaterThan(row, column), dtype))
	upper = Mul(zero.VariableWithShape("upper", square).NodeValue(g), ConvertDType(LessThan(row, column), dtype))
	one := scope.WithInitializer(func(g *Graph, s shapes.Shape) *Node {
		return FillScalar(g, s, math.Log(math.Expm1(1-luMinimumDiagonal))) // softplus of it is 1 − minimum
	})
	diagonal = AddScalar(Softplus(one.VariableWithShape("diagonal", line).NodeValue(g)), luMinimumDiagonal)
	bias = zero.VariableWithShape("bias", line).NodeValue(g)
	return lower, upper, diagonal, bias
}

// timesTransposed returns x·mᵀ [batch, k] for x [batch, n] and m [k, n].
func timesTransposed(x, m *Node) *Node {
	return times(x, -1, m, -1)
}

// block returns columns from (included) to to (excluded) of row i of m: [1, to−from].
func block(m *Node, i, from, to int) *Node {
	return columns(features(m, i, i+1), from, to)
}

// luLogDet returns log|det| for U's diagonal [1, D], as a scalar. For several flows [flows, 1, D]
// it returns [flows, 1].
func luLogDet(diagonal *Node) *Node {
	if diagonal.Rank() == 2 {
		return ReduceAllSum(Log(diagonal))
	}
	return ReduceSum(Log(diagonal), -1)
}
