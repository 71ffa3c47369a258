package plan

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
)

// Precision is the precision in which a flow is trained and evaluated. Points are float32 in either
// case. A Float64 flow widens them on the way in, computes with 16 digits instead of 7, and rounds
// the points that it returns. Log-probs are returned as float64, unrounded.
type Precision string

// The precisions of a flow.
const (
	Float32 Precision = "float32" // the default, and the paper's
	Float64 Precision = "float64" // exact to more digits in log-dets and round trips; a training step takes about 2.4 times as long on a CPU
)

// Validate returns an error unless p is Float32 or Float64.
func (p Precision) Validate() error {
	if p != Float32 && p != Float64 {
		return fmt.Errorf("precision must be %q or %q, got %q", Float32, Float64, p)
	}
	return nil
}

// DType returns the GoMLX type of the precision.
func (p Precision) DType() dtypes.DType {
	if p == Float64 {
		return dtypes.Float64
	}
	return dtypes.Float32
}

// PrecisionOf returns the precision of a flow's dtype.
func PrecisionOf(dtype dtypes.DType) Precision {
	if dtype == dtypes.Float64 {
		return Float64
	}
	return Float32
}
