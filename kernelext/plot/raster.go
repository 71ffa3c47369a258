package plot

import (
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// vectorDPI is the resolution of images embedded in drawings that have none of their own.
const vectorDPI = 300

// raster is an image that covers a plot's data area, one pixel of it on one of the canvas, and places data coordinates on it.
type raster struct {
	*image.RGBA
	area       vg.Rectangle
	minX, maxX float64
	minY, maxY float64
}

func newRaster(c draw.Canvas, p *plot.Plot) *raster {
	dpi := float64(vectorDPI)
	if known, ok := c.Canvas.(interface{ DPI() float64 }); ok {
		dpi = known.DPI()
	}
	size := c.Rectangle.Size()
	w, h := max(1, int(math.Round(size.X.Dots(dpi)))), max(1, int(math.Round(size.Y.Dots(dpi))))
	return &raster{
		RGBA: image.NewRGBA(image.Rect(0, 0, w, h)), area: c.Rectangle,
		minX: p.X.Min, maxX: p.X.Max, minY: p.Y.Min, maxY: p.Y.Max,
	}
}

// at is the pixel of a data coordinate, from the upper left; ok tells whether it lies on the image.
func (r *raster) at(x, y float64) (i, j int, ok bool) {
	size := r.Bounds().Size()
	u, v := (x-r.minX)/(r.maxX-r.minX), (r.maxY-y)/(r.maxY-r.minY)
	if !(u >= 0 && u <= 1 && v >= 0 && v <= 1) {
		return 0, 0, false
	}
	return min(int(u*float64(size.X)), size.X-1), min(int(v*float64(size.Y)), size.Y-1), true
}

func (r *raster) drawOn(c draw.Canvas) { c.DrawImage(r.area, r) }
