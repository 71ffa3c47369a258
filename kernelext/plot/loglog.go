package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is a named set of marks for the figure of LogLog.
type Series struct {
	Name string      // legend entry
	XYs  plotter.XYs // coordinates, above 0
}

// seriesGlyphs are the marks of successive series: Okabe and Ito's colours, which can be told apart
// with every kind of colour vision, and shapes for print in greyscale.
var seriesGlyphs = []draw.GlyphStyle{
	{Color: color.RGBA{0x00, 0x72, 0xb2, 0xff}, Shape: draw.CircleGlyph{}},
	{Color: color.RGBA{0xd5, 0x5e, 0x00, 0xff}, Shape: draw.BoxGlyph{}},
	{Color: color.RGBA{0x00, 0x9e, 0x73, 0xff}, Shape: draw.PyramidGlyph{}},
	{Color: color.RGBA{0xcc, 0x79, 0xa7, 0xff}, Shape: draw.RingGlyph{}},
	{Color: color.RGBA{0xe6, 0x9f, 0x00, 0xff}, Shape: draw.SquareGlyph{}},
	{Color: color.RGBA{0x56, 0xb4, 0xe9, 0xff}, Shape: draw.TriangleGlyph{}},
	{Color: color.RGBA{0x00, 0x00, 0x00, 0xff}, Shape: draw.CrossGlyph{}},
}

// LogLog returns a scatter plot of up to seven series on logarithmic axes with the labels x and y,
// such as two measures of several methods.
func LogLog(name, x, y string, series ...Series) (*Figure, error) {
	if len(series) == 0 || len(series) > len(seriesGlyphs) {
		return nil, fmt.Errorf("plot: %s: there must be from 1 to %d series, got %d", name, len(seriesGlyphs), len(series))
	}
	panel := newPanel(name)
	least, most := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{}
	for i, s := range series {
		if len(s.XYs) == 0 {
			return nil, fmt.Errorf("plot: %s: series %q has no marks", name, s.Name)
		}
		for _, m := range s.XYs {
			for axis, v := range [2]float64{m.X, m.Y} {
				if !(v > 0) || math.IsInf(v, 0) {
					return nil, fmt.Errorf("plot: %s: marks on logarithmic axes must be above 0 and finite, got (%v, %v) in series %q", name, m.X, m.Y, s.Name)
				}
				least[axis], most[axis] = math.Min(least[axis], v), math.Max(most[axis], v)
			}
		}
		glyph := seriesGlyphs[i]
		glyph.Radius = vg.Points(3)
		marks := &plotter.Scatter{XYs: s.XYs, GlyphStyle: glyph}
		panel.Add(marks)
		panel.Legend.Add(s.Name, marks)
	}
	for axis, a := range [2]*plot.Axis{&panel.X, &panel.Y} {
		a.Min, a.Max = least[axis]/1.3, most[axis]*1.3
		a.Scale, a.Tick.Marker = plot.LogScale{}, decades{}
	}
	panel.X.Label.Text, panel.Y.Label.Text = x, y
	panel.Y.Max *= math.Pow(panel.Y.Max/panel.Y.Min, 0.05*float64(len(series))) // space for the legend
	panel.Legend.Top = true
	return newFigure(name, 1, 1.3*curvesWide, 1.5*curvesHigh, Panel{Plot: panel}), nil
}

// decades is a plot.Ticker for a logarithmic axis: 1, 2 and 5 times each power of ten, or the
// powers of ten alone over more than four decades.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(least, most float64) []plot.Tick {
	steps := []float64{1, 2, 5}
	if most/least > 1e4 {
		steps = steps[:1]
	}
	var marks []plot.Tick
	for exponent := math.Floor(math.Log10(least)); math.Pow(10, exponent) <= most; exponent++ {
		for _, s := range steps {
			if v := s * math.Pow(10, exponent); v >= least && v <= most {
				marks = append(marks, plot.Tick{Value: v, Label: fmt.Sprintf("%.6g", v)})
			}
		}
	}
	return marks
}

// powers is a plot.Ticker for a linear axis of logarithms to base 10: the ticks of decades. (On an
// axis with plot.LogScale, gonum leaves room for a long label in the wrong place.)
type powers struct{}

// Ticks implements plot.Ticker.
func (powers) Ticks(least, most float64) []plot.Tick {
	marks := decades{}.Ticks(math.Pow(10, least), math.Pow(10, most))
	for i := range marks {
		marks[i].Value = math.Log10(marks[i].Value)
	}
	return marks
}
