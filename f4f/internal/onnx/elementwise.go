package onnx

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// operations are the operations that can be recorded.
var operations = map[compute.OpType]bool{}

func init() {
	for _, op := range []compute.OpType{
		compute.OpTypeParameter, compute.OpTypeConstant, compute.OpTypeIdentity,
		compute.OpTypeAbs, compute.OpTypeCeil, compute.OpTypeCos, compute.OpTypeErf, compute.OpTypeExp, compute.OpTypeFloor, compute.OpTypeIsNaN,
		compute.OpTypeIsFinite, compute.OpTypeLog, compute.OpTypeLog1p, compute.OpTypeExpm1, compute.OpTypeLogicalNot, compute.OpTypeLogistic, compute.OpTypeNeg,
		compute.OpTypeRound, compute.OpTypeRsqrt, compute.OpTypeSign, compute.OpTypeSin, compute.OpTypeSqrt, compute.OpTypeTanh,
		compute.OpTypeAdd, compute.OpTypeAtan2, compute.OpTypeDiv, compute.OpTypeMax, compute.OpTypeMin, compute.OpTypeMul, compute.OpTypePow, compute.OpTypeRem, compute.OpTypeSub,
		compute.OpTypeEqual, compute.OpTypeNotEqual, compute.OpTypeLessThan, compute.OpTypeLessOrEqual, compute.OpTypeGreaterThan, compute.OpTypeGreaterOrEqual,
		compute.OpTypeLogicalAnd, compute.OpTypeLogicalOr, compute.OpTypeLogicalXor, compute.OpTypeClamp, compute.OpTypeWhere, compute.OpTypeConvertDType,
		compute.OpTypeBroadcastInDim, compute.OpTypeConcatenate, compute.OpTypeDotGeneral, compute.OpTypeGather, compute.OpTypeIota, compute.OpTypePad, compute.OpTypeReshape,
		compute.OpTypeReverse, compute.OpTypeSlice, compute.OpTypeTranspose,
		compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeReduceProduct, compute.OpTypeReduceSum,
		compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceLogicalOr,
	} {
		operations[op] = true
	}
}

// unary records an operation that ONNX has under a name of its own.
func (f *function) unary(op compute.OpType, name string, x compute.Value) (compute.Value, error) {
	v := x.(*value)
	shape, err := shapeinference.UnaryOp(op, v.shape)
	if err != nil {
		return nil, err
	}
	if n := v.narrow; n != nil { // the same numbers, repeated afterwards
		narrow := n.shape.Clone()
		narrow.DType = shape.DType
		return f.repeated(f.node(name, narrow, []*value{n}), shape), nil
	}
	return f.node(name, shape, []*value{v}), nil
}

func (f *function) Abs(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeAbs, "Abs", x)
}
func (f *function) Ceil(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCeil, "Ceil", x)
}
func (f *function) Cos(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeCos, "Cos", x)
}
func (f *function) Erf(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeErf, "Erf", x)
}
func (f *function) Exp(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExp, "Exp", x)
}
func (f *function) Floor(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeFloor, "Floor", x)
}
func (f *function) Log(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog, "Log", x)
}
func (f *function) Neg(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeNeg, "Neg", x)
}
func (f *function) Round(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeRound, "Round", x)
}
func (f *function) Sign(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSign, "Sign", x)
}
func (f *function) Sin(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSin, "Sin", x)
}
func (f *function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSqrt, "Sqrt", x)
}
func (f *function) Tanh(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeTanh, "Tanh", x)
}

func (f *function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogistic, "Sigmoid", x)
}

func (f *function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogicalNot, "Not", x)
}

func (f *function) IsNaN(x compute.Value) (compute.Value, error) {
	v := x.(*value)
	return f.node("IsNaN", withType(v.shape, dtypes.Bool), []*value{v}), nil
}

func (f *function) IsFinite(x compute.Value) (compute.Value, error) {
	v := x.(*value)
	truth := withType(v.shape, dtypes.Bool)
	either := f.node("Or", truth, []*value{f.node("IsNaN", truth, []*value{v}), f.node("IsInf", truth, []*value{v})})
	return f.node("Not", truth, []*value{either}), nil
}

func (f *function) Rsqrt(x compute.Value) (compute.Value, error) {
	root, err := f.Sqrt(x)
	if err != nil {
		return nil, err
	}
	return f.unary(compute.OpTypeRsqrt, "Reciprocal", root)
}

// Log1p is log(u)·x/(u−1) of u = 1 + x as rounded, and x where u is 1: it keeps the digits of a
// small x (Kahan).
func (f *function) Log1p(x compute.Value) (compute.Value, error) {
	v := x.(*value)
	one := f.number(v.shape.DType, 1)
	u := f.node("Add", v.shape, []*value{v, one})
	same := f.node("Equal", withType(v.shape, dtypes.Bool), []*value{u, one})
	less := f.node("Sub", v.shape, []*value{u, one})
	less = f.node("Where", v.shape, []*value{same, one, less})
	quotient := f.node("Div", v.shape, []*value{f.node("Mul", v.shape, []*value{f.node("Log", v.shape, []*value{u}), v}), less})
	// Where u is infinite, so is its log.
	infinite := f.node("IsInf", withType(v.shape, dtypes.Bool), []*value{u})
	quotient = f.node("Where", v.shape, []*value{infinite, u, quotient})
	return f.node("Where", v.shape, []*value{same, v, quotient}), nil
}

// Expm1 is (u−1)·x/log(u) of u = exp(x) as rounded, x where u is 1, and −1 where u is 0.
func (f *function) Expm1(x compute.Value) (compute.Value, error) {
	v := x.(*value)
	one, truth := f.number(v.shape.DType, 1), withType(v.shape, dtypes.Bool)
	u := f.node("Exp", v.shape, []*value{v})
	less := f.node("Sub", v.shape, []*value{u, one})
	simple := f.node("Or", truth, []*value{
		f.node("Greater", truth, []*value{f.node("Abs", v.shape, []*value{v}), one}), f.node("Equal", truth, []*value{u, one})})
	log := f.node("Log", v.shape, []*value{f.node("Where", v.shape, []*value{simple, f.number(v.shape.DType, 2), u})})
	exact := f.node("Div", v.shape, []*value{f.node("Mul", v.shape, []*value{less, v}), log})
	exact = f.node("Where", v.shape, []*value{f.node("Equal", truth, []*value{u, one}), v, exact})
	return f.node("Where", v.shape, []*value{f.node("Greater", truth, []*value{f.node("Abs", v.shape, []*value{v}), one}), less, exact}), nil
}

// withType returns a shape with another dtype.
func withType(s shapes.Shape, dtype dtypes.DType) shapes.Shape {
	s = s.Clone()
	s.DType = dtype
	return s
}

// binary records an operation on two values. ONNX repeats an operand along axes of size 1 itself.
func (f *function) binary(op compute.OpType, name string, lhs, rhs compute.Value) (compute.Value, error) {
	a, b := lhs.(*value), rhs.(*value)
	shape, err := shapeinference.BinaryOp(op, a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	return f.together(name, shape, a, b), nil
}

func (f *function) compare(op compute.OpType, name string, lhs, rhs compute.Value) (compute.Value, error) {
	a, b := lhs.(*value), rhs.(*value)
	shape, err := shapeinference.ComparisonOp(op, a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	return f.together(name, shape, a, b), nil
}

// together records an operation that ONNX applies to operands which it repeats itself. So repeated
// ones are taken as they were before, and the result is repeated if it has to be.
func (f *function) together(name string, shape shapes.Shape, operands ...*value) *value {
	narrow := make([]*value, len(operands))
	dims := make([]int, shape.Rank())
	for k, v := range operands {
		if narrow[k] = v; v.narrow != nil {
			narrow[k] = v.narrow
		}
		for axis, size := range narrow[k].shape.Dimensions {
			at := axis + shape.Rank() - narrow[k].shape.Rank()
			dims[at] = max(dims[at], size)
		}
	}
	for axis := range dims {
		dims[axis] = max(dims[axis], min(1, shape.Dimensions[axis]))
	}
	if slices.Equal(dims, shape.Dimensions) {
		return f.node(name, shape, narrow)
	}
	return f.repeated(f.node(name, shapes.Make(shape.DType, dims...), narrow), shape)
}

// repeated returns narrow repeated along its axes of size 1 to a shape of the same rank.
func (f *function) repeated(narrow *value, shape shapes.Shape) *value {
	wide := f.node("Expand", shape, []*value{narrow, f.sizes(shape.Dimensions)})
	wide.narrow = narrow
	return wide
}

func (f *function) Add(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, "Add", a, b)
}
func (f *function) Div(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, "Div", a, b)
}
func (f *function) Max(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMax, "Max", a, b)
}
func (f *function) Min(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, "Min", a, b)
}
func (f *function) Mul(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, "Mul", a, b)
}
func (f *function) Pow(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypePow, "Pow", a, b)
}
func (f *function) Sub(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, "Sub", a, b)
}

// Rem is the remainder with the sign of a, as C's fmod.
func (f *function) Rem(a, b compute.Value) (compute.Value, error) {
	v, err := f.binary(compute.OpTypeRem, "Mod", a, b)
	if err == nil {
		f.model.nodes[len(f.model.nodes)-1].attributes = []attribute{integer("fmod", 1)}
	}
	return v, err
}

func (f *function) LogicalAnd(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalAnd, "And", a, b)
}
func (f *function) LogicalOr(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalOr, "Or", a, b)
}
func (f *function) LogicalXor(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeLogicalXor, "Xor", a, b)
}

func (f *function) Equal(a, b compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeEqual, "Equal", a, b)
}

func (f *function) NotEqual(a, b compute.Value) (compute.Value, error) {
	same, err := f.Equal(a, b)
	if err != nil {
		return nil, err
	}
	return f.LogicalNot(same)
}

func (f *function) LessThan(a, b compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessThan, "Less", a, b)
}

func (f *function) LessOrEqual(a, b compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeLessOrEqual, "LessOrEqual", a, b)
}

func (f *function) GreaterThan(a, b compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterThan, "Greater", a, b)
}

func (f *function) GreaterOrEqual(a, b compute.Value) (compute.Value, error) {
	return f.compare(compute.OpTypeGreaterOrEqual, "GreaterOrEqual", a, b)
}

func (f *function) Clamp(low, x, high compute.Value) (compute.Value, error) {
	above, err := f.Max(x, low)
	if err != nil {
		return nil, err
	}
	return f.Min(above, high)
}

func (f *function) Where(condition, onTrue, onFalse compute.Value) (compute.Value, error) {
	c, a, b := condition.(*value), onTrue.(*value), onFalse.(*value)
	shape, err := shapeinference.Where(c.shape, a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	return f.together("Where", shape, c, a, b), nil
}

func (f *function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	if err := checkType(dtype); err != nil {
		return nil, err
	}
	v := x.(*value)
	if v.shape.DType == dtype {
		return v, nil
	}
	return f.node("Cast", withType(v.shape, dtype), []*value{v}, integer("to", typeOf(dtype))), nil
}
