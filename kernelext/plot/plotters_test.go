package plot

import (
	"image"
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// drawn returns what a plotter draws on a white canvas of 41×41 pixels. The axes, from 0 to 4,
// begin and end a fraction of a pixel inside it.
func drawn(p plot.Plotter) image.Image {
	c := vgimg.NewWith(vgimg.UseWH(41*vg.Inch/72, 41*vg.Inch/72), vgimg.UseDPI(72))
	axes := plot.New()
	axes.X.Min, axes.X.Max, axes.Y.Min, axes.Y.Max = 0, 4, 0, 4
	p.Plot(draw.Crop(draw.New(c), 0.3, -0.4, 0.4, -0.3), axes)
	return c.Image()
}

func pixel(img image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
}

var (
	red  = color.RGBA{0xff, 0, 0, 0xff}
	blue = color.RGBA{0, 0, 0xff, 0xff}
)

// A unit is ten pixels: (1, 3) lies 10 from the left and 10 from the top. Colours must be exact,
// which they aren't in an image drawn between pixels.
func TestACloudDrawsEachPointOnItsOwnPixel(t *testing.T) {
	cloud := Cloud{
		XYs:     plotter.XYs{{X: 1, Y: 3}, {X: 3.5, Y: 0.5}, {X: 3.5, Y: 0.5}, {X: 2, Y: 2}, {X: 5, Y: 1}},
		Colours: []color.RGBA{red, red, blue, blue, red},
		Radius:  0.5,
	}
	img := drawn(cloud)
	want := map[image.Point]color.RGBA{{10, 10}: red, {35, 35}: {128, 0, 128, 0xff}, {20, 20}: blue}
	for y := range 41 {
		for x := range 41 {
			colour, ok := want[image.Pt(x, y)]
			if !ok {
				colour = color.RGBA{0xff, 0xff, 0xff, 0xff}
			}
			if got := pixel(img, x, y); got != colour {
				t.Errorf("the pixel at (%d, %d) is %v, want %v", x, y, got, colour)
			}
		}
	}
}

// A disc of radius 4 pixels covers 16π of them, soft edges included.
func TestACloudDrawsLargePointsAsDiscs(t *testing.T) {
	img := drawn(Cloud{XYs: plotter.XYs{{X: 2, Y: 2}}, Colours: []color.RGBA{{A: 0xff}}, Radius: 4})
	cover := 0.0
	for y := range 41 {
		for x := range 41 {
			cover += 1 - float64(pixel(img, x, y).G)/255
		}
	}
	if want := math.Pi * 16; math.Abs(cover-want) > 0.05*want {
		t.Errorf("a disc of radius 4 covers %.2f pixels, want %.2f", cover, want)
	}
}

// A point of weight 4 counts as four points.
func TestADensityCountsWeights(t *testing.T) {
	at := plotter.XY{X: 0.5, Y: 0.5}
	far := plotter.XY{X: 3.5, Y: 3.5}
	one, other := drawn(Histogram2D{XYs: plotter.XYs{at, at, at, at, far}, Bins: 4}), drawn(Histogram2D{XYs: plotter.XYs{at, far}, Weights: []float64{4, 1}, Bins: 4})
	for y := range 41 {
		for x := range 41 {
			if a, b := pixel(one, x, y), pixel(other, x, y); a != b {
				t.Fatalf("the pixel at (%d, %d) is %v by points and %v by weights", x, y, a, b)
			}
		}
	}
}

// One point in the upper right is half as bright as four in the lower left: √¼ = ½.
func TestADensityCountsBins(t *testing.T) {
	at := plotter.XY{X: 0.5, Y: 0.5}
	img := drawn(Histogram2D{XYs: plotter.XYs{at, at, at, at, {X: 3.5, Y: 3.5}}, Bins: 4})
	for p, want := range map[image.Point]color.RGBA{{5, 35}: heat(1), {35, 5}: heat(0.5), {5, 5}: heat(0), {35, 35}: heat(0)} {
		if got := pixel(img, p.X, p.Y); got != want {
			t.Errorf("the pixel at %v is %v, want %v", p, got, want)
		}
	}
}

// Nothing is drawn outside the bounds. Rows go from below to above, and the centre of the grid is
// the mean of its neighbours.
func TestAHeatMapCoversItsBoundsFromBelow(t *testing.T) {
	img := drawn(HeatMap{Bounds: Bounds{0, 2, 0, 2}, Side: 2, Values: []float64{16, 16, 0, 0}})
	for p, want := range map[image.Point]color.RGBA{{10, 38}: heat(1), {10, 22}: heat(0), {30, 30}: {0xff, 0xff, 0xff, 0xff}, {10, 10}: {0xff, 0xff, 0xff, 0xff}} {
		if got := pixel(img, p.X, p.Y); got != want {
			t.Errorf("the pixel at %v is %v, want %v", p, got, want)
		}
	}
	if got := (HeatMap{Bounds: Bounds{0, 2, 0, 2}, Side: 2, Values: []float64{1, 2, 3, 6}}).value(1, 1); math.Abs(got-3) > 1e-12 {
		t.Errorf("between 1, 2, 3 and 6 lies %v, want 3", got)
	}
}

// vgpdf draws images upside down, so pdfCanvas turns them first.
func TestImagesAreTurnedForPDF(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 1, 3))
	img.SetRGBA(0, 0, red)
	img.SetRGBA(0, 2, blue)
	turned := upsideDown(img)
	for y, want := range []color.NRGBA{{0, 0, 0xff, 0xff}, {0xff, 0xff, 0xff, 0}, {0xff, 0, 0, 0xff}} {
		if got := turned.At(0, y); got != want {
			t.Errorf("row %d is %v, want %v", y, got, want)
		}
	}
}

// A band fills what lies between its curves, up to the axes; values that are NaN are left out.
func TestABandFillsTheAreaBetweenItsCurves(t *testing.T) {
	img := drawn(Band{
		Low:   plotter.XYs{{X: 1, Y: 1}, {X: 2, Y: math.NaN()}, {X: 3, Y: 1}},
		High:  plotter.XYs{{X: 1, Y: math.Inf(1)}, {X: 3, Y: 3}},
		Color: red,
	})
	white := color.RGBA{0xff, 0xff, 0xff, 0xff}
	for p, want := range map[image.Point]color.RGBA{{15, 20}: red, {12, 3}: red, {25, 28}: red, {20, 35}: white, {5, 20}: white, {28, 3}: white, {36, 20}: white} {
		if got := pixel(img, p.X, p.Y); got != want {
			t.Errorf("the pixel at %v is %v, want %v", p, got, want)
		}
	}
	drawn(Band{})
}
