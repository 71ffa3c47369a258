package specs

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// A finite point may lie so far out that float32 overflows within the flow: with weights of 1 at
// 1e38, and in its networks long before. The flow then returns an error instead of the meaningless
// result.

// CheckImages returns an error that names the first point whose image is not finite, if there is
// one.
func CheckImages(x, y data.Points) error {
	if y.CheckFinite() == nil {
		return nil
	}
	for i := range y.Len() {
		for j, v := range y.Row(i) {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return tooFar(x, i, fmt.Sprintf("column %d of its image is %v", j, v))
			}
		}
	}
	return nil
}

// CheckLogProbs returns an error that names the first point whose log-density is NaN or +Inf, if
// there is one. −Inf is allowed: it means a density too small for float32.
func CheckLogProbs(x data.Points, logProbs []float64) error {
	for i, l := range logProbs {
		if math.IsNaN(l) || math.IsInf(l, 1) {
			return tooFar(x, i, fmt.Sprintf("its log-density is %v", l))
		}
	}
	return nil
}

// CheckLogDets returns an error that names the first point whose log-det is not finite, if there is
// one.
func CheckLogDets(x data.Points, logDets []float64) error {
	for i, l := range logDets {
		if math.IsNaN(l) || math.IsInf(l, 0) {
			return tooFar(x, i, fmt.Sprintf("its log-det is %v", l))
		}
	}
	return nil
}

// tooFar returns an error that names a row and its largest value.
func tooFar(x data.Points, i int, what string) error {
	largest := 0
	row := x.Row(i)
	for j, v := range row {
		if math.Abs(float64(v)) > math.Abs(float64(row[largest])) {
			largest = j
		}
	}
	return fmt.Errorf("row %d lies too far out for float32, column %s is %v: %s; leave the row out, or look at the column's unit", i, x.ColumnTitle(largest), row[largest], what)
}

// CheckPoints returns an error unless there is at least one point, and all have dimension dim and
// finite values.
func CheckPoints(what string, x data.Points, dim int) error {
	switch {
	case x.Len() == 0:
		return fmt.Errorf("there must be at least one of the %s, got none", what)
	case x.Dim() != dim:
		return fmt.Errorf("%s must have %d features, got %d", what, dim, x.Dim())
	}
	return x.CheckFinite()
}
