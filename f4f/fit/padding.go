package fit

import (
	"math/bits"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// A program is compiled for data sets of one size. So that trainings on a few points more or less
// can run the same program, data sets are padded with rows that no step reads.

// maxPaddedBytes is the size in bytes up to which a data set is padded. The copy of a larger one
// costs more than compiling does.
const maxPaddedBytes = 64 << 20

// paddedRows returns n rounded up to one of a few numbers of rows, at most an eighth more.
func paddedRows(n int) int {
	step := 1 << max(bits.Len(uint(max(n-1, 0)))-4, 0)
	return (n + step - 1) / step * step
}

// paddedShape returns the padded shape of a data set [N, width].
func paddedShape(shape shapes.Shape) shapes.Shape {
	room := shape.Clone()
	room.Dimensions[0] = paddedRows(shape.Dim(0))
	if room.ByteSize() > maxPaddedBytes {
		return shape
	}
	return room
}

// padded returns the data sets padded; those that need no padding are returned as they are. own
// are the copies, which the caller must release.
func padded(sets []*tensors.Tensor) (all, own []*tensors.Tensor, err error) {
	for _, set := range sets {
		if shape := paddedShape(set.Shape()); shape.Dim(0) > set.Shape().Dim(0) {
			if set, err = gathered(set, ascending(set.Shape().Dim(0)), shape.Dim(0)); err != nil {
				return nil, own, err
			}
			own = append(own, set)
		}
		all = append(all, set)
	}
	return all, own, nil
}

func paddedShapes(sets []*tensors.Tensor) []string {
	all := make([]string, len(sets))
	for i, t := range sets {
		all[i] = paddedShape(t.Shape()).String()
	}
	return all
}
