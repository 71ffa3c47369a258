package specs

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

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
