package kernelext

import (
	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// Condition is a condition and what figures call it: {"15°", data.Point(15.0 / 45)}.
type Condition = plot.Condition

// Conditions are those of a path [K, C], such as a data.Line, each called by its features as format
// says: Conditions("c = %.2g", path).
func Conditions(format string, path data.Points) []Condition { return plot.Conditions(format, path) }

// Method is a way to points that should be distributed as a conditional source is at a condition.
// Moved and Sampled make one.
type Method = plot.Method

// Moved is the method that moves points x [N, D] from their conditions cx, one for all or one for
// each, by a transport.
func Moved(name string, t *f4f.Transport, x, cx data.Points) Method {
	return Method{Name: name, To: func(c data.Points) (data.Points, error) { return t.At(cx, c).Forward(x) }}
}

// Sampled is the method that draws n points of a density afresh.
func Sampled(name string, d *f4f.Density, n int) Method {
	return Method{Name: name, To: func(c data.Points) (data.Points, error) { return d.At(c).Sample(n, shownSeed) }}
}
