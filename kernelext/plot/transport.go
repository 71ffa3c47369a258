package plot

import (
	"fmt"
	"image/color"

	"github.com/flowsforflows/flows/data"
)

// Output is what a map made of the input's points, row by row.
type Output struct {
	Name   string
	Points data.Points
}

// Transport is the colour-coded figure of one or more maps (the paper's figure 3): the input and each map's output side by side,
// every point in the colour of the place where it started. Axes are common.
func Transport(name string, input data.Points, outputs ...Output) (*Figure, error) {
	sets := []data.Points{input}
	panels := []Output{{Name: "input", Points: input}}
	for _, o := range outputs {
		if o.Points.Len() != input.Len() {
			return nil, fmt.Errorf("plot: %s must have an output for each of %d points, got %d", o.Name, input.Len(), o.Points.Len())
		}
		sets, panels = append(sets, o.Points), append(panels, o)
	}
	for _, p := range panels {
		if err := checkPoints(p.Name, p.Points); err != nil {
			return nil, err
		}
	}
	colours := startColours(input)
	bounds := boundsOf(sets...)
	f := newFigure(name, columns(len(panels)), panelSide, panelSide, make([]Panel, len(panels))...)
	for i, p := range panels {
		panel := newPanel(p.Name + bounds.outside(p.Points))
		panel.Add(Cloud{XYs: p.Points, Colours: colours})
		bounds.apply(panel)
		f.Panels[i] = Panel{Plot: panel, Equal: true}
	}
	return f, nil
}

// columns is how many of so many panels go in a row: up to four, and rows as even as can be.
func columns(panels int) int {
	rows := (panels + 3) / 4
	return (panels + rows - 1) / rows
}

// startColours is each point's colour by where it lies among the points.
func startColours(p data.Points) []color.RGBA {
	b := boundsOf(p)
	colours := make([]color.RGBA, p.Len())
	for i := range colours {
		x, y := p.XY(i)
		colours[i] = placeColour((x-b.MinX)/(b.MaxX-b.MinX), (y-b.MinY)/(b.MaxY-b.MinY))
	}
	return colours
}
