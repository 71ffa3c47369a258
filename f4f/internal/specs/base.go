package specs

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/plan"
)

// base is the base distribution of a flow: the features of z are independent, each with a
// distribution of its own. The zero value is the standard normal.
type base struct {
	of    []plan.BaseDistribution // of each feature of z [D], in its order; nil if all are normal
	bound float64                 // B of the box and the circle
}

func anglesOf(base []plan.BaseDistribution) (angles []int) {
	for j, d := range base {
		if d == plan.Circle {
			angles = append(angles, j)
		}
	}
	return angles
}

// logProb returns the log-density [batch] of z [batch, D].
func (b base) logProb(z *Node) *Node {
	if b.of == nil {
		return StandardNormalLogProb(z)
	}
	return ReduceSum(b.eachLogProb(z), -1)
}

// eachLogProb returns the log-density of each feature [batch, D] of z [batch, D].
func (b base) eachLogProb(z *Node) *Node {
	if b.of == nil {
		return plan.Normal.LogProb(z, b.bound)
	}
	each := ZerosLike(z)
	for _, kind := range b.kinds() {
		each = Where(b.is(kind, z), kind.LogProb(z, b.bound), each)
	}
	return each
}

// StandardNormalLogProb returns log N(z; 0, I) [batch] of z [batch, D].
func StandardNormalLogProb(z *Node) *Node {
	constant := float64(z.Shape().Dim(1)) / 2 * math.Log(2*math.Pi)
	return AddScalar(MulScalar(ReduceSum(Square(z), -1), -0.5), -constant)
}

// baseStream keeps draws of a base distribution apart from others with the same seed.
const baseStream = 0x6e6f726d616c // "normal"

// StandardNormal draws n points of N(0, I).
func StandardNormal(n, dim int, seed uint64) (data.Points, error) {
	rng := rand.New(rand.NewPCG(seed, baseStream))
	values := make([]float32, n*dim)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return data.NewPoints(dim, values)
}

// kinds returns the different distributions, in the order of their first features.
func (b base) kinds() (kinds []plan.BaseDistribution) {
	seen := map[plan.BaseDistribution]bool{}
	for _, d := range b.of {
		if !seen[d] {
			seen[d] = true
			kinds = append(kinds, d)
		}
	}
	return kinds
}

// is returns where z [batch, D] is of features with a distribution, as booleans in its shape.
func (b base) is(kind plan.BaseDistribution, z *Node) *Node {
	flags := make([]float64, len(b.of))
	for k, d := range b.of {
		if d == kind {
			flags[k] = 1
		}
	}
	row := ConvertDType(Const(z.Graph(), [][]float64{flags}), z.DType())
	return GreaterThan(BroadcastToShape(row, shapes.Make(z.DType(), z.Shape().Dimensions...)), ZerosLike(z))
}
