package plot

import (
	"image/color"
	"math"
	"sync"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// The look of every figure, in one place.
const (
	panelSide  = 4.0 * vg.Inch // of a square panel, labels included, where there is room
	curvesWide = 6.0 * vg.Inch // of a panel of curves
	curvesHigh = 3.4 * vg.Inch
	mostWide   = 10 * vg.Inch // of a figure: with screenDPI, 1000 pixels, what a notebook shows unscaled
	gap        = 0.12 * vg.Inch
	screenDPI  = 100 // the same for every PNG, so that text is as large in all of them
	vectorDPI  = 300 // of images embedded in drawings that have no resolution of their own
	variant    = "Sans"

	strayRadius = vg.Length(1.1) // of a point that is out of the distribution, in 1/72 inch: to be seen, however many others there are

	titleSize, leastTitleSize = 10, 7 // points; a title too long for its panel shrinks, then loses its middle
	labelSize, tickSize       = 9, 8
)

var (
	ink      = color.RGBA{0x33, 0x33, 0x33, 0xff}
	training = color.RGBA{0x2a, 0x78, 0x8e, 0xff} // blue-green
	faint    = color.RGBA{0xbf, 0xd7, 0xdd, 0xff} // the same, behind
	pale     = color.RGBA{0xdd, 0xdd, 0xdd, 0xff} // grey, for what something else is drawn on
	held     = color.RGBA{0xd9, 0x5f, 0x02, 0xff} // orange: apart from it for every kind of colour vision
)

// newPanel is an empty plot with a title in the figures' look.
func newPanel(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = vg.Points(titleSize)
	p.Title.TextStyle.Font.Variant = variant
	p.Title.TextStyle.Color = ink
	p.Title.Padding = vg.Points(5)
	p.BackgroundColor = color.White
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Size = vg.Points(labelSize)
		axis.Label.TextStyle.Font.Variant = variant
		axis.Label.TextStyle.Color = ink
		axis.Label.Padding = vg.Points(3)
		axis.Tick.Label.Font.Size = vg.Points(tickSize)
		axis.Tick.Label.Font.Variant = variant
		axis.Tick.Label.Color = ink
		axis.Tick.Length = vg.Points(3)
		axis.Tick.Marker = ticks{}
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = ink, ink
		axis.Padding = 0
	}
	p.Legend.TextStyle.Font.Size = vg.Points(tickSize)
	p.Legend.TextStyle.Font.Variant = variant
	p.Legend.TextStyle.Color = ink
	p.Legend.Padding = vg.Points(2)
	p.Legend.ThumbnailWidth = vg.Points(18)
	p.Legend.XOffs, p.Legend.YOffs = -vg.Points(4), -vg.Points(2)
	return p
}

// heatTable runs from dark purple through blue and green to yellow in equal steps of Oklab's lightness, so that equal steps of
// the density look equal, and read as well in grey.
var heatTable = sync.OnceValue(func() *[256]color.RGBA {
	var table [256]color.RGBA
	for i := range table {
		s := float64(i) / 255
		table[i] = oklch(0.2+0.75*s, 0.145, 302-197*s)
	}
	return &table
})

// heat is the colour of a share from 0 to 1; less and NaN are 0, more is 1.
func heat(share float64) color.RGBA {
	if !(share > 0) {
		share = 0
	}
	return heatTable()[int(255*math.Min(share, 1)+0.5)]
}

// placeSide is the side of the table of the colours of places.
const placeSide = 128

// placeTable is the bivariate map of Transport. From left to right the hue goes from blue to yellow by way of magenta and red, the one way round the wheel whose
// ends nobody with a red-green deficiency confuses; from below to above the lightness grows, which everyone sees. No place is grey.
var placeTable = sync.OnceValue(func() *[placeSide * placeSide]color.RGBA {
	var table [placeSide * placeSide]color.RGBA
	for j := range placeSide {
		for i := range placeSide {
			u, v := float64(i)/(placeSide-1), float64(j)/(placeSide-1)
			table[j*placeSide+i] = oklch(0.5+0.32*v, 0.19, 262+180*u)
		}
	}
	return &table
})

// placeColour is the colour of a place in the plane, u and v from 0 to 1 from the left and from below; places beyond have the colour of
// the edge.
func placeColour(u, v float64) color.RGBA {
	at := func(s float64) int { return int(math.Max(0, math.Min(1, s))*(placeSide-1) + 0.5) }
	return placeTable()[at(v)*placeSide+at(u)]
}

// oklch is the sRGB colour of a lightness from 0 to 1, chroma and hue in degrees of Oklab (Ottosson, 2020, "A perceptual color space for image
// processing"), with as much of the chroma as sRGB can show.
func oklch(lightness, chroma, hue float64) color.RGBA {
	sin, cos := math.Sincos(hue * math.Pi / 180)
	least, most := 0.0, chroma
	rgb, ok := oklab(lightness, chroma*cos, chroma*sin)
	for range 12 {
		if ok {
			break
		}
		half := (least + most) / 2
		if c, inside := oklab(lightness, half*cos, half*sin); inside {
			least, rgb = half, c
		} else {
			most = half
		}
	}
	var c [3]uint8
	for i, v := range rgb {
		if v = math.Max(0, math.Min(1, v)); v <= 0.0031308 { // sRGB's transfer function
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		c[i] = uint8(math.Round(255 * v))
	}
	return color.RGBA{c[0], c[1], c[2], 0xff}
}

// oklab is the linear RGB of a colour of Oklab; inside tells whether sRGB has it.
func oklab(lightness, a, b float64) (rgb [3]float64, inside bool) {
	l := lightness + 0.3963377774*a + 0.2158037573*b
	m := lightness - 0.1055613458*a - 0.0638541728*b
	s := lightness - 0.0894841775*a - 1.2914855480*b
	l, m, s = l*l*l, m*m*m, s*s*s
	rgb = [3]float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	}
	inside = true
	for _, v := range rgb {
		inside = inside && v >= -1e-4 && v <= 1+1e-4
	}
	return rgb, inside
}
