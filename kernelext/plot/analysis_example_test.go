package plot_test

import (
	"fmt"
	"math/rand/v2"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// Ratio panels of two samples, from numbers that can be printed too.
func ExampleRatios() {
	truth, moved := gaussian(5000), gaussian(4000)
	features, err := metric.Ratios(truth, moved, metric.Binning{Bins: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.Ratios("closure", 2, "data", plot.Compared{Name: "moved", Features: features})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(figure.Panels), "panels")
	// Output: 2 panels
}

// What a transport does to the correlations of the features.
func ExampleCorrelations() {
	difference, err := metric.CorrelationDifferences(gaussian(5000), gaussian(4000))
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.Correlations("moved − data", difference)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(figure.Panels), "panel")
	// Output: 1 panel
}

// Are predictions calibrated?
func ExamplePIT() {
	truth, err := data.Gaussian(1).Sample(500, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	draws, err := data.Gaussian(1).Sample(50*500, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	predictions, err := metric.PredictionsOfSamples(draws, 50, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	pit, err := predictions.PIT(truth)
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.PIT("redshift", 1, 10, plot.Predicted{Name: "flow", PIT: pit})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(figure.Panels[0].Title.Text)
	// Output: flow (0 of 10 bins outside)
}

// The curves of a classifier: efficiencies, rejection and the gain in significance.
func ExampleROC() {
	r := rand.New(rand.NewPCG(1, 2))
	var scores []float64
	var signal []bool
	for i := range 4000 {
		score := r.NormFloat64()
		if i%4 == 0 {
			score++
		}
		scores, signal = append(scores, score), append(signal, i%4 == 0)
	}
	curve, err := metric.ROC(scores, signal, nil, metric.Resampling{Resamples: 50})
	if err != nil {
		fmt.Println(err)
		return
	}
	ours := plot.Classifier{Name: "ours", Curve: curve}
	for _, draw := range []func(string, ...plot.Classifier) (*plot.Figure, error){plot.ROC, plot.Rejection, plot.SIC} {
		figure, err := draw("signal region", ours)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(figure.Panels[0].Y.Label.Text)
	}
	// Output:
	// signal efficiency
	// background rejection (1/efficiency)
	// significance improvement
}

// How far two maps move the same points.
func ExampleCumulativeDisplacement() {
	x := gaussian(1000)
	var moved []plot.Moved
	for _, m := range []struct {
		name string
		y    data.Points
	}{{"the identity", x}, {"another sample", gaussian(2000).Slice(1000, 2000)}} {
		curve, err := metric.CumulativeDisplacement(x, m.y)
		if err != nil {
			fmt.Println(err)
			return
		}
		moved = append(moved, plot.Moved{Name: m.name, Curve: curve})
	}
	figure, err := plot.CumulativeDisplacement("two maps", moved...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(figure.Panels), "panel")
	// Output: 1 panel
}

// A band about a line, in a plot of gonum.
func ExampleBand() {
	p := gonum.New()
	p.Add(plot.Band{Low: plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 2}}, High: plotter.XYs{{X: 0, Y: 2}, {X: 1, Y: 4}}})
	figure := &plot.Figure{Name: "band", Panels: []plot.Panel{{Plot: p}}, Width: 8 * vg.Centimeter, Height: 8 * vg.Centimeter}
	content, err := figure.SVG()
	fmt.Println(len(content) > 0, err)
	// Output: true <nil>
}
