// Package numbers converts between slices of numbers and tensors of either precision.
package numbers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Tensor returns values as a tensor of dtype Float32 or Float64.
func Tensor(dtype dtypes.DType, values []float32, dimensions ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(widened(values), dimensions...)
	}
	return tensors.FromFlatDataAndDimensions(values, dimensions...)
}

// Rounded returns values as a tensor of dtype Float32 or Float64, rounded if need be.
func Rounded(dtype dtypes.DType, values []float64, dimensions ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dimensions...)
	}
	return tensors.FromFlatDataAndDimensions(Narrowed(values), dimensions...)
}

// DTypeOf returns the dtype of all weights, Float32 or Float64. If there are no weights, or they
// have several dtypes or another one, the error wraps fit.ErrCorrupt.
func DTypeOf(weights fit.Snapshot) (dtypes.DType, error) {
	all := dtypes.InvalidDType
	for _, path := range slices.Sorted(maps.Keys(weights)) {
		own := weights[path].DType()
		if own != dtypes.Float32 && own != dtypes.Float64 {
			return all, fmt.Errorf("%w: the weight %s is of %s", fit.ErrCorrupt, path, name(own))
		}
		if all != dtypes.InvalidDType && all != own {
			return all, fmt.Errorf("%w: it has weights of %s and, as %s, of %s", fit.ErrCorrupt, name(all), path, name(own))
		}
		all = own
	}
	if all == dtypes.InvalidDType {
		return all, fmt.Errorf("%w: it has no weights", fit.ErrCorrupt)
	}
	return all, nil
}

// name returns the name of a dtype as plans write it: "float32".
func name(dtype dtypes.DType) string { return strings.ToLower(dtype.String()) }

// In returns the weights converted to dtype. Float32 weights are the same numbers in Float64.
func In(dtype dtypes.DType, weights fit.Snapshot) (fit.Snapshot, error) {
	converted := fit.Snapshot{}
	for path, value := range weights {
		if value.DType() == dtype {
			converted[path] = value
			continue
		}
		values, err := Of(value)
		if err != nil {
			return nil, err
		}
		converted[path] = Rounded(dtype, values, value.Shape().Dimensions...)
	}
	return converted, nil
}

// Copy copies the first numbers of a tensor to to, as many as it has room for.
func Copy(to []float64, t *tensors.Tensor) error {
	if t.DType() == dtypes.Float64 {
		return tensors.ConstFlatData(t, func(flat []float64) { copy(to, flat) })
	}
	return tensors.ConstFlatData(t, func(flat []float32) {
		for i := range to {
			to[i] = float64(flat[i])
		}
	})
}

// Of returns a tensor's numbers in row-major order.
func Of(t *tensors.Tensor) ([]float64, error) {
	values := make([]float64, t.Size())
	return values, Copy(values, t)
}

// widened returns values in double precision.
func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// Narrowed returns values rounded to single precision.
func Narrowed(values []float64) []float32 {
	rounded := make([]float32, len(values))
	for i, v := range values {
		rounded[i] = float32(v)
	}
	return rounded
}

// Points returns points as a tensor [N, D] of dtype Float32 or Float64.
func Points(dtype dtypes.DType, x data.Points) *tensors.Tensor {
	return Tensor(dtype, x.Values(), x.Len(), x.Dim())
}

// Zeros returns a tensor of zeros [n, dim].
func Zeros(dtype dtypes.DType, n, dim int) *tensors.Tensor {
	return tensors.FromShape(shapes.Make(dtype, n, dim))
}
