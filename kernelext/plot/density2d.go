package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// Density2D is a plotter of the density of points as a histogram image of square bins. The zero
// value draws nothing.
type Density2D struct {
	XYs     plotter.XYer // the points, such as data.Points
	Weights []float64    // of the points, one for each and not negative; none for equal ones
	Bins    int          // at most, along the longer axis; 0 for what suits the number of points
}

// Plot implements plot.Plotter. It panics, as plotters of gonum's do, when there are weights but
// not one for each point. Colours run with the root of the count, so that thin parts show beside
// thick ones, up to the 99.9th percentile of the bins that hold any: a bin that stands out must not
// darken all others.
func (d Density2D) Plot(c draw.Canvas, p *plot.Plot) {
	if d.XYs == nil {
		return
	}
	if n := len(d.Weights); n > 0 && n != d.XYs.Len() {
		panic(fmt.Sprintf("a density must have a weight for each of %d points, got %d", d.XYs.Len(), n))
	}
	r := newRaster(c, p)
	size := r.Rect.Max
	side := (max(size.X, size.Y) + d.bins() - 1) / d.bins() // pixels of a bin, a whole number
	across, down := (size.X+side-1)/side, (size.Y+side-1)/side
	counts := make([]float64, across*down)
	for k := range d.XYs.Len() {
		if i, j, ok := r.at(d.XYs.XY(k)); ok {
			weight := 1.0
			if len(d.Weights) > 0 {
				weight = d.Weights[k]
			}
			counts[j/side*across+i/side] += weight
		}
	}
	most := brightest(counts)
	for j := range size.Y {
		for i := range size.X {
			r.SetRGBA(i, j, heat(math.Sqrt(counts[j/side*across+i/side]/most)))
		}
	}
	r.drawOn(c)
}

// brightest is the count drawn in the brightest colour.
func brightest(counts []float64) float64 {
	var filled []float64
	for _, n := range counts {
		if n > 0 {
			filled = append(filled, n)
		}
	}
	if len(filled) == 0 {
		return 1
	}
	slices.Sort(filled)
	return filled[len(filled)-1-len(filled)/1000]
}

// bins gives a bin of an evenly filled plane some four points, between 30 and 300 bins.
func (d Density2D) bins() int {
	if d.Bins > 0 {
		return d.Bins
	}
	return max(30, min(300, int(math.Sqrt(float64(d.XYs.Len())/4))))
}

// DataRange implements plot.DataRanger.
func (d Density2D) DataRange() (xmin, xmax, ymin, ymax float64) { return dataRange(d.XYs) }
