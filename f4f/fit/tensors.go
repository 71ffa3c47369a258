package fit

import (
	"errors"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// release frees tensors now rather than at the next garbage collection.
func release(ts []*tensors.Tensor) {
	for _, t := range ts {
		_ = t.FinalizeAll() // an error has no remedy, and loses nothing
	}
}

// copyOf copies a variable's value to the host.
func copyOf(v *model.Variable) (*tensors.Tensor, error) {
	value, err := v.Value()
	if err != nil {
		return nil, err
	}
	return value.LocalClone()
}

// floats copies a tensor of float32 or float64 to the host as float32.
func floats(t *tensors.Tensor) ([]float32, error) {
	if t.DType() != dtypes.Float64 {
		return tensors.CopyFlatData[float32](t)
	}
	wide, err := tensors.CopyFlatData[float64](t)
	if err != nil {
		return nil, err
	}
	narrow := make([]float32, len(wide))
	for i, v := range wide {
		narrow[i] = float32(v)
	}
	return narrow, nil
}

// gathered copies rows of data [N, width] to the beginning of a new tensor [room, width].
func gathered(data *tensors.Tensor, rows []int32, room int) (*tensors.Tensor, error) {
	shape := data.Shape().Clone()
	shape.Dimensions[0] = room
	size := shape.Dim(1) * shape.DType.Size() // bytes of a row
	t := tensors.FromShape(shape)
	var inner error
	err := data.ConstBytes(func(from []byte) {
		inner = t.MutableBytes(func(to []byte) {
			for i, row := range rows {
				copy(to[i*size:(i+1)*size], from[int(row)*size:])
			}
		})
	})
	return t, errors.Join(err, inner)
}

// ascending returns 0, 1, 2, …, n − 1.
func ascending(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}
