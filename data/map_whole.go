package data

import (
	"fmt"
	"math"
)

// Whole dequantises whole numbers: it adds noise, u = v + r with r uniform from 0 to 1, and rounds
// samples down to whole numbers. It suits a count, whose likelihood without noise has no upper
// bound (see Grid). Whole must be the first map of its column. Other maps may follow, such as Log
// for counts from 0 up. A value that is not a whole number is an error.
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
