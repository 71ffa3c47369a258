package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/data"
)

// mostDots is the largest number of points that Points draws one by one. It draws more, and points
// of different weights, as their density.
const mostDots = 20_000

// Points returns a figure of points [N, D]: for D = 1 a histogram, otherwise a scatter plot of few
// points, and a density image of many points or of points with weights. For D > 2 it draws the
// first two features. Outliers that would shrink the rest are left out, and the title says how
// many.
func Points(name string, p data.Points) (*Figure, error) {
	if err := checkPoints(name, p); err != nil {
		return nil, err
	}
	if err := p.CheckWeights(); err != nil {
		return nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	if p.Dim() == 1 {
		return histogram(name, p)
	}
	axes, drawn, err := planeOf(name, p)
	if p.Dim() > 2 {
		axes, drawn[0], err = ownPlane(name, p) // the features may have different units
	}
	if err != nil {
		return nil, err
	}
	p = drawn[0]
	panel := newPanel(name + axes.outside(p))
	if p.Len() > mostDots || p.Weighted() {
		panel.Add(Histogram2D{XYs: p})
	} else {
		panel.Add(Cloud{XYs: p})
	}
	if p.Dim() > 2 {
		panel.X.Label.Text, panel.Y.Label.Text = fmt.Sprintf("feature 0 of %d", p.Dim()), fmt.Sprintf("feature 1 of %d", p.Dim())
	}
	return newFigure(name, 1, panelSide, panelSide, axes.panel(panel)), nil
}

// histogram returns a figure of the density of one feature.
func histogram(name string, p data.Points) (*Figure, error) {
	axes, drawn, err := planeOf(name, p) // range of x; y is 0
	if err != nil {
		return nil, err
	}
	p = drawn[0]
	bounds := axes.Bounds
	bins := max(10, min(120, int(1.5*math.Cbrt(float64(p.Len())))))
	width := (bounds.MaxX - bounds.MinX) / float64(bins)
	steps := make(plotter.XYs, bins+1)
	for i := range steps {
		steps[i].X = bounds.MinX + float64(i)*width
	}
	most, weights, total := 0.0, []float64(nil), float64(p.Len())
	if p.Weighted() {
		weights, total = p.Weights(), 0
		for _, w := range weights {
			total += w
		}
	}
	for i := range p.Len() {
		if v := p.At(i, 0); v >= bounds.MinX && v <= bounds.MaxX {
			steps[min(int((v-bounds.MinX)/width), bins-1)].Y += weight(weights, i) / (total * width)
		}
	}
	for i := range steps {
		steps[i].Y = max(steps[i].Y, 0) // below 0 by negative weights
		most = max(most, steps[i].Y)
	}
	if turnOf(axes.periods, 0) > 0 {
		steps[bins].Y = steps[bins-1].Y // the axis ends, and not the density
	}
	// A single filled outline: separate bars would show seams.
	line, err := plotter.NewLine(steps)
	if err != nil {
		return nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	line.StepStyle, line.FillColor, line.Color, line.Width = plotter.PostStep, faint, training, vg.Points(1)
	panel := newPanel(name + bounds.outside(p))
	panel.Add(line)
	axes.panel(panel)
	panel.Y.Min, panel.Y.Max, panel.Y.Label.Text = 0, most*1.05, "density"
	return newFigure(name, 1, curvesWide, curvesHigh, Panel{Plot: panel}), nil
}
