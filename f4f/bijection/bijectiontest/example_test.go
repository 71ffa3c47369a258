package bijectiontest_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
)

// Shift is a user's own map: y = x + 1.
type Shift struct{}

func (Shift) Forward(_ *model.Scope, x, _ *graph.Node) (y, logDet *graph.Node) {
	return graph.AddScalar(x, 1), graph.ReduceSum(graph.ZerosLike(x), -1)
}

func (Shift) Inverse(_ *model.Scope, y, _ *graph.Node) (x, logDet *graph.Node) {
	return graph.AddScalar(y, -1), graph.ReduceSum(graph.ZerosLike(y), -1)
}

// In your own test, bijectiontest.Run(t, backend, mine) tests the map and returns the largest
// errors. Max combines the errors of several runs.
func ExampleCase() {
	mine := bijectiontest.Case{Name: "shift", Bijection: Shift{}, Dim: 3}
	worst := bijectiontest.Worst{RoundTrip: 1e-7}.Max(bijectiontest.Worst{LogDet: 1e-6})
	fmt.Println(mine.Name, worst.RoundTrip, worst.LogDet)
	// Output: shift 1e-07 1e-06
}
