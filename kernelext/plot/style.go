package plot

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// Sizes and fonts of all figures.
const (
	panelSide  = 4.0 * vg.Inch // side of a square panel with its labels, if there is room
	curvesWide = 6.0 * vg.Inch // width of a panel of curves
	curvesHigh = 3.4 * vg.Inch
	gap        = 0.12 * vg.Inch
	screenDPI  = 100 // default resolution of a PNG
	vectorDPI  = 300 // resolution of images embedded in SVG and PDF
	variant    = "Sans"

	strayRadius = vg.Length(1.1) // radius of a point outside the distribution, in 1/72 inch; visible among any number of others

	leastTitleSize = 7 // smallest font size in points; a title too long for its panel shrinks to it, then loses its middle
)

var (
	ink      = color.RGBA{0x33, 0x33, 0x33, 0xff}
	training = color.RGBA{0x2a, 0x78, 0x8e, 0xff} // blue-green
	faint    = color.RGBA{0xbf, 0xd7, 0xdd, 0xff} // a lighter blue-green, for what lies behind
	behind   = color.RGBA{0xc8, 0xc8, 0xc8, 0xff} // grey, for points in the background
	held     = color.RGBA{0xd9, 0x5f, 0x02, 0xff} // orange, distinct from blue-green with every kind of colour vision
)

// Style is the printed size of a figure and of its fonts. Figures are made with Screen; Figure.In
// returns one with another Style.
type Style struct {
	Width              vg.Length // width of the whole figure
	AtMost             bool      // a narrower figure keeps its width
	MinPanel           vg.Length // smallest width of a panel: a row with narrower ones is broken
	Title, Label, Tick vg.Length // font sizes of titles, of axis labels, and of tick labels and legends
	DPI                int       // resolution of PNG files, pixels per inch
}

// The styles. The widths for papers are those of two-column journals, 86 and 178 mm. Their fonts
// are at least 7 points, as such journals require.
var (
	// Screen is up to 1000 pixels wide, which a notebook shows unscaled.
	Screen = Style{Width: 10 * vg.Inch, AtMost: true, Title: vg.Points(10), Label: vg.Points(9), Tick: vg.Points(8), DPI: screenDPI}
	// OneColumn is 86 mm wide.
	OneColumn = Style{Width: 86 * vg.Millimeter, MinPanel: 1.5 * vg.Inch, Title: vg.Points(8), Label: vg.Points(8), Tick: vg.Points(7), DPI: vectorDPI}
	// TwoColumns is 178 mm wide, the full width of the page.
	TwoColumns = Style{Width: 178 * vg.Millimeter, MinPanel: 1.5 * vg.Inch, Title: vg.Points(9), Label: vg.Points(8), Tick: vg.Points(7), DPI: vectorDPI}
)

// dashes is the line style of references, such as an identity or a zero line.
var dashes = []vg.Length{vg.Points(3), vg.Points(2)}

// newPanel returns an empty plot with a title, in the style of the figures.
func newPanel(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Variant = variant
	p.Title.TextStyle.Color = ink
	p.Title.Padding = vg.Points(5)
	p.BackgroundColor = color.White
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Variant = variant
		axis.Label.TextStyle.Color = ink
		axis.Label.Padding = vg.Points(3)
		axis.Tick.Label.Font.Variant = variant
		axis.Tick.Label.Color = ink
		axis.Tick.Length = vg.Points(3)
		axis.Tick.Marker = ticks{}
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = ink, ink
		axis.Padding = 0
	}
	p.Legend.TextStyle.Font.Variant = variant
	p.Legend.TextStyle.Color = ink
	p.Legend.Padding = vg.Points(2)
	p.Legend.ThumbnailWidth = vg.Points(18)
	p.Legend.XOffs, p.Legend.YOffs = -vg.Points(4), -vg.Points(2)
	Screen.letter(p)
	return p
}

// letter sets the font sizes of a plot.
func (s Style) letter(p *plot.Plot) {
	p.Title.TextStyle.Font.Size = s.Title
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Size = s.Label
		axis.Tick.Label.Font.Size = s.Tick
	}
	p.Legend.TextStyle.Font.Size = s.Tick
}

// curveColours are the colours of curves or samples drawn over each other: those of Okabe and Ito
// ("Color Universal Design", 2008) that are dark enough for a line on white, ordered so that
// neighbours differ in lightness too.
var curveColours = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0x33, 0x33, 0x33, 0xff}, // ink
	{0xe6, 0x9f, 0x00, 0xff}, // orange
}

// curveColour returns the colour of curve i.
func curveColour(i int) color.RGBA { return curveColours[i%len(curveColours)] }
