package kernelext

import (
	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// Condition is a condition and its name in figures: {"15°", data.Point(15.0 / 45)}.
type Condition = plot.Condition

// Conditions returns the conditions of a path [K, C], such as a data.Line. format makes the name of
// each from its features: Conditions("c = %.2g", path).
func Conditions(format string, path data.Points) []Condition { return plot.Conditions(format, path) }

// Method makes points that should follow a conditional source at a given condition. Moved and
// Sampled return one.
type Method = plot.Method

// Moved returns the method that moves points x [N, D] from their conditions cx by a transport. cx
// is one condition for all points [1, C], or one for each [N, C].
func Moved(name string, t *f4f.Transport, x, cx data.Points) Method {
	return Method{Name: name, To: func(c data.Points) (data.Points, error) { return t.At(cx, c).Forward(x) }}
}

// Sampled returns the method that draws n new points from a density.
func Sampled(name string, d *f4f.Density, n int) Method {
	return Method{Name: name, To: func(c data.Points) (data.Points, error) { return d.At(c).Sample(n, shownSeed) }}
}

// PathFigure returns the colour-coded picture of points x [N, D] on their way through conditions
// (the paper's figure 7). Each method has a row: the points before, and under each condition. Every
// point has the colour of the place where it started, so a method must keep the order of the
// points. An error ends the cell.
func PathFigure(x data.Points, conditions []Condition, methods ...Method) *plot.Figure {
	return Must(plot.ConditionPaths(x, conditions, methods...))
}

// OutsideFigure shows what each method makes under each condition, and marks the points that lie
// outside the true distribution there (the paper's figure 6). Each method has a row, and each
// panel's title gives the share outside, in percent. The truth must have a known density; see
// metric.Outside. An error ends the cell.
func OutsideFigure(truth data.ConditionalSource, conditions []Condition, methods ...Method) *plot.Figure {
	return Must(plot.ConditionOutside(truth, conditions, methods...))
}
