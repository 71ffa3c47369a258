package plot

import (
	"fmt"

	"gonum.org/v1/plot"

	"github.com/flowsforflows/flows/data"
)

// Crossing returns the figure of every input taken to every target (the paper's figure 4). Targets
// are drawn as densities along the top, inputs down the left side. The panel in row i and column j
// draws outputs[i][j], the points of input i taken to target j, each in the colour of where it
// started. The panels of a row have common axes.
func Crossing(name string, inputs, targets []Output, outputs [][]data.Points) (*Figure, error) {
	if len(inputs) == 0 || len(targets) == 0 || len(outputs) != len(inputs) {
		return nil, fmt.Errorf("plot: %s: a crossing needs inputs, targets and a row of outputs for each input, got %d, %d and %d", name, len(inputs), len(targets), len(outputs))
	}
	corner := plot.New()
	corner.HideAxes()
	panels := []Panel{{Plot: corner, Equal: true}}
	for _, t := range targets {
		if err := checkPoints(t.Name, t.Points); err != nil {
			return nil, err
		}
		axes, drawn, err := planeOf(t.Name, t.Points)
		if err != nil {
			return nil, err
		}
		panel := newPanel("target: " + t.Name + axes.outside(drawn[0]))
		panel.Add(Histogram2D{XYs: drawn[0]})
		panels = append(panels, axes.panel(panel))
	}
	for i, input := range inputs {
		if len(outputs[i]) != len(targets) {
			return nil, fmt.Errorf("plot: %s: %s needs an output for each of %d targets, got %d", name, input.Name, len(targets), len(outputs[i]))
		}
		var row []Output
		for j, points := range outputs[i] {
			row = append(row, Output{Name: "to " + targets[j].Name, Points: points})
		}
		coded, err := colourCoded(input.Points, row)
		if err != nil {
			return nil, err
		}
		coded[0].Title.Text = "input: " + input.Name
		panels = append(panels, coded...)
	}
	return newFigure(name, 1+len(targets), panelSide, panelSide, panels...), nil
}
