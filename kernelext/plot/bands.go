package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Band is a plotter of the area between two curves, such as the ends of an interval. The zero value
// draws nothing.
type Band struct {
	Low, High plotter.XYs // the curves, from left to right; they need not have the same X
	Color     color.Color // nil means a light grey
}

// Plot implements plot.Plotter. What lies beyond the axes is cut off, infinite values too. Values
// that are NaN are left out.
func (b Band) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var outline []vg.Point
	add := func(v plotter.XY) {
		if !math.IsNaN(v.X) && !math.IsNaN(v.Y) {
			outline = append(outline, vg.Point{X: x(within(v.X, p.X.Min, p.X.Max)), Y: y(within(v.Y, p.Y.Min, p.Y.Max))})
		}
	}
	for _, v := range b.High {
		add(v)
	}
	for i := len(b.Low) - 1; i >= 0; i-- {
		add(b.Low[i])
	}
	if len(outline) > 2 {
		c.FillPolygon(b.fill(), outline)
	}
}

// within returns v, or the nearer end of a range that it lies outside of.
func within(v, least, most float64) float64 { return math.Max(least, math.Min(most, v)) }

func (b Band) fill() color.Color {
	if b.Color == nil {
		return behind
	}
	return b.Color
}

// DataRange implements plot.DataRanger.
func (b Band) DataRange() (xmin, xmax, ymin, ymax float64) {
	return plotter.XYRange(append(append(plotter.XYs{}, b.Low...), b.High...))
}

// Thumbnail implements plot.Thumbnailer.
func (b Band) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(b.fill(), []vg.Point{{X: c.Min.X, Y: c.Min.Y}, {X: c.Min.X, Y: c.Max.Y}, {X: c.Max.X, Y: c.Max.Y}, {X: c.Max.X, Y: c.Min.Y}})
}

// steps returns the outline of a histogram with these edges and values, of which it has one fewer.
func steps(edges, values []float64) plotter.XYs {
	outline := make(plotter.XYs, 0, 2*len(values))
	for i, v := range values {
		outline = append(outline, plotter.XY{X: edges[i], Y: v}, plotter.XY{X: edges[i+1], Y: v})
	}
	return outline
}

// translucent returns a colour that lets what lies behind shine through.
func translucent(c color.RGBA) color.Color { return color.NRGBA{c.R, c.G, c.B, 0x48} }

// banded is a line in the colour of a curve, with its band.
type banded struct {
	line *plotter.Line
	band Band
}

// newBanded returns curve number i of a figure. high may be nil for no band.
func newBanded(i int, middle, low, high plotter.XYs) banded {
	return banded{
		line: &plotter.Line{XYs: middle, LineStyle: draw.LineStyle{Color: curveColour(i), Width: vg.Points(1.3)}},
		band: Band{Low: low, High: high, Color: translucent(curveColour(i))},
	}
}

// Plot implements plot.Plotter.
func (b banded) Plot(c draw.Canvas, p *plot.Plot) {
	b.band.Plot(c, p)
	b.line.Plot(c, p)
}

// Thumbnail implements plot.Thumbnailer.
func (b banded) Thumbnail(c *draw.Canvas) {
	if len(b.band.High) > 0 {
		b.band.Thumbnail(c)
	}
	b.line.Thumbnail(c)
}

// reference returns a dashed line for what a figure compares with.
func reference(points plotter.XYs) *plotter.Line {
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: ink, Width: vg.Points(0.7), Dashes: dashes}}
}

// notes draws lines of text in the upper left corner of a plot.
type notes []string

// Plot implements plot.Plotter.
func (n notes) Plot(c draw.Canvas, p *plot.Plot) {
	style := p.Legend.TextStyle
	style.XAlign, style.YAlign = draw.XLeft, draw.YTop
	high := style.Height("0") * 1.35
	for i, line := range n {
		c.FillText(style, vg.Point{X: c.Min.X + vg.Points(6), Y: c.Max.Y - vg.Points(5) - vg.Length(i)*high}, line)
	}
}
