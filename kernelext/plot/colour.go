package plot

import (
	"fmt"
	"image/color"
	"math"
	"sync"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
)

// ColourMap returns the colour of a value from 0 to 1. Values outside have the colour of the nearer
// end; NaN has that of 0.
type ColourMap func(share float64) color.RGBA

// DensityColours is the colour map of densities: from dark purple through blue and green to yellow,
// in even steps of lightness.
func DensityColours(share float64) color.RGBA { return heat(share) }

// SignedColours is the colour map of signed numbers: from blue at 0 through pale grey at ½ to red
// at 1. Both ends are equally dark. It is Moreland's "smooth cool warm" map ("Diverging Color Maps
// for Scientific Visualization", 2009), whose ends can be told apart with common deficiencies of
// colour vision.
func SignedColours(share float64) color.RGBA { return signed()(share) }

var signed = sync.OnceValue(func() ColourMap {
	m := moreland.SmoothBlueRed()
	m.SetMin(0)
	m.SetMax(1)
	colours, err := ColourMapOf(m)
	if err != nil {
		panic(err) // can't happen: the range is set above
	}
	return colours
})

// ColourMapOf converts one of gonum's colour maps, such as moreland.Kindlmann(), over its range
// from Min to Max. It returns an error if the map's Min and Max aren't set.
func ColourMapOf(m palette.ColorMap) (ColourMap, error) {
	var table [256]color.RGBA
	for i := range table {
		c, err := m.At(m.Min() + float64(i)/255*(m.Max()-m.Min()))
		if err != nil {
			return nil, fmt.Errorf("plot: a colour map from %v to %v has no colour between: %w", m.Min(), m.Max(), err)
		}
		table[i] = color.RGBAModel.Convert(c).(color.RGBA)
	}
	return func(share float64) color.RGBA { return table[tableIndex(share)] }, nil
}

// tableIndex returns the index of a value from 0 to 1 in a table of 256 colours.
func tableIndex(share float64) int {
	if !(share > 0) {
		return 0
	}
	return int(255*math.Min(share, 1) + 0.5)
}

// heatTable runs from dark purple through blue and green to yellow in equal steps of lightness in
// Oklab, so that equal steps of the density look equal, also in greyscale.
var heatTable = sync.OnceValue(func() *[256]color.RGBA {
	var table [256]color.RGBA
	for i := range table {
		s := float64(i) / 255
		table[i] = oklch(0.2+0.75*s, 0.145, 302-197*s)
	}
	return &table
})

// heat returns the colour of a value from 0 to 1. Smaller values and NaN count as 0, larger ones as
// 1.
func heat(share float64) color.RGBA {
	return heatTable()[tableIndex(share)]
}

// placeSide is the side of placeTable.
const placeSide = 128

// placeTable is the bivariate colour map of Transport. From left to right the hue goes from blue to
// yellow through magenta and red: the only way round the colour wheel on which the ends are never
// confused with red-green deficiency. From below to above the lightness grows, which everyone sees.
// No place is grey.
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

// placeColour returns the colour of a place in the plane. u runs from 0 to 1 from left to right, v
// from below to above. Places outside have the colour of the edge.
func placeColour(u, v float64) color.RGBA {
	at := func(s float64) int { return int(math.Max(0, math.Min(1, s))*(placeSide-1) + 0.5) }
	return placeTable()[at(v)*placeSide+at(u)]
}

// oklch returns the sRGB colour of a lightness from 0 to 1, a chroma and a hue in degrees, all in
// Oklab (Ottosson, 2020, "A perceptual color space for image processing"). It reduces the chroma to
// what sRGB can show.
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

// oklab returns the linear RGB of an Oklab colour. inside reports whether sRGB can show it.
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
