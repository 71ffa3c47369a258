package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/f4f/metric"
)

// mostCorrelated limits the figure of Correlations to cells in which numbers can be read.
const mostCorrelated = 24

// Correlations returns a heat map of a matrix of correlation coefficients, or of their differences,
// from 2 to 24 features. Each cell below the diagonal holds the value and its standard error. The
// colours run from −1 to 1, or for differences from minus to plus the largest one, at least 0.05.
// Correlations returns an error for another number of features, or if the matrix isn't square.
func Correlations(name string, m metric.CorrelationMatrix) (*Figure, error) {
	n := len(m.Names)
	if n < 2 || n > mostCorrelated {
		return nil, fmt.Errorf("plot: %s: a matrix of correlations must have from 2 to %d features, got %d: choose some with Columns", name, mostCorrelated, n)
	}
	most := 1.0
	if len(m.Cells) == n && m.Difference {
		_, _, largest := m.Largest()
		most = math.Max(math.Abs(largest.Value), 0.05)
	}
	for _, row := range m.Cells {
		if len(row) != n {
			n = -1
		}
	}
	if len(m.Cells) != n {
		return nil, fmt.Errorf("plot: %s: a matrix of correlations must be square, with a name for each of its features, got %d names and %d rows", name, len(m.Names), len(m.Cells))
	}
	bar := &ColourBar{Label: "correlation", Min: -most, Max: most, ColourMap: SignedColours, Scale: plot.LinearScale{}}
	if m.Difference {
		bar.Label = "difference of correlations"
	}
	panel := newPanel(name)
	panel.Add(cells{m, bar})
	panel.X.Min, panel.X.Max, panel.Y.Min, panel.Y.Max = 0, float64(n-1), 0, float64(n-1)
	var across, down []plot.Tick
	for j, feature := range m.Names {
		if feature == fmt.Sprint(j) {
			feature = "x" + subscript(j)
		}
		if j < n-1 {
			across = append(across, plot.Tick{Value: float64(j) + 0.5, Label: feature})
		}
		if j > 0 {
			down = append(down, plot.Tick{Value: float64(n-j) - 0.5, Label: feature})
		}
	}
	panel.X.Tick.Marker, panel.Y.Tick.Marker = plot.ConstantTicks(across), plot.ConstantTicks(down)
	panel.X.Tick.LineStyle.Width, panel.Y.Tick.LineStyle.Width = 0, 0
	panel.X.LineStyle.Width, panel.Y.LineStyle.Width = 0, 0
	if n > 6 { // names would overlap
		panel.X.Tick.Label.Rotation, panel.X.Tick.Label.XAlign, panel.X.Tick.Label.YAlign = math.Pi/4, draw.XRight, draw.YTop
	}
	side := min(Screen.Width, panelSide+vg.Length(max(n-5, 0))*0.45*vg.Inch)
	return newFigure(name, 1, side, side, Panel{Plot: panel, Equal: true, Bar: bar}), nil
}

// cells draws the part of a matrix below its diagonal, row 1 on top.
type cells struct {
	m   metric.CorrelationMatrix
	bar *ColourBar
}

// Plot implements plot.Plotter.
func (s cells) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := len(s.m.Names)
	for j := 1; j < n; j++ {
		for k := range j {
			cell := s.m.Cells[j][k]
			from, to := vg.Point{X: x(float64(k)), Y: y(float64(n - 1 - j))}, vg.Point{X: x(float64(k + 1)), Y: y(float64(n - j))}
			fill, value, deviation := color.RGBA{0xee, 0xee, 0xee, 0xff}, "–", ""
			if !math.IsNaN(cell.Value) {
				fill = s.bar.ColourMap(s.bar.Scale.Normalize(s.bar.Min, s.bar.Max, cell.Value))
				decimals := s.decimals()
				value, deviation = fmt.Sprintf("%+.*f", decimals, cell.Value), fmt.Sprintf("±%.*f", decimals, cell.Error)
				if zero := fmt.Sprintf("%.*f", decimals, 0.0); value[1:] == zero {
					value = zero
				}
			}
			c.FillPolygon(fill, []vg.Point{from, {X: from.X, Y: to.Y}, to, {X: to.X, Y: from.Y}})
			s.write(c, p, from, to, fill, value, deviation)
		}
	}
}

// decimals returns the number of decimals of all cells: 3 if some error is below 0.005, else 2.
func (s cells) decimals() int {
	for j := range s.m.Cells {
		for k := range j {
			if e := s.m.Cells[j][k].Error; e > 0 && e < 0.005 {
				return 3
			}
		}
	}
	if s.bar.Max < 0.5 {
		return 3
	}
	return 2
}

// write puts a value and its deviation into a cell, in letters that fit.
func (s cells) write(c draw.Canvas, p *plot.Plot, from, to vg.Point, fill color.RGBA, value, deviation string) {
	style := p.Y.Tick.Label
	style.Rotation, style.XAlign, style.YAlign = 0, draw.XCenter, draw.YCenter
	style.Color = ink
	if int(fill.R)*3+int(fill.G)*6+int(fill.B) < 1200 { // dark, by the weights of lightness
		style.Color = color.White
	}
	wide, high := to.X-from.X, to.Y-from.Y
	for style.Font.Size > 1 && (style.Width(value) > 0.9*wide || 2.4*style.Height(value) > high) {
		style.Font.Size -= 0.25
	}
	middle, away := vg.Point{X: (from.X + to.X) / 2, Y: (from.Y + to.Y) / 2}, 0.62*style.Height(value)
	if deviation == "" {
		c.FillText(style, middle, value)
		return
	}
	c.FillText(style, vg.Point{X: middle.X, Y: middle.Y + away}, value)
	style.Font.Size *= 0.85
	c.FillText(style, vg.Point{X: middle.X, Y: middle.Y - away}, deviation)
}
