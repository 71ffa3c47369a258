package specs

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/stack"
)

// scaling is a scaler as graphs: the path of the variables that hold its numbers, or "" for no
// scaler. A program takes the numbers as inputs, so flows that differ only in their scales share
// it. The variables are kept apart from the weights and are in no flow's file: they are made from
// its spec.
type scaling string

const scalingScope = "scaling"

// The names of a scaling's variables: the mean and the standard deviation [1, D], and log|det| of
// standardise [1]. If several flows are trained as one program, each variable is stacked.
const (
	scalingMean   = "mean"
	scalingStd    = "std"
	scalingLogDet = "log_det"
)

// scalingOf returns the scaling of a density's points or conditions under a scope, or "" if there
// is no scaler.
func scalingOf(s *data.Scaler, scope, what string) scaling {
	if s == nil {
		return ""
	}
	return scaling("/" + scalingScope + "/" + scope + "/" + what)
}

// The two parts of a density that can have a scaler.
const (
	ofPoints     = "points"
	ofConditions = "conditions"
)

// standardise returns (x − mean)/std and its log-det.
func (s scaling) standardise(scope *model.Scope, x *Node) (*Node, logDet) {
	if s == "" {
		return x, logDet{}
	}
	mean, std := s.row(scope, scalingMean, x), s.row(scope, scalingStd, x)
	return Div(Sub(x, mean), std), logDet{s.row(scope, scalingLogDet, x)}
}

// standardiseEach is standardise with the log-derivative of each feature in place of the log-det.
func (s scaling) standardiseEach(scope *model.Scope, x *Node) (*Node, logDet) {
	if s == "" {
		return x, logDet{}
	}
	x, _ = s.standardise(scope, x)
	return x, logDet{BroadcastToShape(Neg(Log(s.row(scope, scalingStd, x))), x.Shape())}
}

// restore undoes standardise. It also returns its own log-det.
func (s scaling) restore(scope *model.Scope, x *Node) (*Node, logDet) {
	if s == "" {
		return x, logDet{}
	}
	mean, std := s.row(scope, scalingMean, x), s.row(scope, scalingStd, x)
	return Add(Mul(x, std), mean), logDet{Neg(s.row(scope, scalingLogDet, x))}
}

// row returns one of the scaler's variables in a shape to combine with x [batch, D]: [1, D] or [1]
// for one flow, [batch, D] or [batch] for several.
func (s scaling) row(scope *model.Scope, name string, x *Node) *Node {
	value := scope.Store().GetVariable(string(s) + "/" + name).NodeValue(x.Graph())
	if stack.Flows(scope) > 1 {
		value = Squeeze(value, 1)
	}
	return spread(value, x)
}

// spread repeats the value of each flow, [flows, …], for each of the flow's rows in like [batch,
// …]. For a single flow it returns the value as it is.
func spread(each, like *Node) *Node {
	flows, batch, rest := each.Shape().Dim(0), like.Shape().Dim(0), each.Shape().Dimensions[1:]
	if flows == 1 {
		return each
	}
	wide := BroadcastToDims(ExpandAxes(each, 1), append([]int{flows, batch / flows}, rest...)...)
	return Reshape(wide, append([]int{batch}, rest...)...)
}

// logDet is what scalings add to a log-det, one term for each.
type logDet []*Node

// to adds the terms to log-dets [batch].
func (l logDet) to(logDets *Node) *Node {
	for _, term := range l {
		logDets = Add(logDets, term)
	}
	return logDets
}
