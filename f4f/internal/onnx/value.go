package onnx

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// marker is the number of rows of the graphs that are recorded. It is a prime that is no dimension
// of any flow, nor a factor of one.
const marker = 999_983

// value is a tensor of a model: an input, a constant or an operation's output.
type value struct {
	name    string
	shape   shapes.Shape
	content []byte // of a constant, row-major and little-endian
	// narrow is the value that this one repeats along axes of size 1; nil if it repeats none.
	// Operations of ONNX repeat by themselves where another operand is larger.
	narrow *value
}

// rowsOf returns how many times the number of rows a dimension is: 0 if it doesn't depend on it.
func rowsOf(size int) int {
	if size%marker == 0 {
		return size / marker
	}
	return 0
}

// dynamicAxes returns the axes whose sizes depend on the number of rows.
func dynamicAxes(dims []int) (axes []int) {
	for axis, size := range dims {
		if rowsOf(size) > 0 {
			axes = append(axes, axis)
		}
	}
	return axes
}

// typeOf returns the number of a dtype in ONNX; 0 for one that it doesn't have.
func typeOf(d dtypes.DType) int {
	switch d {
	case dtypes.Float32:
		return 1
	case dtypes.Uint8:
		return 2
	case dtypes.Int32:
		return 6
	case dtypes.Int64:
		return 7
	case dtypes.Bool:
		return 9
	case dtypes.Float64:
		return 11
	}
	return 0
}

// checkType returns an error for a dtype that is not written.
func checkType(d dtypes.DType) error {
	if typeOf(d) == 0 {
		return fmt.Errorf("onnx: values of %s can't be exported", d)
	}
	return nil
}
