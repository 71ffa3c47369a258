package plot_test

import (
	"fmt"
	"image/color"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/kernelext/plot"
)

// The plotters go into any plot of gonum's, and that into a figure.
func ExampleFigure() {
	p := gonum.New()
	p.Add(plot.Heat{Bounds: plot.Bounds{MinX: -3, MaxX: 3, MinY: -3, MaxY: 3}, Side: 2, Values: []float64{1, 2, 3, 4}})
	p.Add(plot.Density2D{XYs: gaussian(2000), Bins: 40})
	p.Add(plot.Cloud{XYs: gaussian(20), Radius: vg.Points(2), Colours: make([]color.RGBA, 20)})
	figure := &plot.Figure{Name: "of one's own", Panels: []plot.Panel{{Plot: p, Equal: true}}, Width: 8 * vg.Centimeter, Height: 8 * vg.Centimeter}
	content, err := figure.SVG()
	fmt.Println(len(content) > 0, err)
	// Output: true <nil>
}

// Sets of points side by side, some of them where they shouldn't be.
func ExampleCompare() {
	outside := make([]bool, 500)
	outside[0] = true
	figure, err := plot.Compare("two", 2, plot.Set{Name: "all", Points: gaussian(500)}, plot.Set{Name: "outside", Points: gaussian(500), Outside: outside})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(figure.Panels), "panels")
	// Output: 2 panels
}
