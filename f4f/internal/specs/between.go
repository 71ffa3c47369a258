package specs

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Between is a transport as graphs, over the scopes of its flow and its bases.
type Between struct {
	Left, Right Normal
	Flow        bijection.Bijection // nil for a base transfer, which has no flow of its own
	Relation    *plan.Relation      // nil for none
	among       bool                // both sides are one conditional distribution
	Way         way                 // the way that all points go, if among; see move
	units       *unitScalings       // nil for those that the sides standardise by
}

// way is the way that a point goes between its conditions, if both sides are one distribution (see
// among.go).
type way int

const (
	onward  way = iota // from the condition that comes first: f_γ
	back               // to the condition that comes first: f_γ⁻¹
	nowhere            // both conditions are equal: the identity
)

func (w way) String() string { return [...]string{"onward", "back", "nowhere"}[w] }

// Opposite returns the way back.
func (w way) Opposite() way {
	switch w {
	case onward:
		return back
	case back:
		return onward
	}
	return w
}

// side is one of the two distributions, as graphs over the weights of a scope.
type side struct {
	Normal
	scope string
}

// scaling returns what the flow sees and makes points of a side by.
func (b Between) scaling(right bool) scaling {
	switch {
	case b.units != nil && right:
		return b.units.right
	case b.units != nil:
		return b.units.left
	case right:
		return b.Right.Scaler
	}
	return b.Left.Scaler
}

// sides returns the side that points come from and the one that they go to.
func (b Between) sides(leftToRight bool) (from, to side) {
	from, to = side{b.Left, LeftScope}, side{b.Right, RightScope}
	if !leftToRight {
		from, to = to, from
	}
	return from, to
}

// conditions splits the conditions of both sides. The results are nil if c is nil.
func (b Between) conditions(c *Node) (cx, cy *Node) {
	if c == nil {
		return nil, nil
	}
	return SplitCondition(c, b.Left.condition)
}

// conditionOf returns the condition of the right, or that of the left, among those of both sides. It
// is nil if c is nil.
func (b Between) conditionOf(c *Node, right bool) *Node {
	cx, cy := b.conditions(c)
	if right {
		return cy
	}
	return cx
}

// nearest returns y [batch, D] with its angles moved by whole turns to where they are nearest to
// those of x, so that y − x is the way on the circle.
func (b Between) nearest(x, y *Node) *Node {
	if len(b.Left.angles) == 0 {
		return y
	}
	turn := make([]float64, x.Shape().Dim(1))
	over := make([]float64, len(turn)) // 1/turn, and 0 for a column that is no angle
	for _, j := range b.Left.angles {
		turn[j], over[j] = 2*math.Pi, 1/(2*math.Pi)
	}
	row := func(values []float64) *Node { return ConvertDType(Const(x.Graph(), [][]float64{values}), x.DType()) }
	turns := StopGradient(Round(Mul(Sub(y, x), row(over))))
	return Sub(y, Mul(turns, row(turn)))
}
