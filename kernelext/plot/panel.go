package plot

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Panel is one plot of a figure.
type Panel struct {
	*plot.Plot
	// Equal gives both axes the same scale, so that a unit has the same length on each.
	Equal bool
	// Bar is the colour bar to the right of the panel; nil for none.
	Bar *ColourBar
	// Below is a lower plot under this one, with the same horizontal axis, such as a ratio; nil for
	// none.
	Below *plot.Plot

	plane bool // it shows a plane, also where Equal is false
}

// lowerShare is the share of a panel's height that the plot Below takes.
const lowerShare = 0.36

// draw draws the panel on a tile.
func (p Panel) draw(tile draw.Canvas) {
	p = p.titled(tile.Size().X)
	if p.Below == nil {
		p = p.thinned(tile)
		if p.Equal {
			tile = p.squeeze(tile)
		}
		p.Plot.Draw(tile)
		p.Bar.draw(p.Plot, p.DataCanvas(tile))
		return
	}
	high := tile.Size().Y
	upper, lower := draw.Crop(tile, 0, 0, high*lowerShare, 0), draw.Crop(tile, 0, 0, 0, high*(lowerShare-1))
	above, below := p.thinned(upper).Plot, Panel{Plot: p.Below}.thinned(lower).Plot
	// Both data areas begin where the one with the wider labels does.
	left, right := above.DataCanvas(upper), below.DataCanvas(lower)
	begin, end := max(left.Min.X, right.Min.X), min(left.Max.X, right.Max.X)
	above.Draw(draw.Crop(upper, begin-left.Min.X, end-left.Max.X, 0, 0))
	below.Draw(draw.Crop(lower, begin-right.Min.X, end-right.Max.X, 0, 0))
}

// titled returns the panel with its title fitted to the width: first the font shrinks, then the
// middle of the title is left out.
func (p Panel) titled(width vg.Length) Panel {
	copied := *p.Plot
	title := &copied.Title
	for title.TextStyle.Width(title.Text) > width && title.TextStyle.Font.Size > vg.Points(leastTitleSize) {
		height := title.TextStyle.Height(title.Text)
		title.TextStyle.Font.Size -= vg.Points(0.5)
		title.Padding += height - title.TextStyle.Height(title.Text) // keeps the data areas of a row aligned
	}
	letters := []rune(title.Text)
	for kept := len(letters) - 1; kept > 1 && title.TextStyle.Width(title.Text) > width; kept-- {
		title.Text = string(letters[:(kept+1)/2]) + "…" + string(letters[len(letters)-kept/2:])
	}
	p.Plot = &copied
	return p
}

// thinned returns the panel with fewer tick labels if they wouldn't fit beside each other in a
// tile.
func (p Panel) thinned(tile draw.Canvas) Panel {
	copied := *p.Plot
	inner := copied.DataCanvas(tile).Size()
	for _, a := range []struct {
		axis *plot.Axis
		room vg.Length
		size func(label string) vg.Length
	}{
		{&copied.X, inner.X, func(label string) vg.Length {
			if upright := copied.X.Tick.Label; upright.Rotation != 0 { // side by side they take their height
				upright.Rotation = 0
				return 1.4 * upright.Height(label)
			}
			return copied.X.Tick.Label.Width(label + "  ")
		}},
		{&copied.Y, inner.Y, func(label string) vg.Length { return 1.4 * copied.Y.Tick.Label.Height(label) }},
	} {
		if a.axis.Tick.Marker == nil || !(a.axis.Min < a.axis.Max) {
			continue
		}
		widest, labelled := vg.Length(0), 0
		for _, mark := range a.axis.Tick.Marker.Ticks(a.axis.Min, a.axis.Max) {
			if !mark.IsMinor() {
				widest = max(widest, a.size(mark.Label))
				labelled++
			}
		}
		if need := widest * vg.Length(labelled); labelled > 1 && need > a.room && a.room > 0 {
			a.axis.Tick.Marker = fewer{a.axis.Tick.Marker, int(math.Ceil(float64(need / a.room)))}
		}
	}
	p.Plot = &copied
	return p
}

// squeeze crops a tile so that both axes of the panel have the same scale. It keeps the upper edge,
// so that the titles of a row stay aligned.
func (p Panel) squeeze(tile draw.Canvas) draw.Canvas {
	inner := p.DataCanvas(tile).Size()
	ratio := vg.Length((p.X.Max - p.X.Min) / (p.Y.Max - p.Y.Min))
	if wanted := inner.Y * ratio; wanted < inner.X {
		spare := (inner.X - wanted) / 2
		return draw.Crop(tile, spare, -spare, 0, 0)
	}
	return draw.Crop(tile, 0, 0, inner.Y-inner.X/ratio, 0)
}
