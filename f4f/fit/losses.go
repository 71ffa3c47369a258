package fit

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// mean returns the mean of some losses, of at least one.
func mean(losses []float32) float64 {
	sum := 0.0
	for _, l := range losses {
		sum += float64(l)
	}
	return sum / float64(len(losses))
}

// finite reports whether a loss is neither NaN nor infinite.
func finite(l float32) bool { return !math.IsNaN(float64(l)) && !math.IsInf(float64(l), 0) }

// upToNonFinite returns the losses up to and including the first that isn't finite.
func upToNonFinite(losses []float32) []float32 {
	for i, l := range losses {
		if !finite(l) {
			return losses[:i+1]
		}
	}
	return losses
}

// anyFinite reports whether any of losses [flows] is finite.
func anyFinite(losses *Node) *Node {
	if losses.Shape().Size() == 1 {
		return IsFinite(Reshape(losses))
	}
	return LogicalAny(IsFinite(losses))
}

// sumOverFlows returns the sum of the flows' losses. Its gradient with respect to a flow's own
// weights is that of the flow's loss.
func sumOverFlows(losses *Node, flows int) *Node {
	if flows == 1 {
		return losses
	}
	if losses.Shape().CheckDims(flows) != nil {
		panic(fmt.Errorf("fit: the losses of %d flows at once must be [%d], got %s", flows, flows, losses.Shape()))
	}
	return ReduceAllSum(losses)
}
