package plot

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks is a plot.Ticker of four to nine round numbers, with the fewest decimals that distinguish
// them. (gonum's default ticker writes 2500.00.)
type ticks struct{}

// Ticks implements plot.Ticker.
func (ticks) Ticks(least, most float64) []plot.Tick {
	width := most - least
	if !(width > 0) || math.IsInf(width, 0) {
		return plot.DefaultTicks{}.Ticks(least, most)
	}
	// The step is the largest of 1, 2 and 5 times a power of ten that fits at least four times.
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
			decimals = max(1, int(math.Ceil(math.Log10(near)))-exponent) // digits that distinguish neighbours
		}
	}
	var marks []plot.Tick
	for k := math.Ceil(least/step - 1e-9); k*step <= most+1e-9*step; k++ {
		v := k * step
		if k == 0 {
			v = 0 // never -0
		}
		marks = append(marks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, format, decimals, 64)})
		if len(marks) > 20 { // the range is too narrow for its magnitude: k no longer advances
			return plot.DefaultTicks{}.Ticks(least, most)
		}
	}
	return marks
}

// fewer is a plot.Ticker that keeps every n-th label of another, including the label at 0. The
// other ticks become minor ticks.
type fewer struct {
	plot.Ticker
	every int
}

// Ticks implements plot.Ticker.
func (f fewer) Ticks(least, most float64) []plot.Tick {
	marks := slices.Clone(f.Ticker.Ticks(least, most))
	var labelled []int
	at := 0 // index, among the labelled ticks, of one that keeps its label
	for i, mark := range marks {
		if !mark.IsMinor() {
			if mark.Value == 0 {
				at = len(labelled)
			}
			labelled = append(labelled, i)
		}
	}
	for k, i := range labelled {
		if (k-at)%f.every != 0 {
			marks[i].Label = ""
		}
	}
	return marks
}

// unlabelled is a plot.Ticker with the ticks of another, without labels.
type unlabelled struct{ plot.Ticker }

// Ticks implements plot.Ticker.
func (u unlabelled) Ticks(least, most float64) []plot.Tick {
	marks := slices.Clone(u.Ticker.Ticks(least, most))
	for i := range marks {
		marks[i].Label = ""
	}
	return marks
}
