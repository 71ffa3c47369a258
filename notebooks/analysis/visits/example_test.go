package visits_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/notebooks/analysis/visits"
)

// Log-probs of the same rows are compared row by row, here of three invented ones.
func ExampleTable() {
	held := visits.Table{Visits: data.Point(0, 2, 5), Poisson: []float64{-1, -2, -6}, NegativeBinomial: []float64{-1, -1.5, -4}}
	less := make([]float64, len(held.Poisson))
	for i := range less {
		less[i] = held.NegativeBinomial[i] - held.Poisson[i]
	}
	fmt.Println(metric.Mean(less, nil))
	// Output: 0.8333 ± 0.6009 <nil>
}
