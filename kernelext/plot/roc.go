package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/f4f/metric"
)

// Classifier is a named ROC curve, for the figures of ROC, Rejection and SIC.
type Classifier struct {
	Name  string          // legend entry
	Curve metric.ROCCurve // of metric.ROC
}

// ROC returns a figure of ROC curves: the signal efficiency over the background efficiency, with
// bands of the curves' confidence. The legend gives each area under the curve and half of the width
// of its interval. The dashed line is that of random scores.
//
//	curve, err := metric.ROC(scores, signal, weights, metric.Resampling{Confidence: 0.68})
//	figure, err := plot.ROC("signal region", plot.Classifier{Name: "flows for flows", Curve: curve})
func ROC(name string, classifiers ...Classifier) (*Figure, error) {
	panel, err := rocPanel(name, classifiers)
	if err != nil {
		return nil, err
	}
	panel.Add(reference(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}))
	for i, c := range classifiers {
		var middle, low, high plotter.XYs
		for k, s := range c.Curve.Signal {
			b := c.Curve.Background[k]
			middle, low, high = append(middle, plotter.XY{X: b.Value, Y: s}), append(low, plotter.XY{X: b.Low, Y: s}), append(high, plotter.XY{X: b.High, Y: s})
		}
		curve := newBanded(i, middle, low, high)
		panel.Add(curve)
		panel.Legend.Add(fmt.Sprintf("%s: AUC %s", c.Name, give(c.Curve.AUC)), curve)
	}
	panel.X.Label.Text, panel.Y.Label.Text = "background efficiency", "signal efficiency"
	panel.Legend.YOffs = vg.Points(4)
	Bounds{0, 1, 0, 1}.apply(panel)
	return newFigure(name, 1, panelSide, panelSide, Panel{Plot: panel, Equal: true}), nil
}

// Rejection returns a figure of ROC curves as 1/ε_B, the background rejection, on a logarithmic
// axis over the signal efficiency ε_S, with bands of the curves' confidence. Curves begin where so
// few background events pass that the relative error of ε_B exceeds 20%. The dashed line is that of
// random scores. The vertical axis of the panel is that of log₁₀(1/ε_B).
func Rejection(name string, classifiers ...Classifier) (*Figure, error) {
	panel, err := rocPanel(name, classifiers)
	if err != nil {
		return nil, err
	}
	var random plotter.XYs
	for k := range 100 {
		s := float64(k+1) / 100
		random = append(random, plotter.XY{X: s, Y: -math.Log10(s)})
	}
	line := reference(random)
	highest := 1.0
	for i, c := range classifiers {
		var middle, low, high plotter.XYs
		for _, p := range c.Curve.SIC(0) {
			rejection := func(gain float64) float64 { return 2 * math.Log10(gain/p.Signal) }
			middle = append(middle, plotter.XY{X: p.Signal, Y: rejection(p.Gain.Value)})
			low, high = append(low, plotter.XY{X: p.Signal, Y: rejection(p.Gain.Low)}), append(high, plotter.XY{X: p.Signal, Y: rejection(p.Gain.High)})
			highest = math.Max(highest, middle[len(middle)-1].Y)
		}
		curve := newBanded(i, middle, low, high)
		panel.Add(curve)
		panel.Legend.Add(fmt.Sprintf("%s: AUC %s", c.Name, give(c.Curve.AUC)), curve)
	}
	panel.Add(line)
	panel.Legend.Add("random", line)
	panel.Legend.Top = true
	panel.X.Label.Text, panel.Y.Label.Text = "signal efficiency", "background rejection (1/efficiency)"
	Bounds{0, 1, 0, highest * (1.1 + 0.05*float64(len(classifiers)))}.apply(panel)
	panel.Y.Tick.Marker = powers{}
	return newFigure(name, 1, curvesWide, 1.25*curvesHigh, Panel{Plot: panel}), nil
}

// rocPanel returns an empty panel for curves, or an error unless there are curves that can be
// drawn.
func rocPanel(name string, classifiers []Classifier) (*plot.Plot, error) {
	if len(classifiers) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one curve to draw, got none", name)
	}
	for _, c := range classifiers {
		if n := len(c.Curve.Signal); n < 2 || len(c.Curve.Background) != n || len(c.Curve.Passing) != n {
			return nil, fmt.Errorf("plot: %s: the curve %q must be one of metric.ROC, got %d signal efficiencies, %d of background and %d numbers of events", name, c.Name, n, len(c.Curve.Background), len(c.Curve.Passing))
		}
	}
	return newPanel(fmt.Sprintf("%s (bands: %.4g%%)", name, 100*classifiers[0].Curve.AUC.Confidence)), nil
}

// give returns a text such as "0.712 ± 0.004" of the value of an interval and half of its width.
func give(i metric.Interval) string {
	half := (i.High - i.Low) / 2
	decimals := 3
	if half > 0 && half < 1e-2 {
		decimals = min(int(math.Ceil(1-math.Log10(half))), 6)
	}
	return fmt.Sprintf("%.*f ± %.*f", decimals, i.Value, decimals, half)
}
