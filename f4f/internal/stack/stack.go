// Package stack is about several flows of one shape that are built as one graph, which keeps a GPU
// busy where one small flow can't. Their points come one flow after another, [flows·batch, D], and
// so do their log-dets, so code that works point by point need not know. Only the weights differ:
// each is stacked along a leading axis, [flows, in, out] instead of [in, out].
package stack

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// flowsParam is the parameter of a model.Store that holds the number of flows of its weights.
const flowsParam = "flows"

// SetFlows declares that the store's weights are those of several flows, stacked along a leading
// axis. All bijections of package bijection except Embedded and ConvexPotential can be built on
// such a store.
func SetFlows(store *model.Store, flows int) { store.RootScope().SetParam(flowsParam, flows) }

// Flows returns the number of flows of a scope's weights: 1 unless SetFlows set another.
func Flows(scope *model.Scope) int { return model.GetParamOr(scope, flowsParam, 1) }

// Split returns x [flows·batch, …] as [flows, batch, …]. It panics if the rows of x are not a
// multiple of the number of flows.
func Split(scope *model.Scope, x *graph.Node) *graph.Node {
	flows, dims := Flows(scope), x.Shape().Dimensions
	if dims[0]%flows != 0 {
		panic(fmt.Errorf("bijection: rows of %d flows must be a multiple of %d, got %s", flows, flows, x.Shape()))
	}
	return graph.Reshape(x, append([]int{flows, dims[0] / flows}, dims[1:]...)...)
}

// Merge undoes Split: it returns x [flows, batch, …] as [flows·batch, …].
func Merge(x *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	return graph.Reshape(x, append([]int{dims[0] * dims[1]}, dims[2:]...)...)
}
