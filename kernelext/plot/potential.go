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

const (
	contourSide  = 120 // points along an axis of the grid on which a potential is evaluated
	contourSteps = 14  // contours of a potential
	contourRows  = 12  // grid cells along an axis, with at most one arrow each
)

// Potential returns a figure of a map of the plane that is the gradient of a convex function F, as
// a transport of one convex potential is; f returns F at points [N, 2]. It has four panels:
//
//	F                 its contours, in equal steps, over the points x [N, 2]
//	F(x) − |x|²/2     its contours, and arrows from points of x to their images, the same rows of y
//	input, images     the points x, and y in the colours of the places where they started
//
// The displacement y − x is the gradient of F(x) − |x|²/2, so the arrows set out at right angles to
// its contours, towards its higher values: from blue to red. Contours fill the box around the points;
// where it holds none, F is an extrapolation.
//
// Points should not be angles: on a circle there is no such F.
func Potential(name string, f func(data.Points) ([]float64, error), x, y data.Points) (*Figure, error) {
	if f == nil {
		return nil, fmt.Errorf("plot: %s: there must be a potential to draw, got nil", name)
	}
	for _, p := range []data.Points{x, y} {
		if err := checkPlane(name, p); err != nil {
			return nil, err
		}
	}
	if x.Len() != y.Len() {
		return nil, fmt.Errorf("plot: %s: y must have a row for each of %d points, got %d", name, x.Len(), y.Len())
	}
	from := boundsOf(x)
	convex, err := onContourGrid(name, f, from)
	if err != nil {
		return nil, err
	}
	moving := convex.minusQuadratic()
	arrows := Arrows{}
	for _, i := range spread(x, from, contourRows) {
		x0, y0 := x.XY(i)
		x1, y1 := y.XY(i)
		arrows.From, arrows.To = append(arrows.From, plotter.XY{X: x0, Y: y0}), append(arrows.To, plotter.XY{X: x1, Y: y1})
	}
	panel := newPanel("the potential F(x)")
	panel.Add(Cloud{XYs: x, Colours: shaded(x.Len(), behind)}, convex.contours(training))
	from.apply(panel)
	least, most := moving.levels()
	both := boundsOf(x, y)
	way := newPanel("F(x) − |x|²/2, and x → T(x)" + both.outside(y))
	if most > least {
		way.Add(HeatMap{Bounds: from, Side: contourSide, Values: moving.values, Min: least, Max: most, ColourMap: paleSigned, Scale: plot.LinearScale{}})
		way.Add(moving.contours(color.RGBA{0x99, 0x99, 0x99, 0xff}))
	}
	way.Add(arrows)
	both.apply(way)
	coded, err := colourCoded(x, []Output{{Name: "images", Points: y}})
	if err != nil {
		return nil, err
	}
	panels := append([]Panel{{Plot: panel, Equal: true, plane: true}, {Plot: way, Equal: true, plane: true}}, coded...)
	return newFigure(name, 2, panelSide, panelSide, panels...), nil
}

// paleSigned is SignedColours mixed with white, for what lines and arrows are drawn on.
func paleSigned(share float64) color.RGBA {
	c := SignedColours(share)
	pale := func(v uint8) uint8 { return 255 - (255-v)/2 }
	return color.RGBA{pale(c.R), pale(c.G), pale(c.B), 0xff}
}

// contourGrid holds values at the centres of the cells of a square grid, row by row from below. It
// is a plotter.GridXYZ.
type contourGrid struct {
	Bounds
	values []float64
}

// onContourGrid returns a function of the plane on a grid over the bounds.
func onContourGrid(name string, f func(data.Points) ([]float64, error), b Bounds) (contourGrid, error) {
	grid := contourGrid{Bounds: b}
	places := make([]float32, 0, 2*contourSide*contourSide)
	for j := range contourSide {
		for i := range contourSide {
			places = append(places, float32(grid.X(i)), float32(grid.Y(j)))
		}
	}
	points, err := data.NewPoints(2, places)
	if err == nil {
		grid.values, err = f(points)
	}
	if err != nil {
		return grid, fmt.Errorf("plot: %s: %w", name, err)
	}
	if len(grid.values) != points.Len() {
		return grid, fmt.Errorf("plot: %s: the potential must give a value for each of %d points, got %d", name, points.Len(), len(grid.values))
	}
	for i, v := range grid.values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return grid, fmt.Errorf("plot: %s: the potential must be finite; at %v it is %v", name, points.Row(i), v)
		}
	}
	return grid, nil
}

// Dims implements plotter.GridXYZ.
func (g contourGrid) Dims() (columns, rows int) { return contourSide, contourSide }

// Z implements plotter.GridXYZ.
func (g contourGrid) Z(i, j int) float64 { return g.values[j*contourSide+i] }

// X implements plotter.GridXYZ.
func (g contourGrid) X(i int) float64 {
	return g.MinX + (float64(i)+0.5)/contourSide*(g.MaxX-g.MinX)
}

// Y implements plotter.GridXYZ.
func (g contourGrid) Y(j int) float64 {
	return g.MinY + (float64(j)+0.5)/contourSide*(g.MaxY-g.MinY)
}

// minusQuadratic returns the grid without |x|²/2.
func (g contourGrid) minusQuadratic() contourGrid {
	rest := contourGrid{g.Bounds, make([]float64, len(g.values))}
	for k, v := range g.values {
		x, y := g.X(k%contourSide), g.Y(k/contourSide)
		rest.values[k] = v - (x*x+y*y)/2
	}
	return rest
}

// levels returns the least and the greatest value. They are equal where all values are the same but
// for rounding.
func (g contourGrid) levels() (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, v := range g.values {
		least, most = math.Min(least, v), math.Max(most, v)
	}
	if reach := math.Max(g.MaxX-g.MinX, g.MaxY-g.MinY); most-least < 1e-5*reach*reach {
		return least, least
	}
	return least, most
}

// contours returns the contours at equal steps between the least and the greatest value.
func (g contourGrid) contours(shade color.RGBA) *plotter.Contour {
	least, most := g.levels()
	levels := make([]float64, contourSteps)
	for k := range levels {
		levels[k] = least + (float64(k)+0.5)/contourSteps*(most-least)
	}
	contour := plotter.NewContour(g, levels, nil)
	contour.LineStyles = []draw.LineStyle{{Color: shade, Width: vg.Points(0.8)}}
	return contour
}
