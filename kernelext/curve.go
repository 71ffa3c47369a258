package kernelext

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// history holds the losses of a flow in training, which the notebook draws.
type history struct{ training, validation []lossAt }

// lossAt is a loss, in nats, after a number of steps.
type lossAt struct {
	step int
	loss float64
}

// The chart's size in pixels, without the space for its labels.
const (
	chartWidth, chartHeight = 240.0, 96.0
	chartLeft, chartBelow   = 52.0, 18.0
	mostOfCurve             = 160 // points of a curve; more could not be seen and would make the saved notebook larger
)

// chart returns an SVG of the losses, in this unit, over the steps of the whole training. The curve grows
// to the right as the flow trains. The SVG has no scripts, because saved notebooks lose them. chart returns
// "" if there are fewer than two losses to draw.
func (h history) chart(steps int, unit string) string {
	curve := averaged(h.training, mostOfCurve)
	if len(curve) < 2 {
		return ""
	}
	low, high := lossRange(curve, h.validation)
	place := func(l lossAt) string {
		y := math.Min(math.Max((l.loss-low)/(high-low), 0), 1)
		return fmt.Sprintf("%.1f,%.1f", chartLeft+chartWidth*float64(l.step)/float64(max(steps, l.step)), 4+(chartHeight-8)*(1-y))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg width="%.0f" height="%.0f" font-family="sans-serif" font-size="10" fill="#333">`, chartLeft+chartWidth+8, chartHeight+chartBelow)
	fmt.Fprintf(&b, `<path d="M%.1f,0V%.1fH%.1f" fill="none" stroke="#999"/>`, chartLeft, chartHeight, chartLeft+chartWidth)
	fmt.Fprintf(&b, `<text x="%.0f" y="10" text-anchor="end">%s</text><text x="%.0f" y="%.0f" text-anchor="end">%s</text>`,
		chartLeft-4, nats(high), chartLeft-4, chartHeight, nats(low))
	fmt.Fprintf(&b, `<text x="%.0f" y="%.0f">%s</text><text x="%.0f" y="%.0f" text-anchor="end">%d steps</text>`,
		chartLeft, chartHeight+13, html.EscapeString(unit), chartLeft+chartWidth, chartHeight+13, steps)
	points := make([]string, len(curve))
	for i, l := range curve {
		points[i] = place(l)
	}
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="#2a788e" stroke-width="1.5"/>`, strings.Join(points, " "))
	if len(h.validation) > 0 {
		for _, l := range averaged(h.validation, mostOfCurve) {
			x, y, _ := strings.Cut(place(l), ",")
			fmt.Fprintf(&b, `<circle cx="%s" cy="%s" r="3" fill="#d95f02"/>`, x, y)
		}
		fmt.Fprintf(&b, `<text x="%.0f" y="10" text-anchor="end" fill="#d95f02">● validation</text>`, chartLeft+chartWidth)
	}
	b.WriteString(`</svg>`)
	return b.String()
}

// averaged divides the losses into at most `most` consecutive parts and returns the mean of each.
func averaged(losses []lossAt, most int) []lossAt {
	n := min(len(losses), most)
	means := make([]lossAt, n)
	for i := range means {
		part := losses[i*len(losses)/n : (i+1)*len(losses)/n]
		for _, l := range part {
			means[i].loss += l.loss / float64(len(part))
		}
		means[i].step = part[len(part)-1].step
	}
	return means
}

// lossRange returns the range of the losses to draw. The first twentieth of the curve doesn't count
// for its upper end, since early losses are much higher than the rest. The curve therefore enters
// the chart from above.
func lossRange(curve, validation []lossAt) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i, l := range curve {
		low = math.Min(low, l.loss)
		if i >= len(curve)/20 {
			high = math.Max(high, l.loss)
		}
	}
	for _, l := range validation {
		low, high = math.Min(low, l.loss), math.Max(high, l.loss)
	}
	if high-low < 1e-9 {
		low, high = low-0.5, high+0.5
	}
	return low, high
}

// nats formats a loss with as many digits as the axis has room for.
func nats(loss float64) string {
	if math.Abs(loss) >= 1e4 {
		return fmt.Sprintf("%.2g", loss)
	}
	return fmt.Sprintf("%.3f", loss)
}
