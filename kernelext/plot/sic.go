package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
)

// SIC returns a figure of significance improvement characteristics: ε_S/√ε_B, by which a cut on the
// scores of each classifier multiplies a significance, over the signal efficiency ε_S, with bands
// of the curves' confidence. Curves begin where so few background events pass that the relative
// error of ε_B exceeds 20%; see metric.ROCCurve.SIC. The dashed line √ε_S is that of random scores.
func SIC(name string, classifiers ...Classifier) (*Figure, error) {
	panel, err := rocPanel(name, classifiers)
	if err != nil {
		return nil, err
	}
	highest := 1.0
	for i, c := range classifiers {
		points := c.Curve.SIC(0)
		if len(points) == 0 {
			return nil, fmt.Errorf("plot: %s: the curve %q has too few background events for a relative error of 20%% at any threshold", name, c.Name)
		}
		var middle, low, high plotter.XYs
		for _, p := range points {
			middle = append(middle, plotter.XY{X: p.Signal, Y: p.Gain.Value})
			low, high = append(low, plotter.XY{X: p.Signal, Y: p.Gain.Low}), append(high, plotter.XY{X: p.Signal, Y: p.Gain.High})
			if !math.IsInf(p.Gain.High, 0) {
				highest = math.Max(highest, p.Gain.High)
			}
		}
		curve := newBanded(i, middle, low, high)
		panel.Add(curve)
		panel.Legend.Add(c.Name, curve)
	}
	var random plotter.XYs
	for k := range 101 {
		s := float64(k) / 100
		random = append(random, plotter.XY{X: s, Y: math.Sqrt(s)})
	}
	line := reference(random)
	panel.Add(line)
	panel.Legend.Add("random", line)
	panel.Legend.Top = true
	panel.X.Label.Text, panel.Y.Label.Text = "signal efficiency", "significance improvement"
	Bounds{0, 1, 0, highest * (1.08 + 0.05*float64(len(classifiers)))}.apply(panel)
	return newFigure(name, 1, curvesWide, 1.25*curvesHigh, Panel{Plot: panel}), nil
}
