package metric_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Reweight returns the weights that make points of one distribution stand for another.
// EffectiveSampleSize tells how many points of equal weight they are worth.
func ExampleReweight() {
	logP := []float64{-1, -1, -1, -1}
	logQ := []float64{-1, -1, -3, -3}
	weights, err := metric.Reweight(logP, logQ)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f, worth %.1f of %d\n", weights, weights.EffectiveSampleSize(), len(weights))
	// Output: [1.76 1.76 0.24 0.24], worth 2.5 of 4
}

// The energy distance between two draws of one distribution is 0 up to chance. Between two
// different distributions it is larger.
func ExampleEnergyDistance() {
	a, _ := data.Ring().Sample(2000, 1)
	b, _ := data.Ring().Sample(2000, 2)
	far, _ := data.FourCircles().Sample(2000, 3)
	same, err := metric.EnergyDistance(a, b, metric.Energy{MaxPoints: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	other, err := metric.EnergyDistance(a, far, metric.Energy{MaxPoints: 1000})
	fmt.Println(same < 0.01, other > 0.01, err)
	// Output: true true <nil>
}
