package f4f

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Precision is what a flow is trained and evaluated in. Points are float32 either way, going in and coming out: they are widened on the way into a Float64 flow, which computes with
// 16 digits instead of 7 all that lies between, and rounded where points come out. Log-probs come out as they are.
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

// told is the precision where it isn't the default: plans of before there was a choice keep their fingerprints.
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
	return p.tensorOf(x.Values(), x.Len(), x.Dim())
}

func (p Precision) tensorOf(values []float32, dimensions ...int) *tensors.Tensor {
	if p == Float64 {
		return tensors.FromFlatDataAndDimensions(widen(values), dimensions...)
	}
	return tensors.FromFlatDataAndDimensions(values, dimensions...)
}

// rounded is values as a tensor of the precision.
func (p Precision) rounded(values []float64, dimensions ...int) *tensors.Tensor {
	if p == Float64 {
		return tensors.FromFlatDataAndDimensions(values, dimensions...)
	}
	return tensors.FromFlatDataAndDimensions(narrow(values), dimensions...)
}

// precisionOf is the one precision of all weights. It errs, with ErrCorrupt, where there is none, or more than one.
func precisionOf(weights fit.Snapshot) (p Precision, err error) {
	for _, path := range slices.Sorted(maps.Keys(weights)) {
		var own Precision
		switch dtype := weights[path].DType(); dtype {
		case dtypes.Float32:
			own = Float32
		case dtypes.Float64:
			own = Float64
		default:
			return "", fmt.Errorf("%w: the weight %s is of %s", fit.ErrCorrupt, path, dtype)
		}
		if p != "" && p != own {
			return "", fmt.Errorf("%w: it has weights of %s and, as %s, of %s", fit.ErrCorrupt, p, path, own)
		}
		p = own
	}
	if p == "" {
		return "", fmt.Errorf("%w: it has no weights", fit.ErrCorrupt)
	}
	return p, nil
}

// in is the weights in a precision: those of float32 are the same numbers in float64.
func (p Precision) in(weights fit.Snapshot) (fit.Snapshot, error) {
	converted := fit.Snapshot{}
	for path, value := range weights {
		if value.DType() == p.dtype() {
			converted[path] = value
			continue
		}
		values, err := numbers(value)
		if err != nil {
			return nil, err
		}
		converted[path] = p.rounded(values, value.Shape().Dimensions...)
	}
	return converted, nil
}

// copyNumbers copies the first of a tensor's numbers, as many as there is room for.
func copyNumbers(to []float64, t *tensors.Tensor) error {
	if t.DType() == dtypes.Float64 {
		return tensors.ConstFlatData(t, func(flat []float64) { copy(to, flat) })
	}
	return tensors.ConstFlatData(t, func(flat []float32) {
		for i := range to {
			to[i] = float64(flat[i])
		}
	})
}

// numbers are a tensor's, in their order.
func numbers(t *tensors.Tensor) ([]float64, error) {
	values := make([]float64, t.Size())
	return values, copyNumbers(values, t)
}

func widen(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

func narrow(values []float64) []float32 {
	rounded := make([]float32, len(values))
	for i, v := range values {
		rounded[i] = float32(v)
	}
	return rounded
}
