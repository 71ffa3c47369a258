package kernelext

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"image/png"
	"os"
	"path/filepath"
	"reflect"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/store"
	"github.com/flowsforflows/flows/internal/atomicfile"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// FiguresVariable is the environment variable that names a folder for the figures that Show is to
// save, as PNG files numbered from 1, where it doesn't run in a notebook.
const FiguresVariable = "F4F_FIGURES"

// shownPoints is how many points are drawn of a density or put through a transport, and shownSeed
// what they come from.
const (
	shownPoints = 100_000
	shownSeed   = 0
)

// PNG is the content of a PNG file, for Show: a picture that was drawn before.
type PNG []byte

// Show shows each thing in the notebook as its type asks. Points, a source, a density, a transport,
// the epochs of a training, a figure and a PNG are shown as pictures; a Table and what the store
// holds as tables; a Slider as what it is; a plan, a number and anything else with a String method
// as text.
//
// An error among them ends the cell with its message, before anything is shown. So Show takes what
// a function gives that may fail: Show(plot.Losses("training", steps, epochs)).
//
// Outside a notebook tables and texts go to standard output. Pictures and sliders are saved to the
// folder that F4F_FIGURES names, and end the program where it names none.
func Show(things ...any) { Check(showAll(things...)) }

func showAll(things ...any) error {
	for _, thing := range things {
		if err, ok := thing.(error); ok {
			return err
		}
	}
	if last := len(things) - 1; last > 0 && things[last] == nil {
		things = things[:last] // the error that there wasn't
	}
	for _, thing := range things {
		if err := show(thing); err != nil {
			return err
		}
	}
	return nil
}

func show(thing any) error {
	switch thing := thing.(type) {
	case Table:
		return displayTable(thing)
	case []store.Entry:
		folder := ""
		if len(thing) > 0 {
			folder = filepath.Dir(thing[0].Folder)
		}
		return displayTable(StoreTable(folder, thing))
	case store.Entry:
		return displayTable(StoredTable(thing))
	case Slider:
		return displaySlider(thing)
	case PNG:
		return displayPNG(thing)
	case string:
		return displayText(thing)
	}
	figure, err := figureOf(thing)
	if errors.Is(err, errNoFigure) {
		if text, ok := thing.(fmt.Stringer); ok && !isNil(thing) {
			return displayText(text.String())
		}
		if isNumber(thing) {
			return displayText(fmt.Sprint(thing))
		}
	}
	if err != nil {
		return err
	}
	return display(figure)
}

// isNil tells whether a thing is a nil pointer, whose String would end the cell with a stack.
func isNil(thing any) bool {
	v := reflect.ValueOf(thing)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func isNumber(thing any) bool {
	v := reflect.ValueOf(thing)
	return v.IsValid() && (v.CanInt() || v.CanUint() || v.CanFloat() || v.Kind() == reflect.Bool)
}

var (
	errNoFigure = errors.New("kernelext: there are figures of points, sources, densities, transports, epochs and figures")
	errNoFlow   = errors.New("kernelext: there is no flow to draw: look at the error that Fit or Load gave with it")
)

// FigureOf is the figure that Show shows of a thing. Of more than two features it is a corner plot.
// An error ends the cell.
func FigureOf(thing any) *plot.Figure { return Must(figureOf(thing)) }

func figureOf(thing any) (*plot.Figure, error) {
	switch thing := thing.(type) {
	case *plot.Figure:
		if thing != nil {
			return thing, nil
		}
	case data.Points:
		return pointsFigure("points", thing)
	case data.Source:
		x, err := thing.Sample(shownPoints, shownSeed)
		if err != nil {
			return nil, err
		}
		return pointsFigure(thing.Name(), x)
	case []fit.EpochRecord:
		return plot.Losses("training", nil, thing)
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
		if thing.Dim() > 2 {
			return arrivalFigure(x, thing)
		}
		return transportFigure(x, thing)
	}
	return nil, fmt.Errorf("%w, got %T (%v)", errNoFigure, thing, thing)
}

// mostCorner is how many features a corner plot is made of by itself: of more, a panel would be too
// small to tell anything.
const mostCorner = 8

// pointsFigure is a corner plot of more than two features, else a picture of the plane or a histogram.
func pointsFigure(name string, x data.Points) (*plot.Figure, error) {
	if x.Dim() <= 2 || x.Dim() > mostCorner {
		return plot.Points(name, x)
	}
	return plot.Corner(name, nil, plot.Set{Name: name, Points: x})
}

// arrivalFigure is what a transport of more than two features makes of points x over samples of
// where they should arrive.
func arrivalFigure(x data.Points, t *f4f.Transport) (*plot.Figure, error) {
	y, err := t.Forward(x)
	if err != nil {
		return nil, err
	}
	if t.Dim() > mostCorner {
		return plot.Points(t.String(), y)
	}
	right, err := t.Right().Sample(x.Len(), shownSeed+1)
	if err != nil {
		return nil, err
	}
	return plot.Corner(t.String(), nil, plot.Set{Name: "right", Points: right}, plot.Set{Name: "transported", Points: y})
}

// densityFigure is a density's samples, and in the plane its learned density beside them.
func densityFigure(d *f4f.Density) (*plot.Figure, error) {
	x, err := d.Sample(shownPoints, shownSeed)
	if err != nil {
		return nil, err
	}
	samples, err := pointsFigure("samples", x)
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

var saved int // figures and sliders saved by this process

// save writes what can't be shown here to the next file of the folder that the environment names.
func save(kind, ending string, content []byte) error {
	folder := os.Getenv(FiguresVariable)
	if folder == "" {
		return fmt.Errorf("kernelext: this is no notebook: make the %s yourself and save it, or name a folder for it in %s", kind, FiguresVariable)
	}
	saved++
	path := filepath.Join(folder, fmt.Sprintf("%s-%d.%s", kind, saved, ending))
	if err := atomicfile.Write(path, content); err != nil {
		return fmt.Errorf("kernelext: saving %s: %w", path, err)
	}
	return nil
}

// display shows a figure in the notebook, or saves it where the environment says so.
func display(f *plot.Figure) error {
	content, err := f.PNG()
	if err != nil {
		return err
	}
	return displayPNG(content)
}

// displayPNG shows a picture in the notebook, or saves it where the environment says so.
func displayPNG(content PNG) error {
	if _, err := png.DecodeConfig(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("kernelext: %d bytes are to be shown as a PNG picture, which they aren't: %w", len(content), err)
	}
	if !gonbui.IsNotebook {
		return save("figure", "png", content)
	}
	gonbui.DisplayPNG(content)
	return sent()
}

// displaySlider shows a slider in the notebook, or saves it as a page.
func displaySlider(s Slider) error {
	page, err := s.HTML()
	if err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		return save("slider", "html", []byte("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n"+page))
	}
	gonbui.DisplayHTML(page)
	return sent()
}

func displayTable(t Table) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Print(t.String())
		return err
	}
	gonbui.DisplayHTML(t.HTML())
	return sent()
}

func displayText(text string) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Println(text)
		return err
	}
	gonbui.DisplayHTML("<pre style=\"white-space:pre-wrap\">" + html.EscapeString(text) + "</pre>")
	return sent()
}

// sent waits until the kernel has read what it was sent: the cell's program may end before.
func sent() error {
	gonbui.Sync()
	return gonbui.Error()
}
