package bijection

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Several flows of one shape can be built as one graph. This keeps a GPU busy where one small flow
// can't. Their points come one flow after another, [flows·batch, D], and so do their log-dets, so
// code that works point by point need not know. Only the weights differ: each is stacked, [flows,
// in, out] instead of [in, out]. Inside a layer features are [flows, D, batch] instead of [D,
// batch]. In both cases batch is the last axis and features are the axis before it, so the same
// code serves both.

// flowsParam is the parameter of a model.Store that holds the number of flows of its weights.
const flowsParam = "flows"

// SetFlows declares that the store's weights are those of several flows, stacked along a leading
// axis. All bijections of this package except Embedded can be built on such a store.
func SetFlows(store *model.Store, flows int) { store.RootScope().SetParam(flowsParam, flows) }

// Flows returns the number of flows of a scope's weights: 1 unless SetFlows set another.
func Flows(scope *model.Scope) int { return model.GetParamOr(scope, flowsParam, 1) }

// ByFlow returns x [flows·batch, …] as [flows, batch, …]. It panics if the rows of x are not a
// multiple of the number of flows.
func ByFlow(scope *model.Scope, x *Node) *Node {
	flows, dims := Flows(scope), x.Shape().Dimensions
	if dims[0]%flows != 0 {
		panic(fmt.Errorf("bijection: rows of %d flows must be a multiple of %d, got %s", flows, flows, x.Shape()))
	}
	return Reshape(x, append([]int{flows, dims[0] / flows}, dims[1:]...)...)
}

// InARow returns x [flows, batch, …] as [flows·batch, …].
func InARow(x *Node) *Node {
	dims := x.Shape().Dimensions
	return Reshape(x, append([]int{dims[0] * dims[1]}, dims[2:]...)...)
}

// stackable returns the dimensions of a weight, with a leading axis of flows if the scope has
// several.
func stackable(scope *model.Scope, dimensions ...int) []int {
	if flows := Flows(scope); flows > 1 {
		return append([]int{flows}, dimensions...)
	}
	return dimensions
}

// splitFlows is ByFlow if there are several flows, else it returns x. mergeFlows undoes it.
func splitFlows(scope *model.Scope, x *Node) *Node {
	if Flows(scope) == 1 {
		return x
	}
	return ByFlow(scope, x)
}

func mergeFlows(scope *model.Scope, x *Node) *Node {
	if Flows(scope) == 1 {
		return x
	}
	return InARow(x)
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
		x = InARow(x)
	}
	return x
}

// mergeFeatures returns features [D, batch] in the shape that transformers take. For several flows
// it returns [flows, D, batch] as [flows·D, batch].
func mergeFeatures(x *Node) *Node {
	if x.Rank() > 2 {
		x = InARow(x)
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
		x = InARow(x)
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
