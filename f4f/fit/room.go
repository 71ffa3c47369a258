package fit

import (
	"math/bits"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// A program is compiled for data sets of one size. So that trainings on a few points more or less
// run the same one, sets have room for more rows than they have, which no order visits.

// mostRoomy is the size in bytes up to which a set is given more room: of a larger one the copy
// costs more than compiling does.
const mostRoomy = 64 << 20

// roomFor is a number of rows of which only a few are used, at least n and at most an eighth more.
func roomFor(n int) int {
	step := 1 << max(bits.Len(uint(max(n-1, 0)))-4, 0)
	return (n + step - 1) / step * step
}

// roomy is the shape of a data set [N, width] with room.
func roomy(shape shapes.Shape) shapes.Shape {
	room := shape.Clone()
	room.Dimensions[0] = roomFor(shape.Dim(0))
	if room.ByteSize() > mostRoomy {
		return shape
	}
	return room
}

// withRoom are data sets with room, those that have it already as they are; own are the copies.
func withRoom(sets []*tensors.Tensor) (roomier, own []*tensors.Tensor, err error) {
	for _, set := range sets {
		if shape := roomy(set.Shape()); shape.Dim(0) > set.Shape().Dim(0) {
			if set, err = gathered(set, upwards(set.Shape().Dim(0)), shape.Dim(0)); err != nil {
				return nil, own, err
			}
			own = append(own, set)
		}
		roomier = append(roomier, set)
	}
	return roomier, own, nil
}
