package data_test

import (
	"fmt"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// A column of the file holds the weight of each event, which may be negative.
func ExamplePoints_WithWeights() {
	file := strings.NewReader("mass,w\n80.4,2\n91.2,2\n91.3,2\n125.1,-1\n")
	p, err := data.ReadCSVFrom(file, data.CSV{Weight: "w"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Weights())
	fmt.Printf("worth %.2f points, %.0f%% negative\n", p.EffectiveSampleSize(), 100*p.NegativeShare())
	// Weights may also come from memory; nil removes them.
	p, err = p.WithWeights([]float64{1, 1, 1, 0})
	fmt.Println(p, err)
	// Output:
	// [2 2 2 -1]
	// worth 1.92 points, 25% negative
	// 4 points of 1 features, weighted (3 effective, 0% negative) <nil>
}
