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

// Precision is what a flow is trained and evaluated in. Points are float32 either way, going in and
// coming out: they are widened on the way into a Float64 flow, which computes with 16 digits
// instead of 7 all that lies between, and rounded where points come out. Log-probs come out as they
// are.
type Precision string

// Precisions of a flow.
const (
	Float32 Precision = "float32" // the default, and the paper's
	Float64 Precision = "float64" // for log-dets and round trips that must be right to the last digits; a training step takes some 2.4 times as long on a CPU
)

func (p Precision) validate() error {
	if p != Float32 && p != Float64 {
		return fmt.Errorf("precision must be %q or %q, got %q", Float32, Float64, p)
	}
	return nil
}

// told is the precision where it isn't the default: plans of before there was a choice keep their
// fingerprints.
func (p Precision) told() Precision {
	if p == Float32 {
		return ""
	}
	return p
}

func (p Precision) dtype() dtypes.DType {
	if p == Float64 {
		return dtypes.Float64
	}
	return dtypes.Float32
}

// zeros is a tensor of zeros [N, D] of the precision.
func (p Precision) zeros(n, dim int) *tensors.Tensor {
	return tensors.FromShape(shapes.Make(p.dtype(), n, dim))
}

// tensor is points as a tensor [N, D] of the precision.
func (p Precision) tensor(x data.Points) *tensors.Tensor {
	return numbers.Tensor(p.dtype(), x.Values(), x.Len(), x.Dim())
}

// rounded is values as a tensor of the precision.
func (p Precision) rounded(values []float64, dimensions ...int) *tensors.Tensor {
	return numbers.Rounded(p.dtype(), values, dimensions...)
}

// in is the weights in a precision: those of float32 are the same numbers in float64.
func (p Precision) in(weights fit.Snapshot) (fit.Snapshot, error) {
	return numbers.In(p.dtype(), weights)
}

// precisionOf is the precision of a dtype that flows have.
func precisionOf(dtype dtypes.DType) Precision {
	if dtype == dtypes.Float64 {
		return Float64
	}
	return Float32
}
