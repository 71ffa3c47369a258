package plot_test

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/palette/moreland"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// sheared is a map of the plane, like a transport's Forward.
func sheared(p data.Points) (data.Points, error) {
	values := make([]float32, 0, 2*p.Len())
	for i := range p.Len() {
		x, y := p.XY(i)
		values = append(values, float32(x+math.Sin(y)), float32(y))
	}
	return data.NewPoints(2, values)
}

// normal returns the log-density, in nats, of the normal distribution with mean (at, 0).
func normal(at float64) func(data.Points) ([]float64, error) {
	return func(p data.Points) ([]float64, error) {
		logs := make([]float64, p.Len())
		for i := range logs {
			x, y := p.XY(i)
			logs[i] = -((x-at)*(x-at)+y*y)/2 - math.Log(2*math.Pi)
		}
		return logs, nil
	}
}

// A figure for one column of a paper is 86 mm wide, with fonts of 7 and 8 points.
func ExampleFigure_In() {
	figure, err := plot.Points("samples", gaussian(1000))
	if err != nil {
		fmt.Println(err)
		return
	}
	printed := figure.AxisLabels("pT (GeV)", "η").In(plot.OneColumn) // and printed.Save("samples.pdf")
	fmt.Printf("%.0f mm, axes %q and %q\n", printed.Width.Points()/72*25.4, printed.Panels[0].X.Label.Text, printed.Panels[0].Y.Label.Text)
	// Output: 86 mm, axes "pT (GeV)" and "η"
}

func ExampleDeformation() {
	figure, err := plot.Deformation("sheared", sheared, gaussian(2000))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = figure.PNG()
	fmt.Println(len(figure.Panels), "panels", err)
	// Output: 2 panels <nil>
}

func ExampleDisplacement() {
	x := gaussian(2000)
	y, err := sheared(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.Displacement("sheared", x, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = figure.PNG()
	fmt.Println(figure.Panels[0].Bar.Label, err)
	// Output: displacement (units of the axes) <nil>
}

// Two densities on the same colour scale, and the logarithm of their ratio.
func ExampleLogRatio() {
	within := plot.Bounds{MinX: -4, MaxX: 4, MinY: -4, MaxY: 4}
	both, err := plot.Densities("both", 2, within, plot.Density{Name: "exact", LogProb: normal(0)}, plot.Density{Name: "learned", LogProb: normal(0.2)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ratio, err := plot.LogRatio("learned − exact", plot.Density{Name: "learned", LogProb: normal(0.2)}, plot.Density{Name: "exact", LogProb: normal(0)}, within)
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.Grid("how good", 3, both, ratio)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = figure.PNG()
	fmt.Println(len(figure.Panels), "panels", err)
	// Output: 3 panels <nil>
}

// A corner plot of samples of more than two features.
func ExampleCorner() {
	x, err := data.Gaussian(4).Sample(5000, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	y, err := data.Gaussian(4).Sample(5000, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.Corner("jets", []string{"pT (GeV)", "η", "φ (rad)", "m (GeV)"}, plot.Set{Name: "data", Points: x}, plot.Set{Name: "flow", Points: y})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = figure.PNG()
	fmt.Println(figure.Cols, "in a row", err)
	// Output: 4 in a row <nil>
}

func ExampleResiduals() {
	x := gaussian(2000)
	truth, _ := normal(0)(x)
	learned, _ := normal(0.2)(x)
	figure, err := plot.Residuals("a mean off by 0.2", truth, learned)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = figure.PNG()
	fmt.Println(figure.Panels[0].Y.Label.Text, err)
	// Output: log q − log p (nats) <nil>
}

func ExampleSplines() {
	sine := plot.SplineShape{Name: "at the origin"}
	for i := range 100 {
		x := -4 + 8*float64(i)/99
		sine.X, sine.Y = append(sine.X, x), append(sine.Y, x+0.5*math.Sin(x*math.Pi/4))
		sine.LogSlope = append(sine.LogSlope, math.Log(1+0.5*math.Pi/4*math.Cos(x*math.Pi/4)))
	}
	figure, err := plot.Splines("layer 0", 4, []plot.SplineShape{sine})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = figure.PNG()
	fmt.Println(len(figure.Panels), "panels", err)
	// Output: 3 panels <nil>
}

// Colour maps of gonum can be used too.
func ExampleColourMapOf() {
	kindlmann := moreland.Kindlmann()
	kindlmann.SetMin(0)
	kindlmann.SetMax(1)
	colours, err := plot.ColourMapOf(kindlmann)
	if err != nil {
		fmt.Println(err)
		return
	}
	heat := plot.HeatMap{Bounds: plot.Bounds{MaxX: 1, MaxY: 1}, Side: 2, Values: []float64{0, 1, 2, 3}, ColourMap: colours}
	fmt.Println(heat.Bar("density").Max)
	// Output: 3
}

// The frames have the same axes; kernelext.Slide shows them as a slider.
func ExampleFrames() {
	x := gaussian(1000)
	y, err := sheared(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	frames, err := plot.Frames("sheared", x, plot.Output{Name: "before", Points: x}, plot.Output{Name: "after", Points: y})
	fmt.Println(len(frames), "frames", err)
	// Output: 2 frames <nil>
}
