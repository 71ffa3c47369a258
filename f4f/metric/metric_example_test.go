package metric_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// How far did a map move its points?
func ExampleDisplacement() {
	x, _ := data.NewPoints(2, []float32{0, 0, 1, 1, 2, 0})
	y, _ := data.NewPoints(2, []float32{3, 4, 1, 1, 2, 1})
	moved, err := metric.Displacement(x, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(moved)
	// Output: L1 2.6667 ± 2.1858, Euclidean 2.0000 ± 1.5275
}

// How far is what a transport made from what it should have made? Here all of it lies 2 too far right.
func ExampleSlicedWasserstein() {
	made, _ := data.NewPoints(2, []float32{2, 0, 3, 1, 4, 0, 3, -1})
	wanted, _ := data.NewPoints(2, []float32{0, 0, 1, 1, 2, 0, 1, -1})
	distance, err := metric.SlicedWasserstein(made, wanted, metric.Sliced{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f", distance)
	// Output: 1.4142
}

// How far is a learned density from the truth, judged at points drawn from the truth?
func ExampleForwardKL() {
	logP := []float64{-1.0, -1.2, -0.9, -1.1} // of the truth
	logQ := []float64{-1.1, -1.2, -1.1, -1.2} // of the flow
	kl, err := metric.ForwardKL(logP, logQ)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kl, "nats")
	// Output: 0.1000 ± 0.0408 nats
}

// How far must any map move these points onto those? Not the way they are paired here, which is 2
// for each.
func ExampleOptimalPairing() {
	x, _ := data.NewPoints(2, []float32{0, 0, 2, 0})
	y, _ := data.NewPoints(2, []float32{2, 0, 0, 1})
	least, err := metric.OptimalPairing(x, y, metric.Pairing{L1: true})
	fmt.Println(least, err)
	// Output: 0.5 <nil>
}
