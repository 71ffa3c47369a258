package plot

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// Density2D is a plotter of the density of points as a histogram image of square bins.
type Density2D struct {
	XYs  plotter.XYer
	Bins int // along the longer axis; 0 for what suits the number of points
}

// Plot implements plot.Plotter. Colours run with the root of the count, so that thin parts show beside thick ones.
func (d Density2D) Plot(c draw.Canvas, p *plot.Plot) {
	r := newRaster(c, p)
	bounds := r.Bounds().Size()
	bins := d.bins()
	side := max(1, max(bounds.X, bounds.Y)/bins) // pixels of a bin
	across, down := (bounds.X+side-1)/side, (bounds.Y+side-1)/side
	counts := make([]float64, across*down)
	most := 0.0
	for k := range d.XYs.Len() {
		if i, j, ok := r.at(d.XYs.XY(k)); ok {
			at := j/side*across + i/side
			counts[at]++
			most = math.Max(most, counts[at])
		}
	}
	for j := range bounds.Y {
		for i := range bounds.X {
			r.SetRGBA(i, j, heat(math.Sqrt(counts[j/side*across+i/side]/math.Max(most, 1))))
		}
	}
	r.drawOn(c)
}

// bins gives a bin of an evenly filled plane some seven points, between 30 and 300 bins.
func (d Density2D) bins() int {
	if d.Bins > 0 {
		return d.Bins
	}
	return max(30, min(300, int(math.Sqrt(float64(d.XYs.Len())/7))))
}

// DataRange implements plot.DataRanger.
func (d Density2D) DataRange() (xmin, xmax, ymin, ymax float64) { return plotter.XYRange(d.XYs) }

// Heat is a plotter of values on a grid that covers the plot, as a smooth image; package gonum/plot/plotter has one for palettes.
type Heat struct {
	Bounds Bounds
	Side   int       // the grid is Side by Side, at the middles of its cells
	Values []float64 // row by row from below; colours run from 0 to the largest
}

// Plot implements plot.Plotter.
func (h Heat) Plot(c draw.Canvas, p *plot.Plot) {
	r := newRaster(c, p)
	most := 0.0
	for _, v := range h.Values {
		if !math.IsInf(v, 0) {
			most = math.Max(most, v)
		}
	}
	size := r.Bounds().Size()
	for j := range size.Y {
		for i := range size.X {
			x := r.minX + (float64(i)+0.5)/float64(size.X)*(r.maxX-r.minX)
			y := r.maxY - (float64(j)+0.5)/float64(size.Y)*(r.maxY-r.minY)
			r.SetRGBA(i, j, heat(math.Sqrt(h.value(x, y)/math.Max(most, math.SmallestNonzeroFloat64))))
		}
	}
	r.drawOn(c)
}

// value is the grid's value at a place, between its four neighbours.
func (h Heat) value(x, y float64) float64 {
	place := func(v, least, most float64) (int, float64) {
		at := math.Max(0, math.Min((v-least)/(most-least)*float64(h.Side)-0.5, float64(h.Side-1)))
		i := min(int(at), h.Side-2)
		return i, at - float64(i)
	}
	i, u := place(x, h.Bounds.MinX, h.Bounds.MaxX)
	j, v := place(y, h.Bounds.MinY, h.Bounds.MaxY)
	row := func(j int) float64 { return h.Values[j*h.Side+i]*(1-u) + h.Values[j*h.Side+i+1]*u }
	return row(j)*(1-v) + row(j+1)*v
}

// DataRange implements plot.DataRanger.
func (h Heat) DataRange() (xmin, xmax, ymin, ymax float64) {
	return h.Bounds.MinX, h.Bounds.MaxX, h.Bounds.MinY, h.Bounds.MaxY
}
