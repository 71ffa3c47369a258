package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// The look of every figure, in one place.
const (
	panelSide  = 2.75 * vg.Inch // of a square panel, labels included
	panelWide  = 4.6 * vg.Inch  // of a panel of curves
	gap        = 0.12 * vg.Inch
	mostPixels = 1000 // width of a PNG, to fit a notebook
	leastDPI   = 96
	mostDPI    = 192
	variant    = "Sans" // of the typeface that gonum brings
)

var (
	ink      = color.RGBA{0x33, 0x33, 0x33, 0xff}
	training = color.RGBA{0x2a, 0x78, 0x8e, 0xff} // blue-green
	held     = color.RGBA{0xd9, 0x5f, 0x02, 0xff} // orange: apart from it for every kind of colour vision
)

// newPanel is an empty plot with a title in the figures' look.
func newPanel(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = vg.Points(10)
	p.Title.TextStyle.Font.Variant = variant
	p.Title.TextStyle.Color = ink
	p.Title.Padding = vg.Points(4)
	p.BackgroundColor = color.White
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Size = vg.Points(9)
		axis.Label.TextStyle.Font.Variant = variant
		axis.Tick.Label.Font.Variant = variant
		axis.Label.TextStyle.Color = ink
		axis.Tick.Label.Font.Size = vg.Points(8)
		axis.Tick.Label.Color = ink
		axis.Tick.Length = vg.Points(3)
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = ink, ink
		axis.Padding = 0
	}
	p.Legend.TextStyle.Font.Size = vg.Points(8)
	p.Legend.TextStyle.Font.Variant = variant
	return p
}

// viridis holds a few colours of the map of that name by Smith and van der Walt: perceptually even, and readable without colour.
var viridis = [...][3]float64{
	{68, 1, 84}, {72, 40, 120}, {62, 74, 137}, {49, 104, 142}, {38, 130, 142}, {31, 158, 137}, {53, 183, 121}, {110, 206, 88}, {181, 222, 43}, {253, 231, 37},
}

// heat is the colour of a share from 0 to 1.
func heat(share float64) color.RGBA {
	at := math.Max(0, math.Min(1, share)) * float64(len(viridis)-1)
	i := min(int(at), len(viridis)-2)
	return mix(viridis[i], viridis[i+1], at-float64(i))
}

// corners are the colours at the corners of the plane: left below, right below, left above, right above.
var corners = [4][3]float64{{30, 90, 220}, {225, 40, 110}, {20, 165, 120}, {245, 175, 20}}

// positionColour is the colour of a place in the plane, u and v from 0 to 1 from the left and from below.
func positionColour(u, v float64) color.RGBA {
	u, v = math.Max(0, math.Min(1, u)), math.Max(0, math.Min(1, v))
	var below, above [3]float64
	for i := range below {
		below[i] = corners[0][i] + u*(corners[1][i]-corners[0][i])
		above[i] = corners[2][i] + u*(corners[3][i]-corners[2][i])
	}
	return mix(below, above, v)
}

func mix(a, b [3]float64, share float64) color.RGBA {
	c := [3]uint8{}
	for i := range c {
		c[i] = uint8(math.Round(a[i] + share*(b[i]-a[i])))
	}
	return color.RGBA{c[0], c[1], c[2], 0xff}
}
