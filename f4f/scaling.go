package f4f

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// scaling is a scaler as graphs: the path of the variables that hold its numbers, "" for none,
// which leaves points alone. A program takes the numbers as inputs, so that flows alike but for
// their scales share it. The variables lie apart from the weights and are in no flow's file: they
// are made of its spec.
type scaling string

const scalingScope = "scaling"

// What a scaling's variables are called: the mean and the standard deviation [1, D], and log|det|
// of standardise [1]. Of several flows at once each is stacked.
const (
	scalingMean   = "mean"
	scalingStd    = "std"
	scalingLogDet = "log_det"
)

// scalingOf is the scaling of what a density has under a scope, "" where there is no scaler.
func scalingOf(s *data.Scaler, scope, what string) scaling {
	if s == nil {
		return ""
	}
	return scaling("/" + scalingScope + "/" + scope + "/" + what)
}

// Of what a density has scalers.
const (
	ofPoints     = "points"
	ofConditions = "conditions"
)

// scales are the values of a density's scalings under a scope, in a precision.
func (s densitySpec) scales(scope string, p Precision) fit.Snapshot {
	values := fit.Snapshot{}
	for what, scaler := range map[string]*data.Scaler{ofPoints: s.Scaler, ofConditions: s.Conditions} {
		if scaler == nil {
			continue
		}
		path := string(scalingOf(scaler, scope, what)) + "/"
		values[path+scalingMean] = p.rounded(scaler.Mean, 1, len(scaler.Mean))
		values[path+scalingStd] = p.rounded(scaler.Std, 1, len(scaler.Std))
		values[path+scalingLogDet] = p.rounded([]float64{scaler.LogDet()}, 1)
	}
	return values
}

// scales are the values of the scalings of a transport's bases, in a precision.
func (s transportSpec) scales(p Precision) fit.Snapshot {
	return merged(s.Left.scales(leftScope, p), s.Right.scales(rightScope, p))
}

// standardise is (x − mean)/std and its log-det.
func (s scaling) standardise(scope *model.Scope, x *Node) (*Node, logDet) {
	if s == "" {
		return x, logDet{}
	}
	mean, std := s.row(scope, scalingMean, x), s.row(scope, scalingStd, x)
	return Div(Sub(x, mean), std), logDet{s.row(scope, scalingLogDet, x)}
}

// restore undoes standardise.
func (s scaling) restore(scope *model.Scope, x *Node) (*Node, logDet) {
	if s == "" {
		return x, logDet{}
	}
	mean, std := s.row(scope, scalingMean, x), s.row(scope, scalingStd, x)
	return Add(Mul(x, std), mean), logDet{Neg(s.row(scope, scalingLogDet, x))}
}

// row is a number of the scaler's, one for each feature or one in all, as it goes with x [batch, D]:
// [1, D] or [1] of one flow, and [batch, D] or [batch] of several.
func (s scaling) row(scope *model.Scope, name string, x *Node) *Node {
	value := scope.Store().GetVariable(string(s) + "/" + name).NodeValue(x.Graph())
	if bijection.Flows(scope) > 1 {
		value = Squeeze(value, 1)
	}
	return spread(value, x)
}

// spread is what each flow has, [flows, …], for each of its rows in like [batch, …]; where there is
// one flow, what it has.
func spread(each, like *Node) *Node {
	flows, batch, rest := each.Shape().Dim(0), like.Shape().Dim(0), each.Shape().Dimensions[1:]
	if flows == 1 {
		return each
	}
	wide := BroadcastToDims(ExpandAxes(each, 1), append([]int{flows, batch / flows}, rest...)...)
	return Reshape(wide, append([]int{batch}, rest...)...)
}

// logDet is what scalings add to log-dets, a term for each.
type logDet []*Node

// to adds it to log-dets [batch].
func (l logDet) to(logDets *Node) *Node {
	for _, term := range l {
		logDets = Add(logDets, term)
	}
	return logDets
}
