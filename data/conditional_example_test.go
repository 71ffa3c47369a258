package data_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Rotated makes a conditional source: four circles turned by angles up to 45°. At one condition its
// entropy is known.
func ExampleRotated() {
	turned := data.Rotated(data.FourCircles(), 45)
	x, c, err := turned.SampleWithConditions(1000, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(turned, "|", x, "|", c)
	at30, err := turned.Given([]float32{30. / 45})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("entropy at 30° %.4f nats\n", at30.(data.Distribution).Entropy())
	// Output:
	// four circles rotated by up to 45° | 1000 points of 2 features | 1000 points of 1 features
	// entropy at 30° 2.1777 nats
}

// A file with a column of conditions, in NumPy's format here, becomes a conditional source.
func ExamplePoints_SplitConditions() {
	file, _ := data.NewPoints(3, []float32{80.4, 120, 0.5, 91.2, 95.5, 0.7}) // mass, energy, angle
	x, c, err := file.SplitConditions(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	bosons, err := data.FromPointsWithConditions("bosons", x, c)
	fmt.Println(bosons.Name(), bosons.Dim(), bosons.ConditionDim(), err)
	// Output: bosons 2 1 <nil>
}

// A Warp of your own makes points slide along the first axis as the condition grows. With an
// Inverse the density at a condition is known.
func ExampleNewWarped() {
	slide := data.Warp{
		Name:         "sliding",
		ConditionDim: 1,
		Draw:         func(rng *rand.Rand, c []float64) { c[0] = 3 * rng.Float64() },
		Forward:      func(c, x, y []float64) { y[0], y[1] = x[0]+c[0], x[1] },
		Inverse:      func(c, y, x []float64) float64 { x[0], x[1] = y[0]-c[0], y[1]; return 0 },
	}
	at2, err := data.NewWarped(data.Gaussian(2), slide).Given([]float32{2})
	if err != nil {
		fmt.Println(err)
		return
	}
	logs, err := at2.(data.Distribution).LogProb(data.Point(2, 0))
	fmt.Printf("%s: log p(2, 0) = %.4f nats, %v\n", at2.Name(), logs[0], err)
	// Output: gaussian sliding at 2: log p(2, 0) = -1.8379 nats, <nil>
}
