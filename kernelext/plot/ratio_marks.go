package plot

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/f4f/metric"
)

// sampleRatios draws the ratios of a sample as dots with error bars, and arrows where they lie
// beyond the axis. Bins without truth are left out.
type sampleRatios struct {
	bins  []metric.RatioBin
	shift float64 // place within a bin, from 0 to 1
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (s sampleRatios) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, b := range s.bins {
		if math.IsNaN(b.Ratio) || b.Truth.Count == 0 && b.Sample.Count == 0 {
			continue
		}
		at := x(b.From + (b.To-b.From)*s.shift)
		if b.Ratio < p.Y.Min || b.Ratio > p.Y.Max {
			s.arrow(c, at, b.Ratio > p.Y.Max)
			continue
		}
		c.StrokeLine2(s.style, at, y(within(b.Ratio-b.Error, p.Y.Min, p.Y.Max)), at, y(within(b.Ratio+b.Error, p.Y.Min, p.Y.Max)))
		c.DrawGlyph(draw.GlyphStyle{Color: s.style.Color, Radius: vg.Points(1.4), Shape: draw.CircleGlyph{}}, vg.Point{X: at, Y: y(b.Ratio)})
	}
}

// arrow draws an arrowhead at the upper or lower end of the axis.
func (s sampleRatios) arrow(c draw.Canvas, at vg.Length, up bool) {
	tip, base := c.Min.Y, c.Min.Y+vg.Points(4)
	if up {
		tip, base = c.Max.Y, c.Max.Y-vg.Points(4)
	}
	c.FillPolygon(s.style.Color, []vg.Point{{X: at, Y: tip}, {X: at - vg.Points(1.8), Y: base}, {X: at + vg.Points(1.8), Y: base}})
}
