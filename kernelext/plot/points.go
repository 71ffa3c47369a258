package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
)

// mostDots is how many points are drawn one by one; more are drawn as their density.
const mostDots = 20_000

// Points is a figure of points [N, D]: a scatter of few, a histogram image of many, a histogram where D = 1. Of more than two
// features the first two are drawn.
func Points(name string, p data.Points) (*Figure, error) {
	if err := checkPoints(name, p); err != nil {
		return nil, err
	}
	if p.Dim() == 1 {
		return histogram(name, p)
	}
	bounds := boundsOf(p)
	panel := newPanel(name + bounds.outside(p))
	if p.Len() > mostDots {
		panel.Add(Density2D{XYs: p})
	} else {
		panel.Add(Cloud{XYs: p})
	}
	bounds.apply(panel)
	return newFigure(name, 1, panelSide, panelSide, Panel{Plot: panel, Equal: true}), nil
}

// histogram is the density of one feature.
func histogram(name string, p data.Points) (*Figure, error) {
	values := make(plotter.Values, p.Len())
	for i := range values {
		values[i] = p.At(i, 0)
	}
	bins := max(10, min(200, int(math.Sqrt(float64(p.Len())))))
	h, err := plotter.NewHist(values, bins)
	if err != nil {
		return nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	h.Normalize(1)
	h.FillColor, h.LineStyle.Width = training, 0
	panel := newPanel(name)
	panel.Add(h)
	panel.Y.Min, panel.Y.Label.Text = 0, "density"
	return newFigure(name, 1, panelWide, panelSide, Panel{Plot: panel}), nil
}
