package plot

import (
	"fmt"
	"image/color"

	"github.com/flowsforflows/flows/data"
)

// Output is what a map made of the input's points, row by row.
type Output struct {
	Name   string      // of the map, and so of the panel
	Points data.Points // [N, D], as many as of the input
}

// Transport is the colour-coded figure of one or more maps (the paper's figure 3): the input and
// each map's output side by side, every point in the colour of the place where it started. Axes are
// common.
func Transport(name string, input data.Points, outputs ...Output) (*Figure, error) {
	panels, err := colourCoded(input, outputs)
	if err != nil {
		return nil, err
	}
	return newFigure(name, columns(len(panels)), panelSide, panelSide, panels...), nil
}

// Paths is the colour-coded figure of several ways of the same points (the paper's figure 7): a row
// for each, all of one length, with the input at its head. Axes are common.
func Paths(name string, input data.Points, rows ...[]Output) (*Figure, error) {
	if len(rows) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one way to draw, got none", name)
	}
	long := len(rows[0])
	var outputs []Output
	for i, row := range rows {
		if len(row) != long {
			return nil, fmt.Errorf("plot: %s: ways must be of one length, got %d outputs in the first and %d in row %d", name, long, len(row), i)
		}
		outputs = append(outputs, row...)
	}
	coded, err := colourCoded(input, outputs)
	if err != nil {
		return nil, err
	}
	var panels []Panel
	for i := range rows {
		panels = append(append(panels, coded[0]), coded[1+i*long:1+(i+1)*long]...)
	}
	figure := newFigure(name, 1+long, panelSide, panelSide, panels...)
	figure.rows = true
	return figure, nil
}

// Film is the colour-coded figure of each output by itself, beside the input: the frames of a film,
// all with the same axes.
func Film(name string, input data.Points, outputs ...Output) ([]*Figure, error) {
	if len(outputs) == 0 {
		return nil, fmt.Errorf("plot: %s: a film must have at least one frame, got none", name)
	}
	panels, err := colourCoded(input, outputs)
	if err != nil {
		return nil, err
	}
	frames := make([]*Figure, len(outputs))
	for i, o := range outputs {
		frames[i] = newFigure(o.Name, 2, panelSide, panelSide, panels[0], panels[1+i])
	}
	return frames, nil
}

// colourCoded is a panel of the input and one of each output, in the colours of where points
// started and with common axes.
func colourCoded(input data.Points, outputs []Output) ([]Panel, error) {
	sets := []data.Points{input}
	named := []Output{{Name: "input", Points: input}}
	for _, o := range outputs {
		if o.Points.Len() != input.Len() {
			return nil, fmt.Errorf("plot: %s must have an output for each of %d points, got %d", o.Name, input.Len(), o.Points.Len())
		}
		sets, named = append(sets, o.Points), append(named, o)
	}
	for _, p := range named {
		if err := checkPoints(p.Name, p.Points); err != nil {
			return nil, err
		}
	}
	colours := startColours(input)
	bounds := boundsOf(sets...)
	panels := make([]Panel, len(named))
	for i, p := range named {
		panel := newPanel(p.Name + bounds.outside(p.Points))
		panel.Add(Cloud{XYs: p.Points, Colours: colours})
		bounds.apply(panel)
		panels[i] = Panel{Plot: panel, Equal: true}
	}
	return panels, nil
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
