package plot_test

import (
	"fmt"
	"image/color"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/kernelext/plot"
)

// The plotters can be added to any plot of gonum, and a plot to a figure.
func ExampleFigure() {
	p := gonum.New()
	p.Add(plot.HeatMap{Bounds: plot.Bounds{MinX: -3, MaxX: 3, MinY: -3, MaxY: 3}, Side: 2, Values: []float64{1, 2, 3, 4}})
	p.Add(plot.Histogram2D{XYs: gaussian(2000), Bins: 40})
	p.Add(plot.Cloud{XYs: gaussian(20), Radius: vg.Points(2), Colours: make([]color.RGBA, 20)})
	figure := &plot.Figure{Name: "of one's own", Panels: []plot.Panel{{Plot: p, Equal: true}}, Width: 8 * vg.Centimeter, Height: 8 * vg.Centimeter}
	content, err := figure.SVG()
	fmt.Println(len(content) > 0, err)
	// Output: true <nil>
}

// Sets of points side by side, with the points outside the distribution marked.
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

// A lattice, and arrows of where its nodes would go, in a plot of gonum.
func ExampleLattice() {
	p := gonum.New()
	bounds := plot.Bounds{MinX: -1, MaxX: 1, MinY: -1, MaxY: 1}
	p.Add(plot.NewLattice(bounds, 5))
	p.Add(plot.Arrows{From: plotter.XYs{{X: 0, Y: 0}}, To: plotter.XYs{{X: 0.5, Y: 0.5}}})
	figure := &plot.Figure{Name: "lattice", Panels: []plot.Panel{{Plot: p, Equal: true}}, Width: 8 * vg.Centimeter, Height: 8 * vg.Centimeter}
	content, err := figure.SVG()
	fmt.Println(len(content) > 0, err)
	// Output: true <nil>
}

// Displacement and KL of two methods; low and to the left is best.
func ExampleLogLog() {
	figure, err := plot.LogLog("two methods", "KL (nats)", "displacement",
		plot.Series{Name: "flow for flow", XYs: plotter.XYs{{X: 0.01, Y: 0.2}, {X: 0.03, Y: 0.5}}},
		plot.Series{Name: "base transfer", XYs: plotter.XYs{{X: 0.02, Y: 1.3}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(figure.Panels), "panel")
	// Output: 1 panel
}
