package kernelext

import (
	"errors"
	"fmt"
	"os"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// FiguresVariable is the environment variable that names a folder for the figures that Show is to save, as PNG files numbered from 1,
// where it doesn't run in a notebook.
const FiguresVariable = "F4F_FIGURES"

// shownPoints is how many points are drawn of a density or put through a transport, and shownSeed what they come from.
const (
	shownPoints = 100_000
	shownSeed   = 0
)

// Show shows a figure of each thing in the notebook: points, a source, a density, a transport, or a figure itself. Outside a notebook it errs, unless
// F4F_FIGURES names a folder for the files.
func Show(things ...any) error {
	for _, thing := range things {
		figure, err := FigureOf(thing)
		if err != nil {
			return err
		}
		if err := display(figure); err != nil {
			return err
		}
	}
	return nil
}

// FigureOf is the figure that Show shows of a thing.
func FigureOf(thing any) (*plot.Figure, error) {
	switch thing := thing.(type) {
	case *plot.Figure:
		if thing != nil {
			return thing, nil
		}
	case data.Points:
		return plot.Points("points", thing)
	case data.Source:
		x, err := thing.Sample(shownPoints, shownSeed)
		if err != nil {
			return nil, err
		}
		return plot.Points(thing.Name(), x)
	case *f4f.Density:
		if thing != nil {
			return densityFigure(thing)
		}
	case *f4f.Transport:
		if thing == nil {
			break
		}
		x, err := thing.Left().Sample(shownPoints, shownSeed)
		if err != nil {
			return nil, err
		}
		return TransportFigure(x, thing)
	}
	return nil, fmt.Errorf("kernelext: there are figures of points, sources, densities, transports and figures, got %T (%v)", thing, thing)
}

// densityFigure is a density's samples, and in the plane its learned density beside them.
func densityFigure(d *f4f.Density) (*plot.Figure, error) {
	x, err := d.Sample(shownPoints, shownSeed)
	if err != nil {
		return nil, err
	}
	samples, err := plot.Points("samples", x)
	if err != nil || d.Dim() != 2 {
		return samples, err
	}
	panel := samples.Panels[0]
	learned, err := plot.LogDensity("learned density", d.LogProb, plot.Bounds{MinX: panel.X.Min, MaxX: panel.X.Max, MinY: panel.Y.Min, MaxY: panel.Y.Max})
	if err != nil {
		return nil, err
	}
	return plot.Grid(d.String(), 2, samples, learned)
}

// TransportFigure is the colour-coded picture of what transports make of points x, side by side: every point keeps the colour of where it
// started.
func TransportFigure(x data.Points, transports ...*f4f.Transport) (*plot.Figure, error) {
	var outputs []plot.Output
	for _, t := range transports {
		y, err := t.Forward(x)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, plot.Output{Name: t.String(), Points: y})
	}
	return plot.Transport("transport", x, outputs...)
}

var saved int // figures saved by this process

// display shows a figure in the notebook, or saves it where the environment says so.
func display(f *plot.Figure) error {
	if !gonbui.IsNotebook {
		folder := os.Getenv(FiguresVariable)
		if folder == "" {
			return errors.New("kernelext: this is no notebook: make the figure with FigureOf and Save it, or name a folder for figures in " + FiguresVariable)
		}
		saved++
		return f.Save(fmt.Sprintf("%s/figure-%d.png", folder, saved))
	}
	content, err := f.PNG()
	if err != nil {
		return err
	}
	gonbui.DisplayPNG(content)
	gonbui.Sync() // the cell's program may end before the kernel has read what it was sent
	return gonbui.Error()
}
