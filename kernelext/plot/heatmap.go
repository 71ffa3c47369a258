package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
)

// HeatMap is a plotter of values on a grid, interpolated to a smooth image, on linear axes.
// (gonum's plotter.HeatMap draws separate cells.) The zero value draws nothing.
type HeatMap struct {
	Bounds Bounds    // area of the grid; nothing is drawn outside it
	Side   int       // the grid has Side×Side cells; at least 2
	Values []float64 // [Side·Side], at the centres of the cells, row by row from below; finite
	// Min and Max are the values at the ends of the colour map. If both are 0, Max is the largest
	// value.
	Min, Max  float64
	ColourMap ColourMap       // nil means DensityColours
	Scale     plot.Normalizer // maps values to the colour map's range 0…1; nil means the square root, which keeps low densities visible
}

// Plot implements plot.Plotter. Like gonum's plotters it panics if the fields contradict each
// other; a Figure turns the panic into an error.
func (h HeatMap) Plot(c draw.Canvas, p *plot.Plot) {
	if h.Side == 0 && len(h.Values) == 0 {
		return
	}
	if err := h.validate(); err != nil {
		panic(err)
	}
	bar := h.Bar("")
	r := newRaster(c, p)
	size := r.Rect.Max
	for j := range size.Y {
		for i := range size.X {
			x, y := r.value(i, j)
			if h.Bounds.holds(r.near(x, y)) {
				r.SetRGBA(i, j, bar.ColourMap(bar.Scale.Normalize(bar.Min, bar.Max, h.value(x, y))))
			}
		}
	}
	r.drawOn(c)
}

// Bar returns a colour bar for the image.
func (h HeatMap) Bar(label string) *ColourBar {
	bar := &ColourBar{Label: label, Min: h.Min, Max: h.Max, ColourMap: h.ColourMap, Scale: h.Scale}
	if bar.Min == 0 && bar.Max == 0 {
		bar.Max = math.SmallestNonzeroFloat64
		for _, v := range h.Values {
			bar.Max = math.Max(bar.Max, v)
		}
	}
	if bar.ColourMap == nil {
		bar.ColourMap = DensityColours
	}
	if bar.Scale == nil {
		bar.Scale = rootScale{}
	}
	return bar
}

// near moves coordinates outside the axes to the nearest end of the axes. A pixel at the edge may
// have its centre outside.
func (r *raster) near(x, y float64) (float64, float64) {
	return math.Max(r.plot.X.Min, math.Min(r.plot.X.Max, x)), math.Max(r.plot.Y.Min, math.Min(r.plot.Y.Max, y))
}

func (h HeatMap) validate() error {
	if h.Side < 2 || len(h.Values) != h.Side*h.Side {
		return fmt.Errorf("plot: a heat map must have Side ≥ 2 and Side² values, got side %d and %d values", h.Side, len(h.Values))
	}
	if h.Min > h.Max || math.IsNaN(h.Max-h.Min) || math.IsInf(h.Max-h.Min, 0) || h.Min == h.Max && h.Min != 0 {
		return fmt.Errorf("plot: a heat map must have finite Min < Max, or both 0, got %v and %v", h.Min, h.Max)
	}
	for i, v := range h.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("plot: a heat map's values must be finite, value %d is %v", i, v)
		}
	}
	return h.Bounds.validate()
}

// value returns the value at a place, interpolated between its four neighbours on the grid.
func (h HeatMap) value(x, y float64) float64 {
	cell := func(v, least, most float64) (int, float64) {
		at := math.Max(0, math.Min((v-least)/(most-least)*float64(h.Side)-0.5, float64(h.Side-1)))
		i := min(int(at), h.Side-2)
		return i, at - float64(i)
	}
	i, u := cell(x, h.Bounds.MinX, h.Bounds.MaxX)
	j, v := cell(y, h.Bounds.MinY, h.Bounds.MaxY)
	row := func(j int) float64 { return h.Values[j*h.Side+i]*(1-u) + h.Values[j*h.Side+i+1]*u }
	return row(j)*(1-v) + row(j+1)*v
}

// DataRange implements plot.DataRanger.
func (h HeatMap) DataRange() (xmin, xmax, ymin, ymax float64) {
	return h.Bounds.MinX, h.Bounds.MaxX, h.Bounds.MinY, h.Bounds.MaxY
}
