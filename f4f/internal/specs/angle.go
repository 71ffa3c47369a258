package specs

import (
	"fmt"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Angles reach the graphs in radians. Inside a flow the circle is [−B, B), with B the tail bound, so
// that an angle beside other features needs no bound of its own: the scaler divides it by π/B.

// onCircle returns conditions as a flow sees them: those that are angles as their cosines and sines,
// which are continuous where the circle is cut, at the end of the row. c [batch, C] holds scaled
// conditions and raw [batch, C] the same in radians.
func onCircle(c, raw *Node, angles []int) *Node {
	if len(angles) == 0 {
		return c
	}
	var all []*Node
	width := c.Shape().Dim(1)
	column := func(of *Node, j int) *Node { return SliceAxis(of, -1, AxisRange(j, j+1)) }
	for j := range width {
		if !slices.Contains(angles, j) {
			all = append(all, column(c, j))
		}
	}
	for _, j := range angles {
		all = append(all, Cos(column(raw, j)), Sin(column(raw, j)))
	}
	return Concatenate(all, -1)
}

// seenWidth returns the number of features of a condition as the flow sees it.
func (s Density) seenWidth() int { return s.Condition + len(s.ConditionAngles) }

// validateConditionAngles returns an error unless angles, which may come from a file, are different
// columns of a condition of this width.
func validateConditionAngles(angles []int, width int, links []Link) error {
	for k, j := range angles {
		if j < 0 || j >= width || slices.Contains(angles[:k], j) || len(links) > 0 {
			return fmt.Errorf("%w: columns %v of its condition of %d features are angles", fit.ErrCorrupt, angles, width)
		}
	}
	return nil
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

// Nearest returns points y [N, D] of the right with their angles moved by whole turns to where they
// are nearest to those of points x [N, D] of the left, so that y − x is the way on the circle. It
// returns an error if an angle has another period on the left than on the right.
func (s Transport) Nearest(x, y data.Points) (data.Points, error) {
	left, right := s.Left.Periods(), s.Right.Periods()
	for j, period := range left {
		one, other := period[1]-period[0], right[j][1]-right[j][0]
		if math.Abs(one-other) > 1e-6*one {
			return y, fmt.Errorf("column %s is an angle of period %g on the left and %g on the right, and a distance between them has no unit: give both in one", x.ColumnTitle(j), one, other)
		}
	}
	return data.Nearest(x, y, left)
}
