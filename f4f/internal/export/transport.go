package export

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/internal/onnx"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/plan"
)

// ofTransport are the functions of a transport, in the order of a model's outputs.
var ofTransport = []string{forward, logProbLeft, inverse, logProb}

// transport returns functions of a transport.
func transport(s specs.Transport, relation *plan.Relation, wanted map[string]bool) ([]onnx.Func, error) {
	between := s.Between(relation)
	left, err := mapsOf(s.Left)
	if err != nil {
		return nil, err
	}
	right, err := mapsOf(s.Right)
	if err != nil {
		return nil, err
	}
	// conditionOf returns the conditions of both sides in the units that the flow sees, side by
	// side.
	conditionOf := func(in []*Node) *Node {
		switch {
		case relation.KeepsCondition():
			in = []*Node{in[0], in[0]}
		case len(in) == 0:
			return nil
		}
		var both []*Node
		if s.Left.Condition > 0 {
			both, in = append(both, left.condition(in)), in[1:]
		}
		if s.Right.Condition > 0 {
			both = append(both, right.condition(in))
		}
		return Concatenate(both, -1)
	}
	conditions := conditionsOf(s, relation)
	var functions []onnx.Func
	for _, way := range []struct {
		leftToRight      bool
		from, to         specs.Density
		enters, leaves   maps
		in, out          string // names of input and output
		maps, evaluates  string // the functions of this way
		image, named, of string
	}{
		{true, s.Left, s.Right, left, right, "left", "forward", forward, logProbLeft, "points of the right distribution", "log_prob_left", "right"},
		{false, s.Right, s.Left, right, left, "right", "inverse", inverse, logProb, "points of the left distribution", "log_prob", "left"},
	} {
		if !wanted[way.maps] && !wanted[way.evaluates] {
			continue
		}
		if err := way.to.CheckDensity(); err != nil && wanted[way.evaluates] {
			return nil, fmt.Errorf("%s needs the density of the %s: %w", way.evaluates, way.of, err)
		}
		in := onnx.Input{Name: way.in, Width: way.from.Dim, Doc: fmt.Sprintf("points of the %s distribution [N, %d]%s", way.in, way.from.Dim, columns(way.from.Columns))}
		f, far := between.EitherWay(way.leftToRight)
		functions = append(functions, onnx.Func{Of: append([]onnx.Input{in}, conditions...), Build: func(scope *model.Scope, in []*Node) (outputs []onnx.Output) {
			c := conditionOf(in[1:])
			u, entered := enter(way.enters.points, in[0])
			v, logDet := f(scope, u, c)
			if wanted[way.maps] {
				y, left := leave(way.leaves.points, v)
				outputs = append(outputs,
					onnx.Output{Name: way.out, Node: y, Doc: "the points as " + way.image + " [N, D]"},
					onnx.Output{Name: way.out + "_log_det", Node: plus(plus(logDet, entered), left), Doc: "log|det J| of the map at each point [N], in nats"})
			}
			if wanted[way.evaluates] {
				outputs = append(outputs, onnx.Output{Name: way.named, Node: plus(Add(far(scope, v, c), logDet), entered),
					Doc: fmt.Sprintf("the log-density of each point under the transported %s density [N], in nats", way.of)})
			}
			return outputs
		}})
	}
	return functions, nil
}

// conditionsOf returns the inputs for the conditions of both sides: one, if points keep theirs.
func conditionsOf(s specs.Transport, relation *plan.Relation) []onnx.Input {
	if relation == nil && s.Left.Condition == 0 && s.Right.Condition == 0 {
		return nil
	}
	if relation.KeepsCondition() {
		return []onnx.Input{conditionInput(s.Left, "")}
	}
	var inputs []onnx.Input
	if s.Left.Condition > 0 {
		inputs = append(inputs, conditionInput(s.Left, "left"))
	}
	if s.Right.Condition > 0 {
		inputs = append(inputs, conditionInput(s.Right, "right"))
	}
	return inputs
}
