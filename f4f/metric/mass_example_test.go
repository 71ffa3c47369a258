package metric_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// How probable whole numbers are under a density, exactly and by bounds. Here a formula stands for a
// flow that was trained on points with noise.
func ExampleMass() {
	grid := data.Grid{Quantum: []float64{1}, Origin: []float64{0}}
	x, err := data.NewPoints(1, []float32{0, 1, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := metric.Mass{LogProb: data.Gaussian(1).LogProb, Grid: grid}
	exact, _, err := m.Log(x, 8)
	if err != nil {
		fmt.Println(err)
		return
	}
	bound, err := m.LogBound(x, 1000, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f\n%.1f\n", exact, bound)
	// Output:
	// [-1.075 -1.996 -3.844]
	// [-1.1 -2.0 -3.9]
}
