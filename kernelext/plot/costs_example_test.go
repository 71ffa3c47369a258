package plot_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// Two maps that leave a normal distribution as it is: one that moves nothing, and a quarter turn.
func ExampleCosts() {
	x := gaussian(500)
	values := make([]float32, 0, 2*x.Len())
	for i := range x.Len() {
		values = append(values, -x.Row(i)[1], x.Row(i)[0])
	}
	turned, err := data.NewPoints(2, values)
	if err != nil {
		fmt.Println(err)
		return
	}
	var maps []plot.MapScore
	for _, m := range []plot.Output{{Name: "identity", Points: x}, {Name: "quarter turn", Points: turned}} {
		cost, err := metric.MapCost(x, m.Points, metric.Pairing{})
		if err != nil {
			fmt.Println(err)
			return
		}
		maps = append(maps, plot.MapScore{Name: m.Name, Cost: cost}) // the KL of both is 0
	}
	figure, err := plot.Costs("a normal distribution onto itself", metric.Estimate{}, maps...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d panel, %s costs %.0f, its images could cost %.1f\n", len(figure.Panels), maps[1].Name, maps[1].Cost.Map.Value, maps[1].Cost.Assigned)
	// Output: 1 panel, quarter turn costs 4, its images could cost 0.0
}
