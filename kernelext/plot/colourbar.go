package plot

import (
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ColourBar is the legend of a panel's colours: a strip to the right of the data area, of the same
// height, with ticks and a label. It uses the fonts of the panel's y axis.
type ColourBar struct {
	Label     string          // what the colours stand for, with the unit
	Min, Max  float64         // values at the ends of the colour map; finite, Min < Max
	ColourMap ColourMap       // nil means DensityColours
	Scale     plot.Normalizer // maps values to the colour map's range 0…1; nil means linear
	Ticks     plot.Ticker     // nil means round numbers
}

const (
	barGap  = vg.Length(6) // between the data area and the strip
	barWide = vg.Length(9)

	leastBarLabel = 6 // smallest font size in points; a label too long for its bar shrinks to it
)

// ticks returns the labelled ticks of the bar.
func (b *ColourBar) ticks() []plot.Tick {
	var ticker plot.Ticker = ticks{}
	if b.Ticks != nil {
		ticker = b.Ticks
	}
	var shown []plot.Tick
	for _, mark := range ticker.Ticks(b.Min, b.Max) {
		if !mark.IsMinor() {
			shown = append(shown, mark)
		}
	}
	return shown
}

// width returns the space that the bar needs to the right of a panel; 0 if b is nil.
func (b *ColourBar) width(p *plot.Plot) vg.Length {
	if b == nil || p == nil {
		return 0
	}
	wide := vg.Length(0)
	for _, mark := range b.ticks() {
		wide = max(wide, p.Y.Tick.Label.Width(mark.Label))
	}
	wide += barGap + barWide + p.Y.Tick.Length + p.Y.Tick.Label.Width(" ")
	if b.Label != "" {
		wide += p.Y.Label.Padding + p.Y.Label.TextStyle.Height(b.Label)
	}
	return wide
}

// draw draws the bar beside a data area.
func (b *ColourBar) draw(p *plot.Plot, area draw.Canvas) {
	if b == nil {
		return
	}
	colours, scale := b.ColourMap, b.Scale
	if colours == nil {
		colours = DensityColours
	}
	if scale == nil {
		scale = plot.LinearScale{}
	}
	// The image has the aspect ratio of the area that it fills, because SVG viewers keep an image's
	// aspect ratio.
	strip := image.NewRGBA(image.Rect(0, 0, max(1, int(256*barWide/area.Size().Y)), 256))
	for i := range strip.Rect.Dx() {
		for j := range 256 {
			strip.SetRGBA(i, j, colours(1-float64(j)/255))
		}
	}
	left := area.Max.X + barGap
	right := left + barWide
	area.DrawImage(vg.Rectangle{Min: vg.Point{X: left, Y: area.Min.Y}, Max: vg.Point{X: right, Y: area.Max.Y}}, strip)
	outline := []vg.Point{{X: left, Y: area.Min.Y}, {X: right, Y: area.Min.Y}, {X: right, Y: area.Max.Y}, {X: left, Y: area.Max.Y}, {X: left, Y: area.Min.Y}}
	area.StrokeLines(p.Y.LineStyle, outline)

	label := p.Y.Tick.Label
	label.XAlign, label.YAlign = draw.XLeft, draw.YCenter
	height, last := label.Height("0"), vg.Length(math.Inf(-1))
	at, wide := right+p.Y.Tick.Length+label.Width(" ")/2, vg.Length(0)
	for _, mark := range b.ticks() {
		y := area.Y(scale.Normalize(b.Min, b.Max, mark.Value))
		area.StrokeLine2(p.Y.Tick.LineStyle, right, y, right+p.Y.Tick.Length, y)
		if y-last < height*1.1 {
			continue // on a non-linear scale the labels would overlap
		}
		last = y
		area.FillText(label, vg.Point{X: at, Y: y}, mark.Label)
		wide = max(wide, label.Width(mark.Label))
	}
	if b.Label != "" {
		along := p.Y.Label.TextStyle
		along.Rotation += math.Pi / 2
		along.XAlign, along.YAlign = draw.XCenter, draw.YTop
		for along.Width(b.Label) > area.Size().Y*1.1 && along.Font.Size > vg.Points(leastBarLabel) {
			along.Font.Size -= vg.Points(0.5)
		}
		area.FillText(along, vg.Point{X: at + wide + p.Y.Label.Padding, Y: area.Center().Y}, b.Label)
	}
}

// rootScale is a plot.Normalizer by the square root, so that regions of low density remain visible.
type rootScale struct{}

// Normalize implements plot.Normalizer.
func (rootScale) Normalize(least, most, x float64) float64 {
	return math.Sqrt(math.Max(0, (x-least)/(most-least)))
}
