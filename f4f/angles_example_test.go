package f4f_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// A column that is an angle has one density at both ends of its period.
func ExampleBasePlan_Column_angle() {
	defer aside()()
	angle := data.Angle(-math.Pi, math.Pi)
	plan := f4f.Base(data.VonMisesMixture()).Column("0", angle).Column("1", angle).Hidden(12).Blocks(1).Samples(256).Epochs(1)
	d, err := plan.Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	x, err := data.NewPoints(2, []float32{math.Pi, 1, -math.Pi, 1})
	if err != nil {
		log.Fatal(err)
	}
	logProb, err := d.LogProb(x)
	fmt.Println(math.Abs(logProb[0]-logProb[1]) < 1e-4, err)
	// Output: true <nil>
}

// A plan names the base distribution of all columns, or of some.
func ExampleBaseDistribution() {
	var heavy f4f.BaseDistribution = f4f.StudentT(3)
	plan := f4f.Base(data.Ring()).BaseDistribution(heavy).BaseDistribution(f4f.Normal, "1")
	fmt.Println(plan)
	// Output: f4f.Base(ring).BaseDistribution(f4f.StudentT(3)).BaseDistribution(f4f.Normal, "1")
}
