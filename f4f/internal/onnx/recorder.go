package onnx

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// recorder is a backend that records graphs as operations of a model.
type recorder struct {
	notimplemented.Backend
	model     *Model
	weights   map[string]*tensors.Tensor // by the name of the parameter
	given     map[string]*value          // inputs by the name of the parameter
	constants map[string]*value          // by dtype, dimensions and content, so that equal ones are written once
	last      int                        // number of the last name given
	rows      *value                     // the number of rows of the current function, int64 [1]
	outputs   []*value
}

func (r *recorder) Name() string                        { return "onnx" }
func (r *recorder) String() string                      { return r.Name() }
func (r *recorder) Description() string                 { return "records graphs as ONNX models" }
func (r *recorder) Builder(name string) compute.Builder { return &builder{recorder: r, name: name} }

// Capabilities lists no DynamicSlice and no functions, so that graphs are built without loops.
func (r *recorder) Capabilities() compute.Capabilities {
	all := compute.Capabilities{Operations: maps.Clone(operations), DTypes: map[dtypes.DType]bool{}}
	for _, d := range []dtypes.DType{dtypes.Float32, dtypes.Float64, dtypes.Int32, dtypes.Int64, dtypes.Uint8, dtypes.Bool} {
		all.DTypes[d] = true
	}
	return all
}

// builder records one graph.
type builder struct {
	notimplemented.Builder
	*recorder
	name string
	main *function
}

func (b *builder) Name() string { return b.name }

func (b *builder) Main() compute.Function {
	if b.main == nil {
		b.main = &function{recorder: b.recorder, of: b}
		b.main.ErrFn = func(op compute.OpType) error {
			return fmt.Errorf("onnx: the operation %s can't be exported: %w", op, compute.ErrNotImplemented)
		} // GoMLX then builds a fused operation of simple ones
	}
	return b.main
}

func (b *builder) NewFunction(string) (compute.Function, error) {
	return nil, fmt.Errorf("onnx: functions within a graph can't be exported")
}

func (b *builder) OpShape(v compute.Value) (shapes.Shape, error) { return b.main.Shape(v) }

// Compile returns an executable that can't be executed: what matters has been recorded.
func (b *builder) Compile() (compute.Executable, error) { return recorded{}, nil }

type recorded struct{}

func (recorded) Finalize()                          {}
func (recorded) Inputs() ([]string, []shapes.Shape) { return nil, nil }
func (recorded) Outputs() []shapes.Shape            { return nil }
func (recorded) Execute([]compute.Buffer, []bool, compute.DeviceNum) ([]compute.Buffer, error) {
	return nil, fmt.Errorf("onnx: a recorded graph can't be executed")
}

// function records the operations of a graph.
type function struct {
	notimplemented.Function
	*recorder
	of *builder
}

func (f *function) Name() string             { return compute.MainName }
func (f *function) Builder() compute.Builder { return f.of }
func (f *function) Parent() compute.Function { return nil }

func (f *function) Shape(v compute.Value) (shapes.Shape, error) { return v.(*value).shape, nil }

// Parameter returns the input or the weight of that name.
func (f *function) Parameter(name string, shape shapes.Shape, _ *compute.ShardingSpec) (compute.Value, error) {
	if err := checkType(shape.DType); err != nil {
		return nil, err
	}
	if v := f.given[name]; v != nil {
		return v, nil
	}
	weights, found := f.weights[name]
	if !found {
		return nil, fmt.Errorf("onnx: %s is neither an input nor a weight", name)
	}
	v := &value{name: name, shape: shape}
	err := weights.ConstBytes(func(content []byte) { v.content = slices.Clone(content) })
	if err != nil {
		return nil, fmt.Errorf("onnx: reading the weight %s: %w", name, err)
	}
	f.model.constants = append(f.model.constants, v)
	return v, nil
}

// Constant returns a constant. Equal ones are one.
func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	dtype := dtypes.FromGoType(reflect.TypeOf(flat).Elem())
	if err := checkType(dtype); err != nil {
		return nil, err
	}
	if len(dynamicAxes(dims)) > 0 {
		return nil, fmt.Errorf("onnx: a constant with a number for each row can't be exported")
	}
	content, err := binary.Append(nil, binary.LittleEndian, flat)
	if err != nil {
		return nil, fmt.Errorf("onnx: a constant of %s can't be exported: %w", dtype, err)
	}
	return f.constant(shapes.Make(dtype, dims...), content), nil
}

func (r *recorder) constant(shape shapes.Shape, content []byte) *value {
	key := fmt.Sprintf("%s %q", shape, content)
	if v := r.constants[key]; v != nil {
		return v
	}
	v := &value{name: r.unused("constant"), shape: shape, content: content}
	r.constants[key] = v
	r.model.constants = append(r.model.constants, v)
	return v
}

// number returns a constant scalar.
func (r *recorder) number(dtype dtypes.DType, x float64) *value {
	var content []byte
	switch dtype {
	case dtypes.Float32:
		content = binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(x)))
	case dtypes.Float64:
		content = binary.LittleEndian.AppendUint64(nil, math.Float64bits(x))
	default:
		panic(fmt.Errorf("onnx: there is no number of %s", dtype)) // callers ask for those of floats alone
	}
	return r.constant(shapes.Make(dtype), content)
}

// integers returns a constant of int64 [len(is)].
func (r *recorder) integers(is ...int) *value {
	var content []byte
	for _, i := range is {
		content = binary.LittleEndian.AppendUint64(content, uint64(int64(i)))
	}
	return r.constant(shapes.Make(dtypes.Int64, len(is)), content)
}

// sizes returns dimensions as a tensor, int64 [rank], with those that depend on the number of rows
// computed from it.
func (r *recorder) sizes(dims []int) *value {
	if len(dynamicAxes(dims)) == 0 {
		return r.integers(dims...)
	}
	parts := make([]*value, len(dims))
	for axis, size := range dims {
		switch rows := rowsOf(size); rows {
		case 0:
			parts[axis] = r.integers(size)
		case 1:
			parts[axis] = r.rows
		default:
			parts[axis] = r.node("Mul", shapes.Make(dtypes.Int64, 1), []*value{r.rows, r.integers(rows)})
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return r.node("Concat", shapes.Make(dtypes.Int64, len(dims)), parts, integer("axis", 0))
}

// node records an operation with one output of this shape, and returns it.
func (r *recorder) node(op string, shape shapes.Shape, inputs []*value, attributes ...attribute) *value {
	out := &value{name: r.unused(op), shape: shape}
	r.model.nodes = append(r.model.nodes, &node{op: op, inputs: slices.Clone(inputs), outputs: []*value{out}, attributes: attributes})
	return out
}

// unused returns a new name.
func (r *recorder) unused(of string) string {
	r.last++
	return fmt.Sprintf("%s_%d", of, r.last)
}

// Return marks the outputs of the graph.
func (f *function) Return(outputs []compute.Value, _ []*compute.ShardingSpec) error {
	for _, v := range outputs {
		f.outputs = append(f.outputs, v.(*value))
	}
	return nil
}

func (f *function) Identity(x compute.Value) (compute.Value, error) { return x, nil }

func (f *function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	return operands, nil
}
