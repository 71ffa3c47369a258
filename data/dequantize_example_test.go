package data_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// The first column is a count. It gets noise before a flow is fitted, and the flow's samples are
// taken back to whole numbers.
func ExampleDequantize() {
	jets, _ := data.NewPoints(2, []float32{3, 80.41, 0, 91.187, 1, 125.1371, 2, 172.7692})
	noisy, grid, err := data.Dequantize(jets, data.Dequantization{Columns: []int{0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	samples := noisy // or f4f.Base(data.FromPoints("jets", noisy)).Fit(ctx), and its Sample
	whole, _ := grid.Quantize(samples)
	fmt.Println(grid)
	fmt.Println(whole.Row(0), whole.Row(1))
	// Output:
	// column 0 in steps of 1
	// [3 80.41] [0 91.187]
}
