package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SplineShape is the map from x to y that a layer applies to one feature while the other features
// are fixed, with the logarithm of its slope.
type SplineShape struct {
	Name     string    // legend entry, such as "at point 0"
	X        []float64 // ascending
	Y        []float64 // value of the map at each x
	LogSlope []float64 // log dy/dx, nats
}

// Splines returns a figure of a layer's splines, for debugging. It has a column for each feature,
// with all shapes of the feature in the same panels. The rows are y over x with the identity
// (dashed), the residual y − x, and the log-slope, which is the feature's contribution to the
// log-det. Vertical lines mark ±bound, beyond which splines are the identity; a bound of 0 draws
// none.
func Splines(name string, bound float64, features ...[]SplineShape) (*Figure, error) {
	if len(features) == 0 {
		return nil, fmt.Errorf("plot: %s: there must be the shapes of at least one feature, got none", name)
	}
	if !(bound >= 0) || math.IsInf(bound, 0) {
		return nil, fmt.Errorf("plot: %s: the bound must be positive and finite, or 0 for none, got %v", name, bound)
	}
	for j, shapes := range features {
		if len(shapes) == 0 {
			return nil, fmt.Errorf("plot: %s: feature %d has no shapes", name, j)
		}
		for _, s := range shapes {
			if err := s.check(); err != nil {
				return nil, fmt.Errorf("plot: %s: feature %d, %s: %w", name, j, s.Name, err)
			}
		}
	}
	var panels []Panel
	for row := range splineRows {
		for j, shapes := range features {
			panel := splinePanel(row, bound, shapes)
			if row == 0 {
				panel.Title.Text = fmt.Sprintf("%s, feature %d", name, j)
			}
			if j == 0 {
				panel.Y.Label.Text = splineRows[row].label
			}
			if row == len(splineRows)-1 {
				panel.X.Label.Text = "x"
			}
			panels = append(panels, Panel{Plot: panel})
		}
	}
	figure := newFigure(name, len(features), 3.2*vg.Inch, 2.1*vg.Inch, panels...)
	figure.aligned = true
	return figure, nil
}

// splineRows are the quantities that Splines draws, one per row.
var splineRows = []struct {
	label string
	value func(s SplineShape, i int) float64
}{
	{"y", func(s SplineShape, i int) float64 { return s.Y[i] }},
	{"y − x", func(s SplineShape, i int) float64 { return s.Y[i] - s.X[i] }},
	{"log dy/dx (nats)", func(s SplineShape, i int) float64 { return s.LogSlope[i] }},
}

// splinePanel returns the panel of a feature in one row.
func splinePanel(row int, bound float64, shapes []SplineShape) *plot.Plot {
	var curves []*plotter.Line
	reach := Bounds{math.Inf(1), math.Inf(-1), 0, 0}
	for k, s := range shapes {
		curve := make(plotter.XYs, len(s.X))
		for i := range curve {
			curve[i] = plotter.XY{X: s.X[i], Y: splineRows[row].value(s, i)}
			reach.MinY, reach.MaxY = math.Min(reach.MinY, curve[i].Y), math.Max(reach.MaxY, curve[i].Y)
		}
		reach.MinX, reach.MaxX = math.Min(reach.MinX, s.X[0]), math.Max(reach.MaxX, s.X[len(s.X)-1])
		curves = append(curves, &plotter.Line{XYs: curve, LineStyle: draw.LineStyle{Color: curveColour(k), Width: vg.Points(1)}})
	}
	bounds := reach.widened()
	bounds.MinX, bounds.MaxX = reach.MinX, reach.MaxX

	panel := newPanel("")
	identity := plotter.XYs{{X: bounds.MinX}, {X: bounds.MaxX}}
	if row == 0 {
		from, to := math.Max(bounds.MinX, bounds.MinY), math.Min(bounds.MaxX, bounds.MaxY)
		identity = plotter.XYs{{X: from, Y: from}, {X: to, Y: to}}
	}
	panel.Add(&plotter.Line{XYs: identity, LineStyle: draw.LineStyle{Color: ink, Width: vg.Points(0.6), Dashes: dashes}})
	for _, at := range []float64{-bound, bound} {
		if bound > 0 && at > bounds.MinX && at < bounds.MaxX {
			panel.Add(&plotter.Line{XYs: plotter.XYs{{X: at, Y: bounds.MinY}, {X: at, Y: bounds.MaxY}}, LineStyle: draw.LineStyle{Color: behind, Width: vg.Points(0.8)}})
		}
	}
	for k, curve := range curves {
		panel.Add(curve)
		if row == 0 && len(shapes) > 1 {
			panel.Legend.Add(shapes[k].Name, curve)
		}
	}
	panel.Legend.Top, panel.Legend.Left, panel.Legend.XOffs = true, true, vg.Points(4)
	if row == 0 && len(shapes) > 1 {
		bounds.MaxY += (bounds.MaxY - bounds.MinY) * 0.18 * float64(len(shapes)) // space for the legend above the curves
	}
	bounds.apply(panel)
	return panel
}

// check returns an error unless the shape is a finite curve over ascending x.
func (s SplineShape) check() error {
	if len(s.X) < 2 || len(s.Y) != len(s.X) || len(s.LogSlope) != len(s.X) {
		return fmt.Errorf("a shape must have at least 2 values of X, and as many of Y and LogSlope, got %d, %d and %d", len(s.X), len(s.Y), len(s.LogSlope))
	}
	for i, x := range s.X {
		for _, v := range []float64{x, s.Y[i], s.LogSlope[i]} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("a shape must be finite, got (%v, %v) with log-slope %v", x, s.Y[i], s.LogSlope[i])
			}
		}
		if i > 0 && x <= s.X[i-1] {
			return fmt.Errorf("the X of a shape must ascend, got %v after %v", x, s.X[i-1])
		}
	}
	return nil
}
