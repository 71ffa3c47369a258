package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
)

// Bounds is the rectangle of the plane from (MinX, MinY) to (MaxX, MaxY), in the data's units.
type Bounds struct{ MinX, MaxX, MinY, MaxY float64 }

// apply sets the axis ranges of a panel to the bounds.
func (b Bounds) apply(p *plot.Plot) {
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = b.MinX, b.MaxX, b.MinY, b.MaxY
}

func (b Bounds) holds(x, y float64) bool {
	return x >= b.MinX && x <= b.MaxX && y >= b.MinY && y <= b.MaxY
}

// validate returns an error unless the bounds are finite and span a rectangle.
func (b Bounds) validate() error {
	for _, v := range []float64{b.MinX, b.MaxX, b.MinY, b.MaxY} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("plot: bounds must be finite, got %+v", b)
		}
	}
	if b.MinX >= b.MaxX || b.MinY >= b.MaxY {
		return fmt.Errorf("plot: bounds must be wider and higher than 0, got %+v", b)
	}
	return nil
}

// boundsOf returns a square, with a margin, that holds the points of all sets. If outliers would
// shrink the rest, they are left out; see core.
func boundsOf(sets ...data.Points) Bounds {
	b := coreOf(sets...)
	half := math.Max(b.MaxX-b.MinX, b.MaxY-b.MinY) / 2 * 1.05
	midX, midY := (b.MinX+b.MaxX)/2, (b.MinY+b.MaxY)/2
	// A single point needs some width too, which must not vanish next to a large coordinate.
	half = math.Max(half, math.Max(math.Abs(midX), math.Abs(midY))*1e-6)
	if half == 0 {
		half = 1
	}
	return Bounds{midX - half, midX + half, midY - half, midY + half}
}

// rangesOf returns a rectangle around the points of all sets, with a separate range for each axis.
func rangesOf(sets ...data.Points) Bounds { return coreOf(sets...).widened() }

// coreOf returns the ranges of the first two features over all sets, without outliers; see core.
func coreOf(sets ...data.Points) Bounds {
	b := Bounds{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, p := range sets {
		x0, x1 := core(p.Len(), func(i int) float64 { x, _ := p.XY(i); return x })
		y0, y1 := core(p.Len(), func(i int) float64 { _, y := p.XY(i); return y })
		b.MinX, b.MaxX = math.Min(b.MinX, x0), math.Max(b.MaxX, x1)
		b.MinY, b.MaxY = math.Min(b.MinY, y0), math.Max(b.MaxY, y1)
	}
	return b
}

// widened returns the bounds with a margin, and with some width if they have none.
func (b Bounds) widened() Bounds {
	widen := func(least, most float64) (float64, float64) {
		margin := math.Max((most-least)*0.025, math.Max(math.Abs(least), math.Abs(most))*1e-6)
		if margin == 0 {
			margin = 1
		}
		return least - margin, most + margin
	}
	b.MinX, b.MaxX = widen(b.MinX, b.MaxX)
	b.MinY, b.MaxY = widen(b.MinY, b.MaxY)
	return b
}

// core returns the range of n values. At each end it leaves out the outermost 0.1% of them, if
// those would extend the range by more than 15% of the range of the rest.
func core(n int, value func(int) float64) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for i := range n {
		v := value(i)
		least, most = math.Min(least, v), math.Max(most, v)
	}
	some := someSorted(n, value)
	cut := len(some) / 1000
	first, last := some[cut], some[len(some)-1-cut]
	if width := 0.15 * (last - first); width > 0 {
		if least < first-width {
			least = first - width
		}
		if most > last+width {
			most = last + width
		}
	}
	return least, most
}

// someSorted returns n values in ascending order, or some of them if there are many.
func someSorted(n int, value func(int) float64) []float64 {
	// Quantiles of 20,000 values are exact enough. The stride is a large prime, so that the choice
	// doesn't follow a pattern in the order of the values.
	const enough, stride = 20_000, 7_368_787
	some := make([]float64, min(n, enough))
	for k := range some {
		i := k
		if n > enough {
			i = k * stride % n
		}
		some[k] = value(i)
	}
	slices.Sort(some)
	return some
}

// outside returns the text that a title adds if points lie outside the bounds: how many, or "".
func (b Bounds) outside(p plotter.XYer) string {
	n := 0
	for i := range p.Len() {
		if !b.holds(p.XY(i)) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d not shown)", n)
}

// checkPoints returns an error unless there are points, all finite.
func checkPoints(name string, p data.Points) error {
	if p.Len() == 0 {
		return fmt.Errorf("plot: %s: there are no points to draw", name)
	}
	if err := p.CheckFinite(); err != nil {
		return fmt.Errorf("plot: %s: %w", name, err)
	}
	return nil
}
