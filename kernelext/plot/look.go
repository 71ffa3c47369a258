package plot

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"image/color"
)

// The look of every figure, in one place.
const (
	panelSide  = 4.0 * vg.Inch // of a square panel, labels included, where there is room
	curvesWide = 6.0 * vg.Inch // of a panel of curves
	curvesHigh = 3.4 * vg.Inch
	gap        = 0.12 * vg.Inch
	screenDPI  = 100 // where neither the figure nor its look says
	vectorDPI  = 300 // of images embedded in drawings that have no resolution of their own
	variant    = "Sans"

	strayRadius = vg.Length(1.1) // of a point that is out of the distribution, in 1/72 inch: to be seen, however many others there are

	leastTitleSize = 7 // points; a title too long for its panel shrinks, then loses its middle
)

var (
	ink      = color.RGBA{0x33, 0x33, 0x33, 0xff}
	training = color.RGBA{0x2a, 0x78, 0x8e, 0xff} // blue-green
	faint    = color.RGBA{0xbf, 0xd7, 0xdd, 0xff} // the same, behind
	behind   = color.RGBA{0xc8, 0xc8, 0xc8, 0xff} // grey: of points under what matters
	pale     = color.RGBA{0xdd, 0xdd, 0xdd, 0xff} // grey, for what something else is drawn on
	held     = color.RGBA{0xd9, 0x5f, 0x02, 0xff} // orange: apart from it for every kind of colour vision
)

// Look is how large a figure is and how large its letters are on it, in print. Figures are made in
// Screen's; Figure.In gives one in another.
type Look struct {
	Wide               vg.Length // of the whole figure
	AtMost             bool      // a figure that is narrower stays so
	LeastPanel         vg.Length // of a panel: where a row would have narrower ones, it is broken
	Title, Label, Tick vg.Length // sizes of letters: of titles, names of axes, and numbers and legends
	DPI                int       // of PNG files, pixels an inch
}

// The looks there are. A paper's columns are those of two-column journals, 86 and 178 mm; their
// letters are at least 7 points high, which is what such journals ask for.
var (
	Screen = Look{Wide: 10 * vg.Inch, AtMost: true, Title: vg.Points(10), Label: vg.Points(9), Tick: vg.Points(8), DPI: screenDPI} // 1000 pixels, what a notebook shows unscaled
	// OneColumn is 86 mm wide.
	OneColumn = Look{Wide: 86 * vg.Millimeter, LeastPanel: 1.5 * vg.Inch, Title: vg.Points(8), Label: vg.Points(8), Tick: vg.Points(7), DPI: vectorDPI}
	// TwoColumns is 178 mm wide, the whole width of the page.
	TwoColumns = Look{Wide: 178 * vg.Millimeter, LeastPanel: 1.5 * vg.Inch, Title: vg.Points(9), Label: vg.Points(8), Tick: vg.Points(7), DPI: vectorDPI}
)

// dashes are those of lines that say where something would be if nothing were amiss.
var dashes = []vg.Length{vg.Points(3), vg.Points(2)}

// newPanel is an empty plot with a title in the figures' look.
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

// letter gives a plot the look's sizes of letters.
func (l Look) letter(p *plot.Plot) {
	p.Title.TextStyle.Font.Size = l.Title
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Size = l.Label
		axis.Tick.Label.Font.Size = l.Tick
	}
	p.Legend.TextStyle.Font.Size = l.Tick
}

// curveColours are of curves or samples drawn over each other: Okabe and Ito's ("Color Universal
// Design", 2008) that are dark enough for a line on white, in the order that keeps neighbours apart
// in lightness too.
var curveColours = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0x33, 0x33, 0x33, 0xff}, // ink
	{0xe6, 0x9f, 0x00, 0xff}, // orange
}

// curveColour is the colour of the curve with number i.
func curveColour(i int) color.RGBA { return curveColours[i%len(curveColours)] }
