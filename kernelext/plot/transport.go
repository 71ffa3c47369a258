package plot

import (
	"fmt"
	"image/color"

	"github.com/flowsforflows/flows/data"
)

// Output is what a map made of the input points, row by row.
type Output struct {
	Name   string      // name of the map, the panel's title
	Points data.Points // [N, D], as many rows as the input
}

// Transport returns the colour-coded figure of one or more maps (the paper's figure 3): the input
// and the output of each map side by side. Every point has the colour of the place where it
// started. All panels have the same axes. It draws every point alike, whatever its weight. On the
// axis of an angle the colours change where its period begins, so that a point that has crossed
// this end is seen.
func Transport(name string, input data.Points, outputs ...Output) (*Figure, error) {
	panels, err := colourCoded(input, outputs)
	if err != nil {
		return nil, err
	}
	return newFigure(name, columns(len(panels)), panelSide, panelSide, panels...), nil
}

// Paths returns the colour-coded figure of several paths of the same points (the paper's figure 7).
// Each path has a row, which starts with the input. All rows must have the same length. All panels
// have the same axes.
func Paths(name string, input data.Points, rows ...[]Output) (*Figure, error) {
	if len(rows) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one path to draw, got none", name)
	}
	long := len(rows[0])
	var outputs []Output
	for i, row := range rows {
		if len(row) != long {
			return nil, fmt.Errorf("plot: %s: paths must have the same length, got %d outputs in the first and %d in row %d", name, long, len(row), i)
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

// Frames returns a colour-coded figure for each output, with the input beside it: the frames of a
// slider or an animation. All have the same axes.
func Frames(name string, input data.Points, outputs ...Output) ([]*Figure, error) {
	if len(outputs) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be at least one frame, got none", name)
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

// colourCoded returns a panel for the input and one for each output, in the colours of where the
// points started, with common axes.
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
	axes, sets, err := planeOf("transport", sets...)
	if err != nil {
		return nil, err
	}
	from, _, err := planeOf("input", sets[0])
	if err != nil {
		return nil, err
	}
	colours := startColours(sets[0], from.Bounds)
	panels := make([]Panel, len(named))
	for i, p := range named {
		panel := newPanel(p.Name + axes.outside(sets[i]))
		panel.Add(Cloud{XYs: sets[i], Colours: colours})
		panels[i] = axes.panel(panel)
	}
	return panels, nil
}

// columns returns the number of columns for a number of panels: at most four, with rows as even as
// possible.
func columns(panels int) int {
	rows := (panels + 3) / 4
	return (panels + rows - 1) / rows
}

// startColours returns a colour for each point by its place within bounds.
func startColours(p data.Points, b Bounds) []color.RGBA {
	colours := make([]color.RGBA, p.Len())
	for i := range colours {
		x, y := p.XY(i)
		colours[i] = placeColour((x-b.MinX)/(b.MaxX-b.MinX), (y-b.MinY)/(b.MaxY-b.MinY))
	}
	return colours
}
