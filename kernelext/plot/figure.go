package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/flowsforflows/flows/data/atomicfile"
)

// Figure is a grid of panels, filled row by row. Panels may be changed until the figure is drawn.
type Figure struct {
	Name   string // what the figure shows; Marginals draws it above the panels, error messages name it
	Panels []Panel
	Cols   int // panels in a row; 0 means all in one row
	// Width and Height are the size of the whole figure. The functions that make figures choose a
	// size that a notebook shows unscaled.
	Width, Height vg.Length
	// DPI is the resolution of a PNG in pixels per inch; 0 means the screen's 100.
	DPI int

	rows    bool      // keep the panels of a row together: In makes them narrower instead of breaking the row
	wide    bool      // the panels hold legends: In makes them no narrower than panels of curves
	heading vg.Length // the font size of Name, drawn above the panels; 0 for no heading
	aligned bool      // give all data areas the same size and align them, for a matrix of plots that share axes
}

// newFigure lays out panels of the given size. If a row wouldn't fit the screen, the panels are
// smaller but keep their aspect ratio.
func newFigure(name string, cols int, width, height vg.Length, panels ...Panel) *Figure {
	f := &Figure{Name: name, Panels: panels, Cols: cols}
	across, down := f.grid()
	margins, beside := vg.Length(across+1)*gap, f.beside()
	height *= (width - beside) / width // the data areas keep their aspect ratio next to a colour bar
	if room := (Screen.Width - margins) / vg.Length(max(across, 1)); width > room {
		width, height = room, height*(room-beside)/(width-beside)
	}
	f.Width, f.Height = vg.Length(across)*width+margins, vg.Length(down)*height+vg.Length(down+1)*gap
	return f
}

// headed returns the figure with its name above the panels.
func (f *Figure) headed() *Figure {
	f.heading = Screen.Title
	f.Height += f.head()
	return f
}

// head returns the height of the heading.
func (f *Figure) head() vg.Length { return 1.8 * f.heading }

// drawHeading draws the heading at the top of a canvas and returns the rest.
func (f *Figure) drawHeading(c draw.Canvas) draw.Canvas {
	if f.heading == 0 {
		return c
	}
	style := newPanel("").Title.TextStyle
	style.Font.Size, style.XAlign, style.YAlign = f.heading, draw.XCenter, draw.YTop
	c.FillText(style, vg.Point{X: c.Center().X, Y: c.Max.Y - gap}, f.Name)
	return draw.Crop(c, 0, 0, 0, -f.head())
}

// Grid combines the panels of several figures into one, cols in a row. The panels are shared with
// the figures, not copied.
func Grid(name string, cols int, figures ...*Figure) (*Figure, error) {
	if cols < 1 {
		return nil, fmt.Errorf("plot: a grid must have at least 1 column, got %d", cols)
	}
	var panels []Panel
	var width, height vg.Length
	for i, f := range figures {
		if f == nil {
			return nil, fmt.Errorf("plot: figure %d of the grid %q is nil", i+1, name)
		}
		across, down := f.grid()
		panels = append(panels, f.Panels...)
		width, height = max(width, f.Width/vg.Length(max(across, 1))-gap), max(height, (f.Height-f.head())/vg.Length(max(down, 1))-gap)
	}
	if len(panels) == 0 {
		return nil, errors.New("plot: a grid needs panels, got none")
	}
	return newFigure(name, min(cols, len(panels)), width, height, panels...), nil
}

// grid returns the number of panels across and down.
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

// Draw draws the figure so that it fills a canvas of gonum. It panics if gonum's plots do, for
// example on a range that isn't finite.
func (f *Figure) Draw(c draw.Canvas) {
	if f == nil {
		return
	}
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c = f.drawHeading(c)
	across, down := f.grid()
	tiles := draw.Tiles{Cols: across, Rows: down, PadX: gap, PadY: gap, PadTop: gap, PadBottom: gap, PadLeft: gap, PadRight: gap}
	if f.aligned {
		f.drawAligned(c, tiles)
		return
	}
	beside := f.beside()
	for i, p := range f.Panels {
		p.draw(draw.Crop(tiles.At(c, i%across, i/across), 0, -beside, 0, 0))
	}
}

// beside returns the width of the widest colour bar. Every panel leaves this space on its right, so
// that all data areas have the same size.
func (f *Figure) beside() (room vg.Length) {
	for _, p := range f.Panels {
		room = max(room, p.Bar.width(p.Plot))
	}
	return room
}

// drawAligned draws the panels as a matrix with aligned data areas.
func (f *Figure) drawAligned(c draw.Canvas, tiles draw.Tiles) {
	plots := make([][]*plot.Plot, tiles.Rows)
	for i, p := range f.Panels {
		tile := tiles.At(c, i%tiles.Cols, i/tiles.Cols)
		plots[i/tiles.Cols] = append(plots[i/tiles.Cols], p.titled(tile.Size().X).thinned(tile).Plot)
	}
	for len(plots[tiles.Rows-1]) < tiles.Cols {
		plots[tiles.Rows-1] = append(plots[tiles.Rows-1], nil)
	}
	for j, row := range plot.Align(plots, tiles, c) {
		for i, canvas := range row {
			if plots[j][i] != nil {
				plots[j][i].Draw(canvas)
			}
		}
	}
}

// In returns a copy of the figure in another style: figure.In(plot.OneColumn) for a paper. The copy
// has the width and the font sizes of the style, and fewer panels in a row if they would be too
// narrow. Its panels are copies that share the plotters.
func (f *Figure) In(s Style) *Figure {
	if f == nil {
		return nil
	}
	figure := *f
	across, down := f.grid()
	if across == 0 {
		return &figure // drawing it returns an error
	}
	width, height := (f.Width-gap)/vg.Length(across)-gap, (f.Height-f.head()-gap)/vg.Length(down)-gap
	shape := height / (width - f.beside())
	figure.Panels = make([]Panel, len(f.Panels))
	for i, p := range f.Panels {
		if p.Plot != nil {
			copied := *p.Plot
			s.letter(&copied)
			p.Plot = &copied
		}
		if p.Below != nil {
			copied := *p.Below
			s.letter(&copied)
			p.Below = &copied
		}
		figure.Panels[i] = p
	}
	figure.Width, figure.DPI = s.Width, s.DPI
	if s.AtMost {
		figure.Width = min(f.Width, s.Width)
	}
	least := s.MinPanel
	if shape < 0.8 || f.wide {
		least *= 1.6 // a panel of curves has a legend
	}
	panel := func() vg.Length { return (figure.Width-gap)/vg.Length(across) - gap }
	for across > 1 && !f.rows && !f.aligned && panel()-figure.beside() < least {
		across--
	}
	figure.Cols = across
	_, down = figure.grid()
	if f.heading > 0 {
		figure.heading = s.Title
	}
	figure.Height = vg.Length(down)*((panel()-figure.beside())*shape+gap) + gap + figure.head()
	return &figure
}

// AxisLabels sets the axis labels of every panel that shows a plane: figure.AxisLabels("pT (GeV)",
// "η"). An empty label leaves an axis as it is. It returns f.
func (f *Figure) AxisLabels(x, y string) *Figure {
	if f == nil {
		return nil
	}
	for _, p := range f.Panels {
		if p.Plot == nil || !p.Equal && !p.plane {
			continue
		}
		if x != "" {
			p.X.Label.Text = x
		}
		if y != "" {
			p.Y.Label.Text = y
		}
	}
	return f
}

// PNG returns the figure as a PNG image.
func (f *Figure) PNG() ([]byte, error) { return f.as("png") }

// SVG returns the figure as SVG. Text stays text; points and densities are embedded images.
func (f *Figure) SVG() ([]byte, error) { return f.as("svg") }

// as returns the figure in a format: "png", "svg" or "pdf".
func (f *Figure) as(format string) (content []byte, err error) {
	if f == nil {
		return nil, errors.New("plot: there must be a figure, got nil")
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("plot: %s can't be drawn: %v", f.Name, r)
		}
	}()
	if err := f.validate(); err != nil {
		return nil, err
	}
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch format {
	case "png":
		dpi := f.DPI
		if dpi == 0 {
			dpi = screenDPI
		}
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(dpi))}
	case "svg":
		canvas = vgsvg.New(f.Width, f.Height)
	case "pdf":
		canvas = pdfCanvas{vgpdf.New(f.Width, f.Height)}
	default:
		return nil, fmt.Errorf("plot: a figure can be saved as .png, .svg or .pdf, got %q", format)
	}
	f.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("plot: %s: %w", f.Name, err)
	}
	if format == "svg" {
		// vgsvg labels its PNG images image/jpg. Browsers accept that, other viewers don't. All PNG
		// files begin with these letters.
		return bytes.ReplaceAll(b.Bytes(), []byte("data:image/jpg;base64,iVBORw0KGgo"), []byte("data:image/png;base64,iVBORw0KGgo")), nil
	}
	return b.Bytes(), nil
}

// mostPixels limits the memory that a PNG takes.
const mostPixels = 1 << 28

// validate returns an error that says what is wrong if the figure can't be drawn.
func (f *Figure) validate() error {
	switch {
	case len(f.Panels) == 0:
		return fmt.Errorf("plot: figure %q has no panels", f.Name)
	case !(f.Width > 0 && f.Height > 0) || math.IsInf(float64(f.Width+f.Height), 0):
		return fmt.Errorf("plot: figure %q must have a finite size above 0, got %v by %v points", f.Name, f.Width, f.Height)
	case f.DPI < 0 || f.Width.Dots(float64(f.DPI))*f.Height.Dots(float64(f.DPI)) > mostPixels:
		return fmt.Errorf("plot: figure %q must have a DPI of at least 0 (which means %d) and at most %d pixels, got DPI %d", f.Name, screenDPI, mostPixels, f.DPI)
	}
	for i, p := range f.Panels {
		if p.Plot == nil {
			return fmt.Errorf("plot: panel %d of figure %q has no plot", i+1, f.Name)
		}
	}
	return nil
}

// Save writes the figure to a file. The extension sets the format: .png, .svg or .pdf. An existing
// file is replaced atomically.
func (f *Figure) Save(path string) error {
	content, err := f.as(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	if err != nil {
		return fmt.Errorf("%w (saving %s)", err, path)
	}
	if err := atomicfile.Write(path, content); err != nil {
		return fmt.Errorf("plot: saving %s: %w", path, err)
	}
	return nil
}
