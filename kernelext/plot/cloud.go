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

// Cloud is a plotter of points, each with a colour of its own, drawn into one image, so that many
// points cost little. The zero value draws nothing.
type Cloud struct {
	XYs     plotter.XYer // the points, such as data.Points
	Colours []color.RGBA // a colour for each point; none for dark grey
	// Radius is the radius of a point; 0 chooses one by the number of points.
	Radius vg.Length
	// Solid draws isolated points as opaque as the others; see Plot.
	Solid bool
}

// Plot implements plot.Plotter. Where points overlap, their colours mix. If many points overlap,
// isolated ones are paler, unless Solid is set. Like gonum's plotters Plot panics if there are
// colours but not one for each point; a Figure turns the panic into an error.
func (cloud Cloud) Plot(c draw.Canvas, p *plot.Plot) {
	if cloud.XYs == nil {
		return
	}
	if n := len(cloud.Colours); n > 0 && n != cloud.XYs.Len() {
		panic(fmt.Sprintf("a Cloud must have a colour for each of %d points, got %d", cloud.XYs.Len(), n))
	}
	r := newRaster(c, p)
	size := r.Rect.Max
	sums := make([][4]float32, size.X*size.Y) // per pixel: red, green and blue, each weighted by the coverage, and the coverage
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

// crowding returns the coverage of the pixel under an average point.
func crowding(sums [][4]float32) float32 {
	var points, squares float32
	for _, s := range sums {
		points += s[3]
		squares += s[3] * s[3]
	}
	return squares / max(points, 1)
}

// solidity returns the opacity of a pixel with the given coverage. It is 1 if points hardly
// overlap. Otherwise pixels with less coverage are paler, so that a few outliers don't look like as
// many points as the main part.
func solidity(cover, crowd float32) float32 {
	if crowd <= 1.5 {
		return 1
	}
	return max(0.2, float32(1-math.Exp(-2*float64(cover/crowd))))
}

// stamp adds a disc with soft edges. A disc smaller than a pixel covers the whole pixel that it
// lies on.
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

// radius returns the radius of a point in pixels. By default all discs together would cover about a
// fifth of the image; the radius is at least 0.45 and at most 1.6 points of length.
func (cloud Cloud) radius(c draw.Canvas, r *raster) float64 {
	pixels := float64(r.Rect.Dx()) / float64(max(c.Size().X, 1)) // pixels per point of length (1/72 inch)
	if cloud.Radius > 0 {
		return float64(cloud.Radius) * pixels
	}
	share := float64(r.Rect.Dx()) * float64(r.Rect.Dy()) / 5 / math.Pi / float64(max(cloud.XYs.Len(), 1))
	return math.Max(0.45*pixels, math.Min(1.6*pixels, math.Sqrt(share)))
}

// DataRange implements plot.DataRanger.
func (cloud Cloud) DataRange() (xmin, xmax, ymin, ymax float64) { return dataRange(cloud.XYs) }

// dataRange returns the range of points, of which there may be none.
func dataRange(xys plotter.XYer) (xmin, xmax, ymin, ymax float64) {
	if xys == nil {
		return math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	}
	return plotter.XYRange(xys)
}
