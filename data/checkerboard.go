package data

import (
	"math"
	"math/rand/v2"
)

// boardHalf is half the side of the checkerboard and of the uniform square: both fill [−4, 4]².
const boardHalf = 4

// Checkerboard returns the uniform distribution on the eight dark squares, of side 2, of a 4×4
// board on [−4, 4]². The square with corners (0, 0) and (2, 2) is dark. Squares include their
// edges, because float32 rounds points onto them.
func Checkerboard() *Plane { return checkerboard }

// Dark squares are where ⌊x/2⌋ + ⌊y/2⌋ is even; their area is 8·4 = 32.
var checkerboard = newPlane("checkerboard", 5*math.Ln2,
	func(rng *rand.Rand) (x, y float64) {
		column := rng.IntN(4)
		row := 2*rng.IntN(2) + column%2
		return 2*(float64(column)+rng.Float64()) - boardHalf, 2*(float64(row)+rng.Float64()) - boardHalf
	},
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			if isDark(x, y) {
				return -5 * math.Ln2
			}
			return math.Inf(-1)
		}
	})

// isDark reports whether the point lies in a dark square or on its edge.
func isDark(x, y float64) bool {
	if max(math.Abs(x), math.Abs(y)) > boardHalf {
		return false
	}
	// A point on an edge belongs to the squares on both sides. Off the edges ⌈·⌉ − 1 and ⌊·⌋ are
	// the same.
	for _, column := range [2]float64{math.Ceil(x/2) - 1, math.Floor(x / 2)} {
		for _, row := range [2]float64{math.Ceil(y/2) - 1, math.Floor(y / 2)} {
			onBoard := min(column, row) >= -2 && max(column, row) < 2
			if onBoard && math.Mod(column+row, 2) == 0 {
				return true
			}
		}
	}
	return false
}

// UniformSquare returns the uniform distribution on [−4, 4]², edges included: the board of
// Checkerboard with every square dark.
func UniformSquare() *Plane { return uniformSquare }

var uniformSquare = newPlane("uniform square", 6*math.Ln2,
	func(rng *rand.Rand) (x, y float64) {
		return 2*boardHalf*rng.Float64() - boardHalf, 2*boardHalf*rng.Float64() - boardHalf
	},
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			if max(math.Abs(x), math.Abs(y)) > boardHalf {
				return math.Inf(-1)
			}
			return -6 * math.Ln2
		}
	})
