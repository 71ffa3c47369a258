package f4f

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
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

// validate returns an error unless p is Float32 or Float64.
func (p Precision) validate() error {
	if p != Float32 && p != Float64 {
		return fmt.Errorf("precision must be %q or %q, got %q", Float32, Float64, p)
	}
	return nil
}

// told returns "" for the default precision, and p for others. Plans made before there was a choice
// so keep their fingerprints.
func (p Precision) told() Precision {
	if p == Float32 {
		return ""
	}
	return p
}

// dtype returns the GoMLX type of the precision.
func (p Precision) dtype() dtypes.DType {
	if p == Float64 {
		return dtypes.Float64
	}
	return dtypes.Float32
}

// zeros returns a tensor of zeros [N, D] in the precision.
func (p Precision) zeros(n, dim int) *tensors.Tensor {
	return tensors.FromShape(shapes.Make(p.dtype(), n, dim))
}

// tensor returns points as a tensor [N, D] in the precision.
func (p Precision) tensor(x data.Points) *tensors.Tensor {
	return numbers.Tensor(p.dtype(), x.Values(), x.Len(), x.Dim())
}

// rounded returns values as a tensor in the precision.
func (p Precision) rounded(values []float64, dimensions ...int) *tensors.Tensor {
	return numbers.Rounded(p.dtype(), values, dimensions...)
}

// in returns the weights in the precision. Weights of float32 keep their values in float64.
func (p Precision) in(weights fit.Snapshot) (fit.Snapshot, error) {
	return numbers.In(p.dtype(), weights)
}

// precisionOf returns the precision of a flow's dtype.
func precisionOf(dtype dtypes.DType) Precision {
	if dtype == dtypes.Float64 {
		return Float64
	}
	return Float32
}
