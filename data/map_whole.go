package data

import (
	"fmt"
	"math"
)

// Whole gives whole numbers noise, u = v + r with r uniform from 0 to 1, and takes samples back to
// whole numbers. It suits a count, of which a likelihood without noise has no upper bound (see
// Grid). Whole must come first. Other maps may follow, such as Log for a count from 0 on.
//
// The log-prob of a row with such a column is that of a probability in it: see Pipeline.
var Whole = ColumnMap{kind: wholeName}

var wholeName = register("whole", mapKind{name: "Whole", noisy: true})

// checkWhole returns an error unless a value is a whole number.
func checkWhole(x Points, i, j int) error {
	if v := x.At(i, j); v != math.Trunc(v) || math.IsInf(v, 0) {
		return fmt.Errorf("data: row %d, column %s is %v; data.Whole takes whole numbers", i, x.ColumnTitle(j), x.Row(i)[j])
	}
	return nil
}
