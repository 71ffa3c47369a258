package plot

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// angleTicks is a plot.Ticker for an angle with a period, from the first number to the second:
// quarters of the turn, in units of π for radians and with the sign for degrees. Turns whose
// quarters aren't whole numbers have ordinary ticks.
type angleTicks [2]float64

// Ticks implements plot.Ticker.
func (a angleTicks) Ticks(least, most float64) []plot.Tick {
	turn := a[1] - a[0]
	quarter := turn / 4
	label := func(k int) string { return strconv.FormatFloat(float64(k)*quarter, 'f', -1, 64) }
	switch {
	case near(turn, 2*math.Pi):
		quarter, label = math.Pi/2, ofPi
	case near(turn, 360):
		quarter = 90
		label = func(k int) string { return fmt.Sprintf("%d°", 90*k) }
	case quarter != math.Trunc(quarter):
		return ticks{}.Ticks(least, most)
	}
	if !(most-least <= 2*turn) {
		return ticks{}.Ticks(least, most)
	}
	var marks []plot.Tick
	slack := 1e-5 * turn // of ends that were rounded
	for k := math.Ceil((least - slack) / quarter); k*quarter <= most+slack; k++ {
		marks = append(marks, plot.Tick{Value: math.Max(least, math.Min(most, k*quarter)), Label: label(int(k))})
	}
	if len(marks) < 2 { // of a part of the circle
		return ticks{}.Ticks(least, most)
	}
	return marks
}

// near reports whether two periods are the same but for the digits that they were written with.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-5*b }

// ofPi returns k quarters of a turn in units of π: "−π/2".
func ofPi(k int) string {
	sign := ""
	if k < 0 {
		sign, k = "−", -k
	}
	switch {
	case k == 0:
		return "0"
	case k%2 == 1 && k == 1:
		return sign + "π/2"
	case k%2 == 1:
		return fmt.Sprintf("%s%dπ/2", sign, k)
	case k == 2:
		return sign + "π"
	}
	return fmt.Sprintf("%s%dπ", sign, k/2)
}
