package export

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/internal/columngraph"
	"github.com/flowsforflows/flows/f4f/internal/onnx"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// The functions that a model can have.
const (
	logProb     = "log_prob"
	encode      = "encode"
	decode      = "decode"
	forward     = "forward"
	inverse     = "inverse"
	logProbLeft = "log_prob_left"
)

// ofDensity are the functions of a density, in the order of a model's outputs.
var ofDensity = []string{logProb, encode, decode}

// density returns functions of a density, over the weights under a scope.
func density(s specs.Density, wanted map[string]bool) ([]onnx.Func, error) {
	flow := s.Normal(specs.FlowScope)
	maps, err := mapsOf(s)
	if err != nil {
		return nil, err
	}
	x := onnx.Input{Name: "x", Width: s.Dim, Doc: fmt.Sprintf("points [N, %d]%s", s.Dim, columns(s.Columns))}
	z := onnx.Input{Name: "z", Width: s.Dim, Doc: fmt.Sprintf("points [N, %d] of the base distribution, %s", s.Dim, s.BaseText())}
	with := func(in onnx.Input) []onnx.Input {
		if s.Condition == 0 {
			return []onnx.Input{in}
		}
		return []onnx.Input{in, conditionInput(s, "")}
	}
	var functions []onnx.Func
	if wanted[logProb] || wanted[encode] {
		functions = append(functions, onnx.Func{Of: with(x), Build: func(scope *model.Scope, in []*Node) (outputs []onnx.Output) {
			u, entered := enter(maps.points, in[0])
			z, logDet := flow.Encode(scope.At(specs.FlowScope), u, maps.condition(in[1:]))
			if wanted[logProb] {
				outputs = append(outputs, onnx.Output{Name: "log_prob", Node: plus(Add(flow.BaseLogProb(z), logDet), entered), Doc: "log p(x) [N], in nats"})
			}
			if wanted[encode] {
				outputs = append(outputs, onnx.Output{Name: "encoded", Node: z, Doc: "x as points of the base distribution [N, D]"})
			}
			return outputs
		}})
	}
	if wanted[decode] {
		functions = append(functions, onnx.Func{Of: with(z), Build: func(scope *model.Scope, in []*Node) []onnx.Output {
			u, logDet := flow.Decode(scope.At(specs.FlowScope), in[0], maps.condition(in[1:]))
			x, left := leave(maps.points, u)
			return []onnx.Output{
				{Name: "decoded", Node: x, Doc: "z as points of the density [N, D]; a sample, if z is one of the base distribution"},
				{Name: "decoded_log_prob", Node: Sub(flow.BaseLogProb(in[0]), plus(logDet, left)), Doc: "log p(decoded) [N], in nats"},
			}
		}})
	}
	return functions, nil
}

// maps are the maps of a density's columns, and of those of its conditions.
type maps struct{ points, conditions []columngraph.Column }

func mapsOf(s specs.Density) (m maps, err error) {
	if m.points, err = columnsOf(s.Pipeline, s.Columns); err == nil {
		m.conditions, err = columnsOf(s.ConditionPipeline, s.ConditionColumns)
	}
	return m, err
}

// condition returns the condition among a function's inputs in the units that the flow sees, nil
// for none.
func (m maps) condition(in []*Node) *Node {
	if len(in) == 0 {
		return nil
	}
	c, _ := enter(m.conditions, in[0])
	return c
}

// conditionInput returns the input for the conditions of a density, on a side of a transport if one is
// named.
func conditionInput(s specs.Density, side string) onnx.Input {
	in := onnx.Input{Name: "condition", Width: s.Condition, Doc: "conditions"}
	if side != "" {
		in.Name, in.Doc = "condition_"+side, "conditions on the "+side
	}
	in.Doc += fmt.Sprintf(" [N, %d], or one for all%s", s.Condition, columns(s.ConditionColumns))
	return in
}

// columns lists the names of columns, if they have any.
func columns(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(": %q", names)
}
