package plot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Panel is one plot of a figure.
type Panel struct {
	*plot.Plot
	// Equal draws one unit as long on either axis, as a plane should be.
	Equal bool
}

// Figure is a grid of panels, filled row by row. Width and Height are the size of the whole; panels may be changed until it is drawn.
type Figure struct {
	Name          string // for the file or the cell that shows it
	Panels        []Panel
	Cols          int // panels in a row; 0 for all in one
	Width, Height vg.Length
}

// newFigure lays out panels, each of the given size.
func newFigure(name string, cols int, width, height vg.Length, panels ...Panel) *Figure {
	f := &Figure{Name: name, Panels: panels, Cols: cols}
	across, down := f.grid()
	f.Width, f.Height = vg.Length(across)*width+vg.Length(across-1)*gap, vg.Length(down)*height+vg.Length(down-1)*gap
	return f
}

// Grid puts the panels of several figures into one, cols in a row.
func Grid(name string, cols int, figures ...*Figure) (*Figure, error) {
	if cols < 1 {
		return nil, fmt.Errorf("plot: a grid must have at least 1 column, got %d", cols)
	}
	var panels []Panel
	var width, height vg.Length
	for _, f := range figures {
		across, down := f.grid()
		panels = append(panels, f.Panels...)
		width, height = max(width, f.Width/vg.Length(max(across, 1))), max(height, f.Height/vg.Length(max(down, 1)))
	}
	if len(panels) == 0 {
		return nil, errors.New("plot: a grid needs panels, got none")
	}
	return newFigure(name, min(cols, len(panels)), width, height, panels...), nil
}

// grid is the number of panels across and down.
func (f *Figure) grid() (across, down int) {
	across = f.Cols
	if across < 1 || across > len(f.Panels) {
		across = len(f.Panels)
	}
	if across == 0 {
		return 0, 0
	}
	return across, (len(f.Panels) + across - 1) / across
}

// Draw draws the figure on a canvas of gonum's, filling it.
func (f *Figure) Draw(c draw.Canvas) {
	across, down := f.grid()
	tiles := draw.Tiles{Cols: across, Rows: down, PadX: gap, PadY: gap, PadTop: gap / 2, PadBottom: gap / 2, PadLeft: gap / 2, PadRight: gap}
	for i, p := range f.Panels {
		tile := tiles.At(c, i%across, i/across)
		if p.Equal {
			tile = p.squeeze(tile)
		}
		p.Plot.Draw(tile)
	}
}

// squeeze trims a tile so that one unit is as long on either axis of the panel.
func (p Panel) squeeze(tile draw.Canvas) draw.Canvas {
	inner := p.DataCanvas(tile).Size()
	ratio := vg.Length((p.X.Max - p.X.Min) / (p.Y.Max - p.Y.Min))
	if wanted := inner.Y * ratio; wanted < inner.X {
		spare := (inner.X - wanted) / 2
		return draw.Crop(tile, spare, -spare, 0, 0)
	}
	spare := inner.Y - inner.X/ratio
	return draw.Crop(tile, 0, 0, spare/2, -spare/2)
}

// PNG is the figure as a PNG image of at most a notebook's width.
func (f *Figure) PNG() ([]byte, error) { return f.as("png") }

// SVG is the figure as a vector drawing; clouds and densities in it are embedded images.
func (f *Figure) SVG() ([]byte, error) { return f.as("svg") }

// as draws the figure in a format. gonum panics on a plot that can't be drawn, such as a range that isn't finite.
func (f *Figure) as(format string) (content []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("plot: %s can't be drawn: %v", f.Name, r)
		}
	}()
	if len(f.Panels) == 0 {
		return nil, fmt.Errorf("plot: figure %q has no panels", f.Name)
	}
	if !(f.Width > 0 && f.Height > 0) {
		return nil, fmt.Errorf("plot: figure %q must have a size above 0, got %v by %v", f.Name, f.Width, f.Height)
	}
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch format {
	case "png":
		dpi := math.Min(mostDPI, math.Max(leastDPI, mostPixels/(f.Width/vg.Inch).Points()))
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(int(dpi)))}
	case "svg":
		canvas = vgsvg.New(f.Width, f.Height)
	case "pdf":
		canvas = vgpdf.New(f.Width, f.Height)
	default:
		return nil, fmt.Errorf("plot: a figure is saved as .png, .svg or .pdf, got %q", "."+format)
	}
	f.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("plot: %s: %w", f.Name, err)
	}
	return b.Bytes(), nil
}

// Save writes the figure to a file, in the format that its name ends in: .png, .svg or .pdf. It replaces the file atomically.
func (f *Figure) Save(path string) error {
	content, err := f.as(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	if err != nil {
		return fmt.Errorf("%w (saving %s)", err, path)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".figure-*")
	if err != nil {
		return fmt.Errorf("plot: saving %s: %w", path, err)
	}
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		os.Remove(temporary.Name())
		return fmt.Errorf("plot: saving %s: %w", path, err)
	}
	return nil
}
