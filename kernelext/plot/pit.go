package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/f4f/metric"
)

// Predicted is a named set of probability integral transforms, for the figure of PIT.
type Predicted struct {
	Name string     // begins the title of the panel
	PIT  metric.PIT // of metric.Predictions.PIT
}

// Sizes of the panels of PIT.
const pitWide, pitHigh = 3.2 * vg.Inch, 3.0 * vg.Inch

// PIT returns a figure of histograms of probability integral transforms, one panel for each set,
// cols in a row, with common axes. bins is the number of bins; 0 means 20. The band holds the bins
// of a calibrated prediction, all together, with a probability of 95%; see metric.PIT.Histogram. A
// histogram that is high at both ends belongs to predictions that are too narrow, one that is high
// in the middle to those that are too wide, and a slope to a bias. The title says how many bins lie
// outside the band. The values of the tests of metric.PIT.Uniformity stand in the panels, with
// their p-values.
func PIT(name string, cols, bins int, predicted ...Predicted) (*Figure, error) {
	if len(predicted) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one set to draw, got none", name)
	}
	if cols < 1 {
		return nil, fmt.Errorf("plot: %s: there must be at least 1 column, got %d", name, cols)
	}
	panels := make([]Panel, len(predicted))
	least, most := 0.0, 1.0
	for i, p := range predicted {
		h, err := p.PIT.Histogram(bins, 0)
		if err != nil {
			return nil, fmt.Errorf("plot: %s, %q: %w", name, p.Name, err)
		}
		tests, err := p.PIT.Uniformity()
		if err != nil {
			return nil, fmt.Errorf("plot: %s, %q: %w", name, p.Name, err)
		}
		n := len(h.Heights)
		edges := make([]float64, n+1)
		for k := range edges {
			edges[k] = float64(k) / float64(n)
		}
		outline := steps(edges, h.Heights)
		for _, v := range append(h.Heights, h.High) {
			least, most = math.Min(least, v), math.Max(most, v)
		}
		panel := newPanel(fmt.Sprintf("%s (%d of %d bins outside)", p.Name, h.Outside(), n))
		panel.Add(
			Band{Low: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 0}}, High: outline, Color: faint},
			Band{Low: plotter.XYs{{X: 0, Y: h.Low}, {X: 1, Y: h.Low}}, High: plotter.XYs{{X: 0, Y: h.High}, {X: 1, Y: h.High}}, Color: translucent(ink)},
			reference(plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 1}}),
			&plotter.Line{XYs: outline, LineStyle: draw.LineStyle{Color: training, Width: vg.Points(1.3)}},
			notes{
				fmt.Sprintf("KS %s", result(tests.KS)), fmt.Sprintf("CvM %s", result(tests.CvM)), fmt.Sprintf("AD %s", result(tests.AD)),
			},
		)
		panel.X.Label.Text, panel.Y.Label.Text = "PIT", "density"
		panels[i] = Panel{Plot: panel}
	}
	for _, p := range panels {
		Bounds{0, 1, least, least + (most-least)*1.42}.apply(p.Plot) // with room for the text
	}
	figure := newFigure(name, min(cols, len(panels)), pitWide, pitHigh, panels...)
	figure.wide = true
	return figure, nil
}

// result returns the text of a test: its statistic and p-value.
func result(r metric.TestResult) string {
	if r.PValue < 1e-4 {
		return fmt.Sprintf("%.3g (p < 0.0001)", r.Statistic)
	}
	return fmt.Sprintf("%.3g (p = %.2g)", r.Statistic, r.PValue)
}
