package accuracy_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/f4f/internal/accuracy"
)

// The accuracy that every bijection must have, and the error that rounding alone explains where a
// map squeezes.
func ExampleOf() {
	p := accuracy.Of(dtypes.Float32)
	squeezing := mat.NewDense(2, 2, []float64{0.01, 0, 0, 1})
	fmt.Printf("round trip %g, log-det %g nats\n", p.RoundTrip, p.LogDet)
	fmt.Printf("and %.1e more where one feature shrinks to a hundredth\n", p.Rounding(accuracy.Stretch(squeezing, []float64{0, 0})))
	// Output:
	// round trip 0.0001, log-det 0.001 nats
	// and 4.8e-05 more where one feature shrinks to a hundredth
}
