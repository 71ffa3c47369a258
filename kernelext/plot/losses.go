package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Losses is a figure of a training: the loss by step, averaged over stretches, and where there is one the validation loss of each epoch, in nats.
func Losses(name string, steps []float32, epochs []fit.EpochRecord) (*Figure, error) {
	if len(steps) == 0 {
		return nil, fmt.Errorf("plot: %s: there are no losses to draw", name)
	}
	const stretches = 200
	n := min(len(steps), stretches)
	curve := make(plotter.XYs, n)
	for i := range curve {
		from, to := i*len(steps)/n, (i+1)*len(steps)/n
		for _, l := range steps[from:to] {
			if math.IsNaN(float64(l)) || math.IsInf(float64(l), 0) {
				return nil, fmt.Errorf("plot: %s: the loss of a step between %d and %d is %v", name, from+1, to, l)
			}
			curve[i].Y += float64(l) / float64(to-from)
		}
		curve[i].X = float64(from+to) / 2
	}
	panel := newPanel(name)
	line, err := plotter.NewLine(curve)
	if err != nil {
		return nil, fmt.Errorf("plot: %s: %w", name, err)
	}
	line.Color, line.Width = training, vg.Points(1)
	panel.Add(line)
	panel.Legend.Add("training", line)

	var scores plotter.XYs
	for i, e := range epochs {
		if !math.IsNaN(e.Validation) {
			scores = append(scores, plotter.XY{X: float64(i+1) * float64(len(steps)) / float64(len(epochs)), Y: e.Validation})
		}
	}
	if len(scores) > 0 {
		marks, dots, err := plotter.NewLinePoints(scores)
		if err != nil {
			return nil, fmt.Errorf("plot: %s: %w", name, err)
		}
		marks.Color, marks.Width, dots.Color, dots.Radius = held, vg.Points(1), held, vg.Points(2.5)
		panel.Add(marks, dots)
		panel.Legend.Add("validation", marks, dots)
	}
	panel.X.Label.Text, panel.Y.Label.Text = "step", "loss (nats)"
	panel.Legend.Top = true
	panel.X.Min, panel.X.Max = 0, float64(len(steps))
	panel.Y.Min, panel.Y.Max = interesting(curve, scores)
	return newFigure(name, 1, panelWide, panelSide, Panel{Plot: panel}), nil
}

// interesting is the range of the losses without the first, which tower over the rest.
func interesting(curve, scores plotter.XYs) (least, most float64) {
	var values []float64
	for i, p := range curve {
		if i >= len(curve)/20 {
			values = append(values, p.Y)
		}
	}
	for _, p := range scores {
		values = append(values, p.Y)
	}
	least, most = slices.Min(values), slices.Max(values)
	margin := math.Max((most-least)*0.08, 1e-6)
	return least - margin, most + margin
}
