package bijection

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Several flows of one shape can be built as one graph, which keeps a GPU busy where a single small
// flow can't. Their points come one flow's after another's, [flows·batch, D], and so do log-dets:
// whatever is done point by point need not know. Only weights do: each is stacked, [flows, in, out]
// for [in, out], and inside a layer features are [flows, D, batch] where those of a single flow are
// [D, batch]. Batch is the last axis of both and features the one before, so one code serves both.

// flowsParam is the parameter of a model.Store that tells how many flows its weights are of.
const flowsParam = "flows"

// SetFlows has the store's weights be those of so many flows, stacked along a first axis of their
// own. All bijections of this package but Embedded can be built on it.
func SetFlows(store *model.Store, flows int) { store.RootScope().SetParam(flowsParam, flows) }

// Flows is how many flows a scope's weights are of: 1 unless SetFlows said otherwise.
func Flows(scope *model.Scope) int { return model.GetParamOr(scope, flowsParam, 1) }

// ByFlow is x [flows·batch, …] as [flows, batch, …]. It panics where the flows have no equal share
// of x.
func ByFlow(scope *model.Scope, x *Node) *Node {
	flows, dims := Flows(scope), x.Shape().Dimensions
	if dims[0]%flows != 0 {
		panic(fmt.Errorf("bijection: rows of %d flows must be a multiple of %d, got %s", flows, flows, x.Shape()))
	}
	return Reshape(x, append([]int{flows, dims[0] / flows}, dims[1:]...)...)
}

// InARow is x [flows, batch, …] as [flows·batch, …].
func InARow(x *Node) *Node {
	dims := x.Shape().Dimensions
	return Reshape(x, append([]int{dims[0] * dims[1]}, dims[2:]...)...)
}

// stackable is a weight's dimensions, of one flow or of all that scope has.
func stackable(scope *model.Scope, dimensions ...int) []int {
	if flows := Flows(scope); flows > 1 {
		return append([]int{flows}, dimensions...)
	}
	return dimensions
}

// ofEach is ByFlow where there are several flows, and ofAll undoes it.
func ofEach(scope *model.Scope, x *Node) *Node {
	if Flows(scope) == 1 {
		return x
	}
	return ByFlow(scope, x)
}

func ofAll(scope *model.Scope, x *Node) *Node {
	if Flows(scope) == 1 {
		return x
	}
	return InARow(x)
}

// inward is x [batch, D] with features first, [D, batch]; of several flows [flows·batch, D] as
// [flows, D, batch]. Nil stays nil.
func inward(scope *model.Scope, x *Node) *Node {
	if x == nil {
		return nil
	}
	return turned(ofEach(scope, x))
}

// outward undoes inward.
func outward(x *Node) *Node {
	if x = turned(x); x.Rank() > 2 {
		x = InARow(x)
	}
	return x
}

// eachFeature is features [D, batch] as transformers take them: those of several flows [flows, D, batch]
// as [flows·D, batch].
func eachFeature(x *Node) *Node {
	if x.Rank() > 2 {
		x = InARow(x)
	}
	return x
}

// featuresLike undoes eachFeature for x that came of features like these.
func featuresLike(like, x *Node) *Node {
	if like.Rank() > 2 {
		x = Reshape(x, like.Shape().Dimensions...)
	}
	return x
}

// overFeatures is the sum over features [batch] of x [D, batch]; of several flows [flows·batch] of
// [flows, D, batch].
func overFeatures(x *Node) *Node {
	return ofEachRow(ReduceSum(x, -2))
}

// ofEachRow is x [batch], or that of several flows [flows, batch], as [flows·batch].
func ofEachRow(x *Node) *Node {
	if x.Rank() > 1 {
		x = InARow(x)
	}
	return x
}

// forFeatures undoes overFeatures by giving each of features like these the same: [D, batch] of
// [batch].
func forFeatures(x, like *Node) *Node {
	dims := append([]int(nil), like.Shape().Dimensions...)
	dims[len(dims)-2] = 1
	return BroadcastToShape(Reshape(x, dims...), like.Shape())
}

// broadcastOver is a constant [in, out] as it combines with weights [in, out] or [flows, in, out].
func broadcastOver(like, x *Node) *Node {
	if like.Rank() > x.Rank() {
		x = ExpandAxes(x, 0)
	}
	return x
}
