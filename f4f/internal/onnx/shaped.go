package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// Reshape takes the axis that depends on the number of rows, if it is one, as what is left (−1).
func (f *function) Reshape(x compute.Value, dimensions ...int) (compute.Value, error) {
	v := x.(*value)
	shape, err := shapeinference.Reshape(v.shape, dimensions)
	if err != nil {
		return nil, err
	}
	return f.reshaped(v, shape), nil
}

func (f *function) reshaped(v *value, shape shapes.Shape) *value {
	if slices.Equal(v.shape.Dimensions, shape.Dimensions) {
		return v
	}
	dynamic := dynamicAxes(shape.Dimensions)
	if len(dynamic) != 1 {
		return f.node("Reshape", shape, []*value{v, f.sizes(shape.Dimensions)})
	}
	dims := slices.Clone(shape.Dimensions)
	dims[dynamic[0]] = -1
	return f.node("Reshape", shape, []*value{v, f.integers(dims...)})
}

func (f *function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	v := x.(*value)
	shape, err := shapeinference.Transpose(v.shape, permutation)
	if err != nil {
		return nil, err
	}
	return f.transposed(v, shape, permutation), nil
}

func (f *function) transposed(v *value, shape shapes.Shape, permutation []int) *value {
	if slices.IsSorted(permutation) {
		return v
	}
	return f.node("Transpose", shape, []*value{v}, integers("perm", permutation))
}

// BroadcastInDim gives x axes of size 1 where it has none, then repeats it along them.
func (f *function) BroadcastInDim(x compute.Value, outputShape shapes.Shape, broadcastAxes []int) (compute.Value, error) {
	v := x.(*value)
	if err := shapeinference.BroadcastInDim(v.shape, outputShape, broadcastAxes, nil); err != nil {
		return nil, err
	}
	if v.narrow != nil {
		v = v.narrow
	}
	dims := make([]int, outputShape.Rank())
	for axis := range dims {
		dims[axis] = 1
	}
	for from, to := range broadcastAxes {
		dims[to] = v.shape.Dimensions[from]
	}
	narrow := f.reshaped(v, shapes.Make(v.shape.DType, dims...))
	if slices.Equal(dims, outputShape.Dimensions) {
		return narrow, nil
	}
	return f.repeated(narrow, outputShape), nil
}

func (f *function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	values, of := make([]*value, len(operands)), make([]shapes.Shape, len(operands))
	for k, o := range operands {
		values[k] = o.(*value)
		of[k] = values[k].shape
	}
	shape, err := shapeinference.Concatenate(of, axis)
	if err != nil || len(values) == 1 {
		return values[0], err
	}
	return f.node("Concat", shape, values, integer("axis", axis)), nil
}

func (f *function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	v := x.(*value)
	if len(strides) == 0 {
		strides = slices.Repeat([]int{1}, v.shape.Rank())
	}
	shape, err := shapeinference.Slice(v.shape, starts, limits, strides)
	if err != nil {
		return nil, err
	}
	var axes, from, to, step []int
	for axis, size := range v.shape.Dimensions {
		if starts[axis] == 0 && limits[axis] == size && strides[axis] == 1 {
			continue
		}
		if rowsOf(size) > 0 {
			return nil, fmt.Errorf("onnx: a part of the rows can't be exported")
		}
		axes, from, to, step = append(axes, axis), append(from, starts[axis]), append(to, limits[axis]), append(step, strides[axis])
	}
	if axes == nil {
		return v, nil
	}
	return f.node("Slice", shape, []*value{v, f.integers(from...), f.integers(to...), f.integers(axes...), f.integers(step...)}), nil
}

func (f *function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	v := x.(*value)
	of := func(i int) *value { return f.integers(slices.Repeat([]int{i}, len(axes))...) }
	return f.node("Slice", v.shape, []*value{v, of(-1), of(math.MinInt64), f.integers(axes...), of(-1)}), nil
}

// Pad pads with a number, and not between elements.
func (f *function) Pad(x, fill compute.Value, axes ...compute.PadAxis) (compute.Value, error) {
	v := x.(*value)
	shape, err := shapeinference.Pad(v.shape, axes...)
	if err != nil {
		return nil, err
	}
	pads := make([]int, 2*v.shape.Rank())
	for axis, p := range axes {
		if p.Interior != 0 || p.Start < 0 || p.End < 0 {
			return nil, fmt.Errorf("onnx: padding between elements, and a negative one, can't be exported")
		}
		pads[axis], pads[v.shape.Rank()+axis] = p.Start, p.End
	}
	return f.node("Pad", shape, []*value{v, f.integers(pads...), fill.(*value)}), nil
}

// Iota is a constant.
func (f *function) Iota(shape shapes.Shape, axis int) (compute.Value, error) {
	if len(dynamicAxes(shape.Dimensions)) > 0 {
		return nil, fmt.Errorf("onnx: numbers of rows can't be exported")
	}
	stride := 1
	for _, size := range shape.Dimensions[axis+1:] {
		stride *= size
	}
	is := make([]int64, shape.Size())
	for k := range is {
		is[k] = int64(k / stride % shape.Dimensions[axis])
	}
	content, err := binary.Append(nil, binary.LittleEndian, is)
	if err != nil {
		return nil, err
	}
	return f.ConvertDType(f.constant(shapes.Make(dtypes.Int64, shape.Dimensions...), content), shape.DType)
}

func (f *function) reduce(name string, x compute.Value, axes []int) (compute.Value, error) {
	v := x.(*value)
	if len(axes) == 0 {
		for axis := range v.shape.Rank() {
			axes = append(axes, axis)
		}
	}
	shape, err := shapeinference.Reduce(v.shape, axes)
	if err != nil {
		return nil, err
	}
	if name == "ReduceSum" { // the only one with its axes as an input in this opset
		return f.node(name, shape, []*value{v, f.integers(axes...)}, integer("keepdims", 0)), nil
	}
	return f.node(name, shape, []*value{v}, integers("axes", axes), integer("keepdims", 0)), nil
}

func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceSum", x, axes)
}
func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceMax", x, axes)
}
func (f *function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceMin", x, axes)
}

func (f *function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceProd", x, axes)
}

func (f *function) ReduceLogicalAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.logical("ReduceMin", x, axes)
}

func (f *function) ReduceLogicalOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.logical("ReduceMax", x, axes)
}

// logical reduces truth values as the numbers 0 and 1.
func (f *function) logical(name string, x compute.Value, axes []int) (compute.Value, error) {
	numbers, err := f.ConvertDType(x, dtypes.Int32)
	if err != nil {
		return nil, err
	}
	one, err := f.reduce(name, numbers, axes)
	if err != nil {
		return nil, err
	}
	return f.ConvertDType(one, dtypes.Bool)
}

// DotGeneral is a MatMul, of operands transposed to [batch axes…, rows, columns].
func (f *function) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int, rhs compute.Value, rhsContracting, rhsBatch []int, config compute.DotGeneralConfig) (compute.Value, error) {
	a, b := lhs.(*value), rhs.(*value)
	shape, err := shapeinference.DotGeneral(a.shape, lhsContracting, lhsBatch, b.shape, rhsContracting, rhsBatch, config)
	if err != nil {
		return nil, err
	}
	if shape.DType != a.shape.DType {
		return nil, fmt.Errorf("onnx: a product of %s in %s can't be exported", a.shape.DType, shape.DType)
	}
	ownA, sizeA := free(a, lhsContracting, lhsBatch)
	ownB, sizeB := free(b, rhsContracting, rhsBatch)
	inner := product(a.shape.Dimensions, lhsContracting)
	var batch []int
	for _, axis := range lhsBatch {
		batch = append(batch, a.shape.Dimensions[axis])
	}
	with := func(v *value, order []int, dims ...int) *value {
		permuted := make([]int, len(order))
		for k, axis := range order {
			permuted[k] = v.shape.Dimensions[axis]
		}
		v = f.transposed(v, shapes.Make(v.shape.DType, permuted...), order)
		return f.reshaped(v, shapes.Make(v.shape.DType, slices.Concat(batch, dims)...))
	}
	left := with(a, slices.Concat(lhsBatch, ownA, lhsContracting), sizeA, inner)
	right := with(b, slices.Concat(rhsBatch, rhsContracting, ownB), inner, sizeB)
	out := f.node("MatMul", shapes.Make(shape.DType, slices.Concat(batch, []int{sizeA, sizeB})...), []*value{left, right})
	return f.reshaped(out, shape), nil
}

// free returns the axes that are neither contracted nor batch axes, and the product of their sizes.
func free(v *value, contracting, batch []int) (axes []int, size int) {
	for axis := range v.shape.Rank() {
		if !slices.Contains(contracting, axis) && !slices.Contains(batch, axis) {
			axes = append(axes, axis)
		}
	}
	return axes, product(v.shape.Dimensions, axes)
}

func product(dims, axes []int) int {
	size := 1
	for _, axis := range axes {
		size *= dims[axis]
	}
	return size
}

// Gather takes elements along one axis by their numbers. Other forms are not exported.
func (f *function) Gather(operand, startIndices compute.Value, indexVectorAxis int, offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes []int, sorted bool) (compute.Value, error) {
	v, indices := operand.(*value), startIndices.(*value)
	shape, err := shapeinference.Gather(v.shape, indices.shape, indexVectorAxis, offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes, sorted)
	if err != nil {
		return nil, err
	}
	if len(startIndexMap) != 1 || !slices.Equal(collapsedSliceAxes, startIndexMap) {
		return nil, fmt.Errorf("onnx: taking elements along %d axes at once can't be exported", len(startIndexMap))
	}
	along := startIndexMap[0]
	for axis, size := range sliceSizes {
		if axis != along && size != v.shape.Dimensions[axis] {
			return nil, fmt.Errorf("onnx: taking parts of axis %d can't be exported", axis)
		}
	}
	dims := slices.Clone(indices.shape.Dimensions)
	if indexVectorAxis < len(dims) {
		dims = slices.Delete(dims, indexVectorAxis, indexVectorAxis+1)
	}
	indices = f.reshaped(indices, shapes.Make(indices.shape.DType, dims...))
	taken := slices.Concat(v.shape.Dimensions[:along], dims, v.shape.Dimensions[along+1:])
	out := f.node("Gather", shapes.Make(v.shape.DType, taken...), []*value{v, indices}, integer("axis", along))
	// ONNX puts the axes of the indices where the axis was; here they are those that aren't offset
	// axes.
	order := make([]int, 0, len(taken))
	rest, number := slices.Concat(upTo(0, along), upTo(along+len(dims), len(taken))), along
	for axis := range taken {
		if at := slices.Index(offsetOutputAxes, axis); at >= 0 {
			order = append(order, rest[at])
		} else {
			order = append(order, number)
			number++
		}
	}
	return f.transposed(out, shape, order), nil
}

// upTo returns the integers from one (included) to another (excluded).
func upTo(from, to int) (is []int) {
	for i := from; i < to; i++ {
		is = append(is, i)
	}
	return is
}
