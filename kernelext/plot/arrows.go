package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/data"
)

// mostArrows is the number of grid cells along an axis; a displacement has at most one arrow per
// cell.
const mostArrows = 16

// Displacement returns a figure of where a map takes points of the plane: arrows from x [N, 2] to y
// [N, 2], row by row, coloured by their length. Arrows are drawn for the points nearest to the
// centres of the cells of a grid, so that they are spread evenly over the points. Weights don't
// count. An angle (data.Points.WithPeriod) goes the shorter way around the circle: an arrow that
// leaves at one end of its axis comes in at the other.
func Displacement(name string, x, y data.Points) (*Figure, error) {
	for _, p := range []data.Points{x, y} {
		if err := checkPlane(name, p); err != nil {
			return nil, err
		}
	}
	if x.Len() != y.Len() {
		return nil, fmt.Errorf("plot: %s: y must have a row for each of %d points, got %d", name, x.Len(), y.Len())
	}
	axes, both, err := planeOf(name, x, y)
	if err != nil {
		return nil, err
	}
	x, y = both[0], both[1]
	from, _, err := planeOf(name, x)
	if err != nil {
		return nil, err
	}
	arrows := Arrows{}
	longest := 0.0
	for _, i := range spread(x, from.Bounds, mostArrows) {
		x0, y0 := x.XY(i)
		x1, y1 := y.XY(i)
		axes.arrow(&arrows, plotter.XY{X: x0, Y: y0}, plotter.XY{X: x1, Y: y1})
	}
	for i := range arrows.From {
		longest = math.Max(longest, math.Hypot(arrows.To[i].X-arrows.From[i].X, arrows.To[i].Y-arrows.From[i].Y))
	}
	if longest == 0 {
		longest = 1
	}
	for i := range arrows.From {
		length := math.Hypot(arrows.To[i].X-arrows.From[i].X, arrows.To[i].Y-arrows.From[i].Y)
		arrows.Colours = append(arrows.Colours, lengthColours(length/longest))
	}
	panel := newPanel(name + axes.outside(y))
	panel.Add(Cloud{XYs: y, Colours: shaded(y.Len(), behind)}, arrows)
	bar := &ColourBar{Label: "displacement (units of the axes)", Max: longest, ColourMap: lengthColours}
	drawn := axes.panel(panel)
	drawn.Bar = bar
	return newFigure(name, 1, panelSide, panelSide, drawn), nil
}

// lengthColours returns DensityColours without the lightest ones, which would be hard to see on
// white.
func lengthColours(share float64) color.RGBA { return DensityColours(0.05 + 0.75*share) }

// spread divides the bounds into a grid of side×side cells. It returns, in the order of the cells,
// the row of the point nearest to the centre of each cell that has a point.
func spread(p data.Points, b Bounds, side int) []int {
	nearest := make([]int, side*side)
	distance := make([]float64, side*side)
	for i := range nearest {
		nearest[i], distance[i] = -1, math.Inf(1)
	}
	for k := range p.Len() {
		x, y := p.XY(k)
		if !b.holds(x, y) {
			continue
		}
		u, v := (x-b.MinX)/(b.MaxX-b.MinX)*float64(side), (y-b.MinY)/(b.MaxY-b.MinY)*float64(side)
		i, j := min(int(u), side-1), min(int(v), side-1)
		if d := math.Hypot(u-float64(i)-0.5, v-float64(j)-0.5); d < distance[j*side+i] {
			nearest[j*side+i], distance[j*side+i] = k, d
		}
	}
	var rows []int
	for _, k := range nearest {
		if k >= 0 {
			rows = append(rows, k)
		}
	}
	return rows
}

// Arrows is a plotter of arrows between points of the plot: lines with a head. An arrow that leaves
// the axes is clipped and loses its head. The zero value draws nothing.
type Arrows struct {
	From, To plotter.XYs  // start and end of each arrow, of equal length
	Colours  []color.RGBA // a colour for each arrow; none for dark grey
	Width    vg.Length    // line width; 0 means 0.7 points
}

// Plot implements plot.Plotter. Like gonum's plotters it panics if the fields contradict each
// other; a Figure turns the panic into an error.
func (a Arrows) Plot(c draw.Canvas, p *plot.Plot) {
	if n := len(a.From); len(a.To) != n || len(a.Colours) > 0 && len(a.Colours) != n {
		panic(fmt.Sprintf("arrows must have a start, an end and a colour each, got %d, %d and %d", n, len(a.To), len(a.Colours)))
	}
	width := a.Width
	if width == 0 {
		width = vg.Points(0.7)
	}
	toX, toY := p.Transforms(&c)
	for i := range a.From {
		from := vg.Point{X: toX(a.From[i].X), Y: toY(a.From[i].Y)}
		to := vg.Point{X: toX(a.To[i].X), Y: toY(a.To[i].Y)}
		shade := ink
		if len(a.Colours) > 0 {
			shade = a.Colours[i]
		}
		way := to.Sub(from)
		length := vg.Length(math.Hypot(float64(way.X), float64(way.Y)))
		if length < width {
			c.DrawGlyph(draw.GlyphStyle{Color: shade, Radius: width, Shape: draw.CircleGlyph{}}, from) // a point that doesn't move is drawn as a dot
			continue
		}
		head := min(5*width, length/2) // short arrows have a smaller head
		along := vg.Point{X: way.X / length, Y: way.Y / length}
		neck := vg.Point{X: to.X - along.X*head, Y: to.Y - along.Y*head}
		c.StrokeLines(draw.LineStyle{Color: shade, Width: width}, c.ClipLinesXY([]vg.Point{from, neck})...)
		if c.Contains(to) {
			side := vg.Point{X: -along.Y * head * 0.45, Y: along.X * head * 0.45}
			c.FillPolygon(shade, []vg.Point{to, neck.Add(side), neck.Sub(side)})
		}
	}
}

// DataRange implements plot.DataRanger.
func (a Arrows) DataRange() (xmin, xmax, ymin, ymax float64) {
	return plotter.XYRange(append(append(plotter.XYs{}, a.From...), a.To...))
}
