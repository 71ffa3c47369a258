package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Cloud is a plotter of points, each of its own colour, drawn into one image: as many as there are
// cost little. The zero value draws nothing.
type Cloud struct {
	XYs     plotter.XYer // the points, such as data.Points
	Colours []color.RGBA // one for each point; none for ink
	// Radius is that of a point; 0 for what suits their number.
	Radius vg.Length
	// Solid draws lone points of a crowd no paler than the rest.
	Solid bool
}

// Plot implements plot.Plotter. Where points meet, their colours mix, and in a crowd lone points
// are paler. It panics, as plotters of gonum's do, when there are colours but not one for each
// point; a Figure gives that as an error.
func (cloud Cloud) Plot(c draw.Canvas, p *plot.Plot) {
	if cloud.XYs == nil {
		return
	}
	if n := len(cloud.Colours); n > 0 && n != cloud.XYs.Len() {
		panic(fmt.Sprintf("a cloud must have a colour for each of %d points, got %d", cloud.XYs.Len(), n))
	}
	r := newRaster(c, p)
	size := r.Rect.Max
	sums := make([][4]float32, size.X*size.Y) // red, green, blue, each times the cover, and the cover
	radius := cloud.radius(c, r)
	for k := range cloud.XYs.Len() {
		fi, fj, ok := r.place(cloud.XYs.XY(k))
		if !ok {
			continue
		}
		shade := ink
		if len(cloud.Colours) > 0 {
			shade = cloud.Colours[k]
		}
		stamp(sums, size.X, size.Y, fi, fj, radius, shade)
	}
	crowd := crowding(sums)
	for at, s := range sums {
		if s[3] > 0 {
			alpha := min(s[3], 1) // image.RGBA's colours are premultiplied
			if !cloud.Solid {
				alpha *= solidity(s[3], crowd)
			}
			for i := range 3 {
				r.Pix[4*at+i] = uint8(s[i]/s[3]*alpha + 0.5)
			}
			r.Pix[4*at+3] = uint8(255*alpha + 0.5)
		}
	}
	r.drawOn(c)
}

// crowding is how many points cover the pixel of an average point.
func crowding(sums [][4]float32) float32 {
	var points, squares float32
	for _, s := range sums {
		points += s[3]
		squares += s[3] * s[3]
	}
	return squares / max(points, 1)
}

// solidity is how solid the ink of a pixel is that so many points cover: solid where points stand
// apart, and in a crowd paler the fewer they are, so that a few strays don't look as much as the
// many that arrived.
func solidity(cover, crowd float32) float32 {
	if crowd <= 1.5 {
		return 1
	}
	return max(0.2, float32(1-math.Exp(-2*float64(cover/crowd))))
}

// stamp adds a disc, with soft edges, or where it is smaller than a pixel the whole of the pixel
// that it is on.
func stamp(sums [][4]float32, w, h int, x, y, radius float64, shade color.RGBA) {
	if radius <= 0.6 {
		i, j := max(0, min(int(x), w-1)), max(0, min(int(y), h-1))
		add(&sums[j*w+i], shade, 1)
		return
	}
	for j := max(0, int(y-radius-0.5)); j < min(h, int(y+radius+1.5)); j++ {
		for i := max(0, int(x-radius-0.5)); i < min(w, int(x+radius+1.5)); i++ {
			dx, dy := float64(i)+0.5-x, float64(j)+0.5-y
			if cover := radius + 0.5 - math.Sqrt(dx*dx+dy*dy); cover > 0 {
				add(&sums[j*w+i], shade, float32(min(cover, 1)))
			}
		}
	}
}

func add(s *[4]float32, shade color.RGBA, cover float32) {
	s[0] += float32(shade.R) * cover
	s[1] += float32(shade.G) * cover
	s[2] += float32(shade.B) * cover
	s[3] += cover
}

// radius is that of a point in pixels. All discs together would cover about a fifth of the image,
// within what the eye can make out and what still looks like a point.
func (cloud Cloud) radius(c draw.Canvas, r *raster) float64 {
	pixels := float64(r.Rect.Dx()) / float64(max(c.Size().X, 1)) // of a point of length, 1/72 inch
	if cloud.Radius > 0 {
		return float64(cloud.Radius) * pixels
	}
	share := float64(r.Rect.Dx()) * float64(r.Rect.Dy()) / 5 / math.Pi / float64(max(cloud.XYs.Len(), 1))
	return math.Max(0.45*pixels, math.Min(1.6*pixels, math.Sqrt(share)))
}

// DataRange implements plot.DataRanger.
func (cloud Cloud) DataRange() (xmin, xmax, ymin, ymax float64) { return dataRange(cloud.XYs) }

// dataRange is the range of points that there may be none of.
func dataRange(xys plotter.XYer) (xmin, xmax, ymin, ymax float64) {
	if xys == nil {
		return math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	}
	return plotter.XYRange(xys)
}
