package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/f4f/metric"
)

// Moved is a named curve of the distances by which a map moves points, for the figure of
// CumulativeDisplacement.
type Moved struct {
	Name  string                   // legend entry
	Curve metric.DisplacementCurve // of metric.CumulativeDisplacement
}

// CumulativeDisplacement returns a figure of the share of points that each map moves by at most a
// distance, in the points' unit, with bands of one standard error. The legend gives the median
// distance.
func CumulativeDisplacement(name string, moved ...Moved) (*Figure, error) {
	if len(moved) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one curve to draw, got none", name)
	}
	panel := newPanel(name)
	furthest := 0.0
	for _, m := range moved {
		if n := len(m.Curve.Distances); n == 0 || len(m.Curve.Shares) != n {
			return nil, fmt.Errorf("plot: %s: the curve %q must have a share for each distance, got %d and %d", name, m.Name, len(m.Curve.Shares), n)
		}
		if far := m.Curve.Within(0.99); !math.IsNaN(far) { // the last percent may reach far
			furthest = math.Max(furthest, far)
		}
	}
	if furthest == 0 {
		furthest = 1
	}
	highest := 1.0
	for i, m := range moved {
		var middle, low, high plotter.XYs
		add := func(d float64, s metric.Estimate) {
			middle, low, high = append(middle, plotter.XY{X: d, Y: s.Value}), append(low, plotter.XY{X: d, Y: s.Value - s.Error}), append(high, plotter.XY{X: d, Y: s.Value + s.Error})
		}
		for k, d := range m.Curve.Distances {
			add(d, m.Curve.Shares[k])
			highest = math.Max(highest, m.Curve.Shares[k].Value)
		}
		if last := len(m.Curve.Distances) - 1; m.Curve.Distances[last] < furthest { // all points stay within a larger distance
			add(furthest, m.Curve.Shares[last])
		}
		curve := newBanded(i, middle, low, high)
		panel.Add(curve)
		panel.Legend.Add(fmt.Sprintf("%s: median %.3g", m.Name, m.Curve.Within(0.5)), curve)
	}
	panel.X.Label.Text, panel.Y.Label.Text = "distance moved", "share of points within it"
	panel.Legend.YOffs = vg.Points(4)
	Bounds{0, furthest, 0, highest * 1.02}.apply(panel)
	return newFigure(name, 1, curvesWide, curvesHigh, Panel{Plot: panel}), nil
}
