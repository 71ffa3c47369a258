package metric_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Displacement measures how far a map moves its points.
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

// SlicedWasserstein measures how far a transport's output is from the truth. Here it lies 2 too far
// right.
func ExampleSlicedWasserstein() {
	made, _ := data.NewPoints(2, []float32{2, 0, 3, 1, 4, 0, 3, -1})
	truth, _ := data.NewPoints(2, []float32{0, 0, 1, 1, 2, 0, 1, -1})
	distance, err := metric.SlicedWasserstein(truth, made, metric.Sliced{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f", distance)
	// Output: 1.4142
}

// KLFromLogProbs measures how far a learned density is from the truth, at points drawn from the
// truth.
func ExampleKLFromLogProbs() {
	logP := []float64{-1.0, -1.2, -0.9, -1.1} // of the truth
	logQ := []float64{-1.1, -1.2, -1.1, -1.2} // of the flow
	kl, err := metric.KLFromLogProbs(logP, logQ)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(kl, "nats")
	// Output: 0.1000 ± 0.0408 nats
}

// OptimalPairing measures how far any map must move these points onto those. Paired by rows, they
// would move by 2 and 3.
func ExampleOptimalPairing() {
	x, _ := data.NewPoints(2, []float32{0, 0, 2, 0})
	y, _ := data.NewPoints(2, []float32{2, 0, 0, 1})
	least, err := metric.OptimalPairing(x, y, metric.Pairing{L1: true})
	fmt.Println(least, err)
	// Output: 0.5 <nil>
}

// Bootstrap puts an interval on a metric that has no standard error.
func ExampleBootstrap() {
	left := data.Ring()
	x, _ := left.Sample(200, 1)
	y, _ := left.Sample(300, 2)
	var interval metric.Interval
	interval, err := metric.Bootstrap(func(samples ...data.Points) (float64, error) {
		return metric.SlicedWasserstein(samples[0], samples[1], metric.Sliced{})
	}, metric.Resampling{Resamples: 50, Confidence: 0.68}, x, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(interval.Low < interval.Value, interval.Value < interval.High, interval.Confidence)

	share := metric.Estimate{Value: 0.6, Error: 0.01}
	fmt.Println(share.Interval(0.95))
	// Output:
	// true true 0.68
	// 0.6000 (0.5804 to 0.6196 at 95%) <nil>
}

// UVP and Cosine compare a map with the optimal one, at the same points.
func ExampleUVP() {
	pair, err := data.MixturePair(2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := pair.Left().Sample(4096, 1)
	truth, _ := pair.Map(x)
	uvp, err := metric.UVP(truth, truth)
	if err != nil {
		fmt.Println(err)
		return
	}
	cosine, err := metric.Cosine(x, truth, truth)
	fmt.Printf("%.1f%% %.3f %v", uvp.Value, cosine.Value, err)
	// Output: 0.0% 1.000 <nil>
}

// A map onto the right points costs more than their optimal assignment if it crosses its ways.
func ExampleCost() {
	x, _ := data.NewPoints(1, []float32{0, 1})
	y, _ := data.NewPoints(1, []float32{3, 1})
	var cost metric.Cost
	cost, err := metric.MapCost(x, y, metric.Pairing{})
	fmt.Println(cost, err)
	// Output: cost 4.5000 ± 4.5000, assignment 2.5000 (80.00% above) <nil>
}

// Between a normal distribution and the same one moved by 2, the optimal map is the shift: it costs
// 4.
func ExampleLeastCost() {
	x, _ := data.Gaussian(2).Sample(800, 1)
	y, _ := data.Gaussian(2).Sample(800, 2)
	for i := range y.Len() {
		y.Row(i)[0] += 2
	}
	least, err := metric.LeastCost(x, y, metric.Pairing{MaxPoints: 100})
	fmt.Printf("%.0f %v\n", least.Value, err)
	// Output: 4 <nil>
}
