package data

import (
	"fmt"
	"math"
)

// Whole dequantises whole numbers: it adds noise, u = v + r with r uniform from 0 to 1, and rounds
// samples down to whole numbers. It suits a count, whose likelihood without noise has no upper
// bound (see Grid). Whole must be the first map of its column. Other maps may follow: alone, Whole leaves
// some probability below 0, and a few samples come out negative; counts from 0 up need Log behind it. A
// value that is not a whole number is an error, and so are data of 2²⁰ or more, or of −2²⁰ or less, if no
// map follows: float32 has no room for noise there. By further maps some of such numbers come back as a
// neighbour, with Log from some 10⁵ on.
//
// In such a column, exp of a log-prob is a probability, not a density: see Pipeline. The rows of a table
// keep their noise through all epochs of a training, unless it is learned
// (f4f.BasePlan.VariationalNoise); Points of a source that are drawn anew have new noise.
var Whole = ColumnMap{kind: wholeName}

var wholeName = register("whole", mapKind{name: "Whole", noisy: true})

// checkWhole returns an error unless a value is a whole number.
func checkWhole(x Points, i, j int) error {
	if v := x.At(i, j); v != math.Trunc(v) || math.IsInf(v, 0) {
		return fmt.Errorf("data: row %d, column %s is %v; data.Whole takes whole numbers: leave Whole out for a continuous column, or add noise with data.Dequantize if values go in other steps", i, x.ColumnTitle(j), x.Row(i)[j])
	}
	return nil
}

// checkRoom returns an error if a number in column j has too few float32 numbers to the next one.
func checkRoom(x Points, j int) error {
	for i := range x.Len() {
		if leastRoom*Float32Step(x.At(i, j)) > 1 {
			return fmt.Errorf("data: row %d, column %s is %.0f; data.Whole adds noise up to the next whole number, for which float32 has no room from ±%d on: subtract an offset from the column, put data.Standardised behind Whole if the noise isn't learned, or leave Whole out where numbers are as fine as continuous ones",
				i, x.ColumnTitle(j), x.Row(i)[j], 1<<20)
		}
	}
	return nil
}
