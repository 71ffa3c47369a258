package degenerate_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data/degenerate"
)

// Repeats counts equal values.
func ExampleRepeats() {
	r := degenerate.Count([]float64{0, 0, 0, 1, 2.5, 2.5})
	fmt.Printf("%v occurs %d times; %.0f%% of the values repeat\n", r.Value, r.Times, 100*r.Share())
	// Output: 0 occurs 3 times; 83% of the values repeat
}
