package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// Several flows can be built as one graph, see package stack. Inside a layer features are then
// [flows, D, batch] instead of [D, batch]. In both cases batch is the last axis and features are
// the axis before it, so the same code serves both.

// stackable returns the dimensions of a weight, with a leading axis of flows if the scope has
// several.
func stackable(scope *model.Scope, dimensions ...int) []int {
	if flows := stack.Flows(scope); flows > 1 {
		return append([]int{flows}, dimensions...)
	}
	return dimensions
}

// splitFlows is stack.Split if there are several flows, else it returns x. mergeFlows undoes it.
func splitFlows(scope *model.Scope, x *Node) *Node {
	if stack.Flows(scope) == 1 {
		return x
	}
	return stack.Split(scope, x)
}

func mergeFlows(scope *model.Scope, x *Node) *Node {
	if stack.Flows(scope) == 1 {
		return x
	}
	return stack.Merge(x)
}

// featuresFirst returns x [batch, D] with features first, [D, batch]. For several flows it returns
// x [flows·batch, D] as [flows, D, batch]. Nil stays nil.
func featuresFirst(scope *model.Scope, x *Node) *Node {
	if x == nil {
		return nil
	}
	return transposed(splitFlows(scope, x))
}

// batchFirst undoes featuresFirst.
func batchFirst(x *Node) *Node {
	if x = transposed(x); x.Rank() > 2 {
		x = stack.Merge(x)
	}
	return x
}

// mergeFeatures returns features [D, batch] in the shape that transformers take. For several flows
// it returns [flows, D, batch] as [flows·D, batch].
func mergeFeatures(x *Node) *Node {
	if x.Rank() > 2 {
		x = stack.Merge(x)
	}
	return x
}

// splitFeatures undoes mergeFeatures: it gives x the shape of like.
func splitFeatures(like, x *Node) *Node {
	if like.Rank() > 2 {
		x = Reshape(x, like.Shape().Dimensions...)
	}
	return x
}

// sumOverFeatures returns the sum over features [batch] of x [D, batch]. For several flows it
// returns [flows·batch] for x [flows, D, batch].
func sumOverFeatures(x *Node) *Node {
	return mergeRows(ReduceSum(x, -2))
}

// mergeRows returns x [batch] as it is, and x [flows, batch] as [flows·batch].
func mergeRows(x *Node) *Node {
	if x.Rank() > 1 {
		x = stack.Merge(x)
	}
	return x
}

// repeatForFeatures repeats x [batch] for every feature of like: [D, batch].
func repeatForFeatures(x, like *Node) *Node {
	dims := append([]int(nil), like.Shape().Dimensions...)
	dims[len(dims)-2] = 1
	return BroadcastToShape(Reshape(x, dims...), like.Shape())
}

// broadcastOver returns a constant x [in, out] in a shape that broadcasts to weights [in, out] or
// [flows, in, out].
func broadcastOver(like, x *Node) *Node {
	if like.Rank() > x.Rank() {
		x = ExpandAxes(x, 0)
	}
	return x
}
