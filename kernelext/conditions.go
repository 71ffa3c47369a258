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
