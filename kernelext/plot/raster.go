package plot

import (
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// raster is an image that covers a plot's data area and maps data coordinates to its pixels. Its
// pixels coincide with those of the canvas: an image shifted by a fraction of a pixel would be
// blurred.
type raster struct {
	*image.RGBA
	area   vg.Rectangle // area of the image on the canvas, in whole pixels
	plot   *plot.Plot
	x0, y0 float64 // origin of the axes, in pixels from the upper left
	dx, dy float64 // length of the axes in pixels
}

func newRaster(c draw.Canvas, p *plot.Plot) *raster {
	dpi := resolution(c)
	dots := func(l vg.Length) float64 { return l.Dots(dpi) }
	left, right := math.Round(dots(c.Min.X)), math.Round(dots(c.Max.X))
	below, above := math.Round(dots(c.Min.Y)), math.Round(dots(c.Max.Y))
	right, above = math.Max(right, left+1), math.Max(above, below+1)
	length := func(pixels float64) vg.Length { return vg.Length(pixels/dpi) * vg.Inch }
	return &raster{
		RGBA: image.NewRGBA(image.Rect(0, 0, int(right-left), int(above-below))),
		area: vg.Rectangle{Min: vg.Point{X: length(left), Y: length(below)}, Max: vg.Point{X: length(right), Y: length(above)}},
		plot: p,
		x0:   dots(c.Min.X) - left, dx: dots(c.Max.X) - dots(c.Min.X),
		y0: above - dots(c.Min.Y), dy: dots(c.Max.Y) - dots(c.Min.Y),
	}
}

// resolution returns the resolution of the canvas in dots per inch. draw.Crop wraps a draw.Canvas
// in another, which hides the resolution, so this unwraps them.
func resolution(canvas vg.Canvas) float64 {
	for {
		switch c := canvas.(type) {
		case draw.Canvas:
			canvas = c.Canvas
		case *draw.Canvas:
			canvas = c.Canvas
		case interface{ DPI() float64 }:
			return c.DPI()
		default:
			return vectorDPI
		}
	}
}

// place returns the position of data coordinates in pixels from the upper left. ok reports whether
// they are within the axes.
func (r *raster) place(x, y float64) (i, j float64, ok bool) {
	u, v := r.plot.X.Norm(x), r.plot.Y.Norm(y)
	return r.x0 + u*r.dx, r.y0 - v*r.dy, u >= 0 && u <= 1 && v >= 0 && v <= 1
}

// at returns the pixel of data coordinates. ok reports whether they are within the axes.
func (r *raster) at(x, y float64) (i, j int, ok bool) {
	fi, fj, ok := r.place(x, y)
	if !ok {
		return 0, 0, false
	}
	size := r.Rect.Max
	return max(0, min(int(fi), size.X-1)), max(0, min(int(fj), size.Y-1)), true
}

// value returns the data coordinates of the centre of a pixel, on linear axes.
func (r *raster) value(i, j int) (x, y float64) {
	u, v := (float64(i)+0.5-r.x0)/r.dx, (r.y0-float64(j)-0.5)/r.dy
	return r.plot.X.Min + u*(r.plot.X.Max-r.plot.X.Min), r.plot.Y.Min + v*(r.plot.Y.Max-r.plot.Y.Min)
}

func (r *raster) drawOn(c draw.Canvas) { c.DrawImage(r.area, r.RGBA) }
