package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/flowsforflows/flows/data"
)

// Histogram2D is a plotter of the density of points: a histogram image with square bins. The zero
// value draws nothing.
type Histogram2D struct {
	XYs     plotter.XYer // the points, such as data.Points
	Weights []float64    // a weight for each point; none means those of the points if XYs are data.Points, or equal ones
	Bins    int          // largest number of bins along the longer axis; 0 chooses one by the number of points
}

// Plot implements plot.Plotter. Colours follow the square root of the count, so that regions of low
// density remain visible. The brightest colour is that of the 99.9th percentile of the bins that
// aren't empty, so that a single full bin doesn't darken the others. A bin that negative weights
// leave below 0 looks empty. Like gonum's plotters Plot panics if there are weights but not one for
// each point.
func (d Histogram2D) Plot(c draw.Canvas, p *plot.Plot) {
	if d.XYs == nil {
		return
	}
	if p, ok := d.XYs.(data.Points); ok && len(d.Weights) == 0 && p.Weighted() {
		d.Weights = p.Weights()
	}
	if n := len(d.Weights); n > 0 && n != d.XYs.Len() {
		panic(fmt.Sprintf("a Histogram2D must have a weight for each of %d points, got %d", d.XYs.Len(), n))
	}
	r := newRaster(c, p)
	size := r.Rect.Max
	side := (max(size.X, size.Y) + d.bins() - 1) / d.bins() // whole pixels per bin
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
			r.SetRGBA(i, j, heat(math.Sqrt(max(counts[j/side*across+i/side], 0)/most)))
		}
	}
	r.drawOn(c)
}

// brightest returns the count that has the brightest colour.
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

// bins returns the number of bins: about four points per bin if they fill the plane evenly, from 30
// to 300 bins.
func (d Histogram2D) bins() int {
	if d.Bins > 0 {
		return d.Bins
	}
	return max(30, min(300, int(math.Sqrt(float64(d.XYs.Len())/4))))
}

// DataRange implements plot.DataRanger.
func (d Histogram2D) DataRange() (xmin, xmax, ymin, ymax float64) { return dataRange(d.XYs) }
