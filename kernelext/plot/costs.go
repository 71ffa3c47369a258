package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/f4f/metric"
)

// MapScore is how well a map arrives and what it costs.
type MapScore struct {
	Name string          // legend entry
	KL   metric.Estimate // from the target to the map's image, in nats
	Cost metric.Cost     // mean squared distance moved, beside the least for the same images (metric.MapCost)
}

// Costs returns a figure of what maps of one distribution onto another cost, against how well they
// arrive: the KL on a logarithmic axis, and the mean squared distance that they move points. least
// is an estimate of the least cost of a map that arrives (metric.LeastCost), drawn as a dashed line in
// a band of its standard error: a map that arrives lies on it or above, up to the errors. One that
// doesn't arrive may lie below.
//
// From the mark of each map a line reaches down to the cost of the optimal assignment of the same
// points to the same images. Its length is what a better pairing would save: nothing for an optimal
// map. A KL that isn't above 0 is drawn at the left end.
//
// Costs returns an error if there are no maps or more than seven, or if a number isn't finite.
func Costs(name string, least metric.Estimate, maps ...MapScore) (*Figure, error) {
	if len(maps) == 0 || len(maps) > len(seriesGlyphs) {
		return nil, fmt.Errorf("plot: %s: there must be from 1 to %d maps, got %d", name, len(seriesGlyphs), len(maps))
	}
	low, high, top := math.Inf(1), 0.0, least.Value+least.Error
	for _, m := range maps {
		for _, v := range []float64{least.Value, least.Error, m.KL.Value, m.KL.Error, m.Cost.Map.Value, m.Cost.Map.Error, m.Cost.Assigned} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("plot: %s: the costs and the KL of a map must be finite, got %+v and a least cost of %v", name, m, least)
			}
		}
		if m.KL.Value > 0 {
			low, high = math.Min(low, m.KL.Value), math.Max(high, m.KL.Value)
		}
		top = math.Max(top, m.Cost.Map.Value+m.Cost.Map.Error)
	}
	if high == 0 {
		low, high = 0.001, 0.01 // no KL is above 0
	}
	low, high = low/1.5, high*1.5
	panel := newPanel(name)
	line := plotter.NewFunction(func(float64) float64 { return least.Value })
	line.Color, line.Width, line.Dashes = ink, vg.Points(1), dashes
	if least.Error > 0 {
		band, err := plotter.NewPolygon(plotter.XYs{
			{X: low, Y: least.Value - least.Error}, {X: high, Y: least.Value - least.Error}, {X: high, Y: least.Value + least.Error}, {X: low, Y: least.Value + least.Error},
		})
		if err != nil {
			return nil, fmt.Errorf("plot: %s: %w", name, err)
		}
		band.Color, band.LineStyle.Width = translucent(ink), 0
		panel.Add(band)
	}
	panel.Add(line)
	for i, m := range maps {
		glyph := seriesGlyphs[i]
		glyph.Radius = vg.Points(3.5)
		mark := costMark{GlyphStyle: glyph, kl: math.Max(m.KL.Value, low), klError: m.KL.Error, cost: m.Cost}
		panel.Add(mark)
		panel.Legend.Add(m.Name, mark)
	}
	panel.Legend.Add("least cost", line)
	panel.X.Min, panel.X.Max = low, high
	panel.X.Scale, panel.X.Tick.Marker = plot.LogScale{}, decades{}
	panel.X.Label.Text, panel.Y.Label.Text = "KL (nats)", "cost E|T(x) − x|²"
	if top <= 0 {
		top = 1
	}
	panel.Y.Min, panel.Y.Max = math.Min(0, least.Value-least.Error), top*(1.1+0.11*float64(len(maps)+1)) // space for the legend
	panel.Legend.Top = true
	return newFigure(name, 1, curvesWide, 1.2*curvesHigh, Panel{Plot: panel}), nil
}

// costMark is a plotter of one map: its mark, with the standard errors of both numbers, and its
// detour.
type costMark struct {
	draw.GlyphStyle
	kl, klError float64
	cost        metric.Cost
}

// Plot implements plot.Plotter.
func (m costMark) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	at := func(kl, cost float64) vg.Point { return vg.Point{X: toX(kl), Y: toY(cost)} }
	style := draw.LineStyle{Color: m.Color, Width: vg.Points(1)}
	join := func(a, b vg.Point) { c.StrokeLines(style, c.ClipLinesXY([]vg.Point{a, b})...) }
	mark, foot := at(m.kl, m.cost.Map.Value), at(m.kl, m.cost.Assigned)
	join(mark, foot)
	half := vg.Point{X: vg.Points(4)}
	join(foot.Sub(half), foot.Add(half))
	style.Width = vg.Points(0.5)
	join(at(math.Max(m.kl-m.klError, p.X.Min), m.cost.Map.Value), at(math.Min(m.kl+m.klError, p.X.Max), m.cost.Map.Value))
	join(at(m.kl, m.cost.Map.Value-m.cost.Map.Error), at(m.kl, m.cost.Map.Value+m.cost.Map.Error))
	c.DrawGlyph(m.GlyphStyle, mark)
}

// Thumbnail implements plot.Thumbnailer.
func (m costMark) Thumbnail(c *draw.Canvas) { c.DrawGlyph(m.GlyphStyle, c.Center()) }
