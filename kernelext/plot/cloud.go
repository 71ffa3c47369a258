package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// Cloud is a plotter of points, each of its own colour, drawn into one image: as many as there are cost little.
type Cloud struct {
	XYs     plotter.XYer
	Colours []color.RGBA // one for each point; none for ink
	// Size is the side of a point in pixels; 0 for what suits their number.
	Size int
}

// Plot implements plot.Plotter. Where points meet, their colours mix.
func (cloud Cloud) Plot(c draw.Canvas, p *plot.Plot) {
	r := newRaster(c, p)
	bounds := r.Bounds().Size()
	sums := make([][4]float32, bounds.X*bounds.Y)
	side := cloud.side(bounds.X * bounds.Y)
	for k := range cloud.XYs.Len() {
		i, j, ok := r.at(cloud.XYs.XY(k))
		if !ok {
			continue
		}
		shade := ink
		if len(cloud.Colours) > 0 {
			shade = cloud.Colours[k]
		}
		for y := max(0, j-side/2); y < min(bounds.Y, j-side/2+side); y++ {
			for x := max(0, i-side/2); x < min(bounds.X, i-side/2+side); x++ {
				s := &sums[y*bounds.X+x]
				s[0] += float32(shade.R)
				s[1] += float32(shade.G)
				s[2] += float32(shade.B)
				s[3]++
			}
		}
	}
	for at, s := range sums {
		if s[3] == 0 {
			continue
		}
		copy(r.Pix[4*at:], []uint8{uint8(s[0] / s[3]), uint8(s[1] / s[3]), uint8(s[2] / s[3]), 0xff})
	}
	r.drawOn(c)
}

// side is the side of a point on an image of so many pixels: all points together cover about a third of it.
func (cloud Cloud) side(pixels int) int {
	if cloud.Size > 0 {
		return cloud.Size
	}
	share := float64(pixels) / 3 / float64(max(cloud.XYs.Len(), 1))
	return max(1, min(4, int(math.Sqrt(share))))
}

// DataRange implements plot.DataRanger.
func (cloud Cloud) DataRange() (xmin, xmax, ymin, ymax float64) { return plotter.XYRange(cloud.XYs) }
