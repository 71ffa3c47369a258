package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/data"
)

// Map takes points [N, D] to points [N, D], such as the Forward method of a transport.
type Map func(data.Points) (data.Points, error)

const (
	latticeLines = 25  // lines per direction
	latticeSteps = 240 // segments per line
)

// Deformation returns a figure of how a map deforms the plane: a lattice over the points x [N, 2],
// and the same lattice after the map, each drawn over the points. Lines of constant x are blue,
// lines of constant y vermilion. Only where there are points does the lattice show what was
// learned; elsewhere the map is arbitrary.
func Deformation(name string, f Map, x data.Points) (*Figure, error) {
	if err := checkPlane(name, x); err != nil {
		return nil, err
	}
	y, err := applied(name, f, x)
	if err != nil {
		return nil, err
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
	before := NewLattice(from.Bounds, latticeLines)
	after, err := before.Through(f)
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, name)
	}
	var panels []Panel
	for _, side := range []struct {
		title   string
		points  data.Points
		lattice Lattice
	}{{"input", x, before}, {name, y, after}} {
		panel := newPanel(side.title + axes.outside(side.points))
		panel.Add(Cloud{XYs: side.points, Colours: shaded(side.points.Len(), behind)}, side.lattice.around(axes))
		panels = append(panels, axes.panel(panel))
	}
	return newFigure(name, 2, panelSide, panelSide, panels...), nil
}

// applied applies a map to points and checks the result.
func applied(name string, f Map, x data.Points) (data.Points, error) {
	if f == nil {
		return data.Points{}, fmt.Errorf("plot: %s: there must be a map to draw, got nil", name)
	}
	y, err := f(x)
	if err != nil {
		return data.Points{}, fmt.Errorf("plot: %s: %w", name, err)
	}
	if y.Len() != x.Len() || y.Dim() != x.Dim() {
		return data.Points{}, fmt.Errorf("plot: %s: the map must give a point of %d features for each of %d, got %v", name, x.Dim(), x.Len(), y)
	}
	return y, checkPoints(name, y)
}

// checkPlane returns an error unless there are points, all finite, of two features.
func checkPlane(name string, x data.Points) error {
	if err := checkPoints(name, x); err != nil {
		return err
	}
	if x.Dim() != 2 {
		return fmt.Errorf("plot: %s: points must have 2 features, got %d", name, x.Dim())
	}
	return nil
}

// Lattice is a plotter of two families of lines, clipped to the axes. NewLattice makes a straight
// lattice; the zero value draws nothing.
type Lattice struct {
	Vertical, Horizontal []plotter.XYs // lines that had constant x, or constant y, before a map
}

// NewLattice returns a lattice of the given number of lines in each direction, evenly spaced over
// the bounds.
func NewLattice(b Bounds, lines int) Lattice {
	var l Lattice
	for i := range lines {
		at := float64(i) / math.Max(1, float64(lines-1))
		up, level := make(plotter.XYs, latticeSteps+1), make(plotter.XYs, latticeSteps+1)
		for k := range up {
			along := float64(k) / latticeSteps
			up[k] = plotter.XY{X: b.MinX + at*(b.MaxX-b.MinX), Y: b.MinY + along*(b.MaxY-b.MinY)}
			level[k] = plotter.XY{X: b.MinX + along*(b.MaxX-b.MinX), Y: b.MinY + at*(b.MaxY-b.MinY)}
		}
		l.Vertical, l.Horizontal = append(l.Vertical, up), append(l.Horizontal, level)
	}
	return l
}

// Through returns the lattice after a map.
func (l Lattice) Through(f Map) (Lattice, error) {
	var values []float32
	for _, family := range [][]plotter.XYs{l.Vertical, l.Horizontal} {
		for _, line := range family {
			for _, p := range line {
				values = append(values, float32(p.X), float32(p.Y))
			}
		}
	}
	x, err := data.NewPoints(2, values)
	if err != nil {
		return Lattice{}, fmt.Errorf("plot: lattice: %w", err)
	}
	y, err := applied("lattice", f, x)
	if err != nil {
		return Lattice{}, err
	}
	next := 0
	bent := func(family []plotter.XYs) (lines []plotter.XYs) {
		for _, line := range family {
			there := make(plotter.XYs, len(line))
			for k := range there {
				there[k].X, there[k].Y = y.XY(next)
				next++
			}
			lines = append(lines, there)
		}
		return lines
	}
	return Lattice{Vertical: bent(l.Vertical), Horizontal: bent(l.Horizontal)}, nil
}

// around returns the lattice as it is drawn on axes of which some may be angles.
func (l Lattice) around(axes plane) (drawn Lattice) {
	for _, line := range l.Vertical {
		drawn.Vertical = append(drawn.Vertical, axes.copies(line)...)
	}
	for _, line := range l.Horizontal {
		drawn.Horizontal = append(drawn.Horizontal, axes.copies(line)...)
	}
	return drawn
}

// Plot implements plot.Plotter.
func (l Lattice) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	for i, family := range [][]plotter.XYs{l.Vertical, l.Horizontal} {
		style := draw.LineStyle{Color: curveColour(i), Width: vg.Points(0.6)}
		for _, line := range family {
			path := make([]vg.Point, len(line))
			for k, at := range line {
				path[k] = vg.Point{X: toX(at.X), Y: toY(at.Y)}
			}
			c.StrokeLines(style, c.ClipLinesXY(path)...)
		}
	}
}
