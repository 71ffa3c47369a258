package plot

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks is a plot.Ticker of four to nine round numbers, each with the fewest decimals that all of them need; gonum's own has 2500.00.
type ticks struct{}

// Ticks implements plot.Ticker.
func (ticks) Ticks(least, most float64) []plot.Tick {
	width := most - least
	if !(width > 0) || math.IsInf(width, 0) {
		return plot.DefaultTicks{}.Ticks(least, most)
	}
	// The largest of 1, 2 and 5 times a power of ten that fits in at least four times.
	exponent := int(math.Floor(math.Log10(width / 4)))
	power := math.Pow10(exponent)
	step := power
	for _, s := range []float64{2, 5} {
		if s*power <= width/4 {
			step = s * power
		}
	}
	format, decimals := byte('f'), max(0, -exponent)
	if exponent > 4 || exponent < -4 {
		format, decimals = 'g', -1
		if near := math.Max(math.Abs(least), math.Abs(most)); near > 0 {
			decimals = max(1, int(math.Ceil(math.Log10(near)))-exponent) // digits that tell neighbours apart
		}
	}
	var marks []plot.Tick
	for k := math.Ceil(least/step - 1e-9); k*step <= most+1e-9*step; k++ {
		v := k * step
		if k == 0 {
			v = 0 // never -0
		}
		marks = append(marks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, format, decimals, 64)})
		if len(marks) > 20 { // the range is too narrow for its numbers, k no longer counts
			return plot.DefaultTicks{}.Ticks(least, most)
		}
	}
	return marks
}
