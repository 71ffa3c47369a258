package onnx

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// Input is an input of a model: numbers [N, Width], of the model's dtype.
type Input struct {
	Name  string
	Width int
	Doc   string
}

// Output is an output of a function.
type Output struct {
	Name string
	Node *Node // [N] or [N, …]
	Doc  string
}

// Func is a function to record.
type Func struct {
	Of    []Input // equal to inputs of the same name of other functions
	Build func(scope *model.Scope, inputs []*Node) []Output
}

// Record records functions of the weights of a store, all of one dtype. A function's inputs may
// each have one row, which then holds for all. If functions have different inputs, an input that
// not all of them have may be left out: it then is one row of zeros, and outputs that depend on it
// have one row without meaning.
//
// Record returns the error of an operation that can't be exported.
func Record(name string, dtype dtypes.DType, store *model.Store, functions ...Func) (*Model, error) {
	m := &Model{Name: name}
	r := &recorder{model: m, weights: map[string]*tensors.Tensor{}, given: map[string]*value{}, constants: map[string]*value{}}
	for v := range store.IterVariables() {
		w, err := v.Value()
		if err != nil {
			return nil, err
		}
		r.weights[v.Path()] = w
	}
	if err := checkType(dtype); err != nil {
		return nil, err
	}
	inputs, of := map[string]*value{}, map[string]int{}
	for _, f := range functions {
		for _, in := range f.Of {
			if inputs[in.Name] == nil {
				inputs[in.Name] = &value{name: in.Name, shape: shapes.Make(dtype, marker, in.Width)}
				m.inputs = append(m.inputs, argument{value: inputs[in.Name], doc: in.Doc, rows: rowsOfInput(in)})
			}
			of[in.Name]++
		}
	}
	for i, in := range m.inputs {
		m.inputs[i].optional = of[in.name] < len(functions)
	}
	err := panics.Catch(func() {
		g := NewGraph(r, name)
		defer g.Finalize()
		model.SetStore(g, store)
		var outputs []*Node
		for k, f := range functions {
			r.begin(k, f.Of, inputs)
			nodes := make([]*Node, len(f.Of))
			for i, in := range f.Of {
				nodes[i] = Parameter(g, parameterOf(k, in), inputs[in.Name].shape)
			}
			for _, out := range f.Build(store.RootScope(), nodes) {
				outputs = append(outputs, out.Node)
				m.outputs = append(m.outputs, argument{doc: out.Doc, rows: rowsOfOutputs(f), value: &value{name: out.Name, shape: out.Node.Shape()}})
			}
		}
		if err := g.Compile(outputs...); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return nil, err
	}
	for i, v := range r.outputs { // under the names that were asked for
		m.nodes = append(m.nodes, &node{op: "Identity", inputs: []*value{v}, outputs: []*value{m.outputs[i].value}})
	}
	return m, nil
}

// Numbers of rows that may differ have different names in a model.
func rowsOfInput(in Input) string { return "N_" + in.Name }

func rowsOfOutputs(f Func) string {
	names := "N"
	for _, in := range f.Of {
		names += "_" + in.Name
	}
	return names
}

func parameterOf(function int, in Input) string {
	return fmt.Sprintf("%s of function %d", in.Name, function)
}

// begin begins function number k. It gives each of its inputs the number of rows of the others.
func (r *recorder) begin(k int, of []Input, inputs map[string]*value) {
	r.rows = nil
	int64s := func(n int) shapes.Shape { return shapes.Make(dtypes.Int64, n) }
	all := make([]*value, len(of))
	for i, in := range of {
		all[i] = inputs[in.Name]
		for j, other := range of {
			if i == j {
				continue
			}
			sizes := r.node("Concat", int64s(2), []*value{r.rowsOf(inputs[other.Name]), r.integers(1)}, integer("axis", 0))
			all[i] = r.node("Expand", all[i].shape, []*value{all[i], sizes})
		}
		r.given[parameterOf(k, in)] = all[i]
	}
	r.rows = r.rowsOf(all[0])
}

// rowsOf returns the number of rows of a value, int64 [1].
func (r *recorder) rowsOf(v *value) *value {
	sizes := r.node("Shape", shapes.Make(dtypes.Int64, v.shape.Rank()), []*value{v})
	return r.node("Slice", shapes.Make(dtypes.Int64, 1), []*value{sizes, r.integers(0), r.integers(1), r.integers(0)})
}
