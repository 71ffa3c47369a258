package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"

	"github.com/flowsforflows/flows/data"
)

// Bounds is a rectangle of the plane, in the data's units. The zero value stands for what holds the points.
type Bounds struct{ MinX, MaxX, MinY, MaxY float64 }

// apply makes the bounds a panel's range.
func (b Bounds) apply(p *plot.Plot) {
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = b.MinX, b.MaxX, b.MinY, b.MaxY
}

// validate errs unless the bounds are a rectangle.
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

// boundsOf is a square that holds all but the outermost 0.1% of the points on either side, with a margin: a straggler must
// not shrink the rest.
func boundsOf(sets ...data.Points) Bounds {
	minX, maxX, minY, maxY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range sets {
		xs, ys := []float64{}, []float64{}
		// A part of many points tells as much, taken with a stride that no order of theirs is likely to have.
		const enough, stride = 20_000, 7_368_787
		for k := range min(p.Len(), enough) {
			i := k
			if p.Len() > enough {
				i = k * stride % p.Len()
			}
			x, y := p.XY(i)
			xs, ys = append(xs, x), append(ys, y)
		}
		slices.Sort(xs)
		slices.Sort(ys)
		cut := len(xs) / 1000
		minX, maxX = math.Min(minX, xs[cut]), math.Max(maxX, xs[len(xs)-1-cut])
		minY, maxY = math.Min(minY, ys[cut]), math.Max(maxY, ys[len(ys)-1-cut])
	}
	half := math.Max(maxX-minX, maxY-minY) / 2 * 1.06
	if half == 0 {
		half = 1
	}
	midX, midY := (minX+maxX)/2, (minY+maxY)/2
	return Bounds{midX - half, midX + half, midY - half, midY + half}
}

// outside is what a title adds where points lie beyond the bounds.
func (b Bounds) outside(p data.Points) string {
	n := 0
	for i := range p.Len() {
		if x, y := p.XY(i); x < b.MinX || x > b.MaxX || y < b.MinY || y > b.MaxY {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.2g%% outside)", 100*float64(n)/float64(p.Len()))
}

// checkPoints errs unless there are points, all finite.
func checkPoints(name string, p data.Points) error {
	if p.Len() == 0 {
		return fmt.Errorf("plot: %s: there are no points to draw", name)
	}
	if err := p.CheckFinite(); err != nil {
		return fmt.Errorf("plot: %s: %w", name, err)
	}
	return nil
}
