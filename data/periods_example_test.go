package data_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// A period makes a column an angle, and goes with it.
func ExamplePoints_WithPeriod() {
	p, err := data.NewPoints(2, []float32{30, 359, 40, -2})
	if err == nil {
		p, err = p.WithColumnNames("pt", "phi")
	}
	if err == nil {
		p, err = p.WithPeriod("phi", 0, 360)
	}
	if err != nil {
		panic(err)
	}
	within, err := p.Wrapped() // whole turns away
	fmt.Println(within.Values(), err)
	phi, err := within.Columns(1)
	fmt.Println(phi.Periods(), err)
	// Output:
	// [30 359 40 358] <nil>
	// [[0 360]] <nil>
}
