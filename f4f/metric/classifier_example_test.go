package metric_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// A classifier can't separate a transport's output from the truth if both have one distribution. It
// always can if the output lies 9 too far right.
func ExampleAUC() {
	truth, _ := data.Gaussian(2).Sample(500, 1)
	made, _ := data.Gaussian(2).Sample(500, 2)
	off, _ := data.NewPoints(2, append([]float32(nil), made.Values()...))
	for i := range off.Len() {
		off.Row(i)[0] += 9
	}
	for _, x := range []data.Points{made, off} {
		auc, err := metric.AUC(truth, x, metric.TwoSample{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.1f\n", auc.Value)
	}
	// Output:
	// 0.5
	// 1.0
}

// OutsideShare measures how much of a flow's output lies where the truth has next to no density.
// For true samples it is 0.1%; here it is one point of four.
func ExampleOutsideShare() {
	made, _ := data.NewPoints(2, []float32{0, 0, 1, 1, -2, 0, 0, 5})
	share, err := metric.OutsideShare(data.Gaussian(2), made, metric.OutOfDistribution{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(share)
	// Output: 0.2500 ± 0.2165
}
