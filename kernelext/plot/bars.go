package plot

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bar is a value with the ends of its error bar.
type bar struct{ x, y, from, to float64 }

// bars draws values as dots with error bars.
type bars struct {
	values []bar
	style  draw.LineStyle
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, v := range b.values {
		c.StrokeLine2(b.style, x(v.x), y(v.from), x(v.x), y(v.to))
		c.DrawGlyph(draw.GlyphStyle{Color: b.style.Color, Radius: vg.Points(1.4), Shape: draw.CircleGlyph{}}, vg.Point{X: x(v.x), Y: y(v.y)})
	}
}
