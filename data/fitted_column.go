package data

import (
	"fmt"
	"math"
	"slices"
)

// fittedColumn is what a column passes: noise for whole numbers, or beside a spike, and then maps.
// The value of the spike passes none of the maps.
type fittedColumn struct {
	whole bool
	spike *spike // nil for none
	maps  []fittedMap
}

// fittedMap is a map that is fitted to its column.
type fittedMap struct {
	ColumnMap
	monotone
}

// takes reports whether a value is in the domain of the map.
func (m fittedMap) takes(v float64) bool {
	low, high := m.domain()
	return v > low && v < high
}

// outside returns the error of a value that a map can't take. v is what the maps before it make of
// the value.
func outside(p Points, i, j int, m fittedMap, v float64) error {
	low, high := m.domain()
	passed := ""
	if v != p.At(i, j) {
		passed = fmt.Sprintf(", which what comes before makes %g", v)
	}
	remedy := ""
	switch {
	case passed != "":
		remedy = ": take a map with other ends, such as LogAbove, or leave the row out"
	case v == low || v == high:
		remedy = fmt.Sprintf(": if a share of the rows has exactly that value, put %s before; otherwise leave the row out", Spike(v))
	}
	return fmt.Errorf("data: row %d, column %s is %v%s; %s takes values between %g and %g, without these%s", i, p.ColumnTitle(j), p.Row(i)[j], passed, m.ColumnMap, low, high, remedy)
}

// noisy reports whether a value is given noise.
func (c *fittedColumn) noisy(v float64) bool { return c.whole || c.spike != nil && v == c.spike.At }

// noiseMargin is how far noise that is drawn stays from 0 and from 1, so that maps, rounding to float32 and
// a flow's own don't take it out, unless values are large; see rounded.
const noiseMargin = 1e-4

// inside returns noise from 0 to 1 with that margin. Its density is then not 1: logInside is minus the
// logarithm of it, which a bound that is to hold has to count.
func inside(noise float64) float64 { return noiseMargin + (1-2*noiseMargin)*noise }

var logInside = math.Log1p(-2 * noiseMargin)

// addsNoise reports whether any value is given noise.
func (c *fittedColumn) addsNoise() bool { return c != nil && (c.whole || c.spike != nil) }

// forward maps the value of row i in column j of x, with noise from 0 to 1 if it is noisy. It
// returns an error if the maps can't take the value.
func (c *fittedColumn) forward(x Points, i, j int, noise float64) (u, logDerivative float64, err error) {
	u = x.At(i, j)
	switch {
	case c.whole:
		if err := checkWhole(x, i, j); err != nil {
			return 0, 0, err
		}
		u += noise
	case c.spike != nil && u == c.spike.At:
		u, logDerivative = c.spike.atom(noise)
		return u, logDerivative, nil
	case c.spike != nil && !c.spike.takes(u):
		return 0, 0, fmt.Errorf("data: row %d, column %s is %v: on that side of the spike at %g there was no value in training; leave the row out", i, x.ColumnTitle(j), x.Row(i)[j], c.spike.At)
	}
	for _, m := range c.maps {
		if !m.takes(u) {
			return 0, 0, outside(x, i, j, m, u)
		}
		var l float64
		u, l = m.forward(u)
		logDerivative += l
	}
	if c.spike != nil {
		var l float64
		u, l = c.spike.open(u)
		logDerivative += l
	}
	return u, logDerivative, nil
}

// rounded returns an image u of the value v as a float32. If v is a whole number with noise, rounding
// doesn't take it to the next one, unless v is so large that float32 has no number between.
func (c *fittedColumn) rounded(u, v float64) float32 {
	switch {
	case c.whole && len(c.maps) == 0:
		return inCell(u, v, 1, 0)
	case c.whole:
		return c.inCell(u, v)
	}
	return float32(u)
}

// inCell returns an image u of the whole number v with noise as the float32 beside it whose inverse is
// in the same cell, if there is one among its neighbours.
func (c *fittedColumn) inCell(u, v float64) float32 {
	nearest := float32(u)
	for _, toward := range []float32{nearest, math.Nextafter32(nearest, float32(math.Inf(-1))), math.Nextafter32(nearest, float32(math.Inf(1)))} {
		if back, _ := c.undone(float64(toward)); math.Floor(back) == v {
			return toward
		}
	}
	return nearest
}

// undone undoes the maps, without the noise.
func (c *fittedColumn) undone(u float64) (v, logDerivative float64) {
	for _, m := range slices.Backward(c.maps) {
		var l float64
		u, l = m.inverse(u)
		logDerivative += l
	}
	return u, logDerivative
}

// inverse undoes forward. The value is rounded to float32 between low and high, the ends of the
// column's domain.
func (c *fittedColumn) inverse(u, low, high float64) (v float32, logDerivative float64) {
	if c.spike != nil {
		if c.spike.holds(u) {
			return float32(c.spike.At), c.spike.atomLogDerivative(u)
		}
		u, logDerivative = c.spike.close(u)
	}
	u, l := c.undone(u)
	logDerivative += l
	switch {
	case c.whole:
		// In float64: rounding to float32 first takes some values to the next whole number.
		return float32(math.Floor(max(min(u, math.Nextafter(high, math.Inf(-1))), math.Nextafter(low, math.Inf(1))))), logDerivative
	case c.spike != nil:
		low, high = c.spike.beside(u, low, high)
	}
	return within(u, low, high), logDerivative
}

// domain returns the ends of the open interval of values that the maps take.
func (c *fittedColumn) domain() (low, high float64) {
	low, high = everywhere()
	for _, m := range slices.Backward(c.maps) {
		least, most := m.domain()
		if !math.IsInf(low, 0) {
			low, _ = m.inverse(low)
		}
		if !math.IsInf(high, 0) {
			high, _ = m.inverse(high)
		}
		low, high = math.Max(low, least), math.Min(high, most)
	}
	return low, high
}

// within returns the float32 nearest to v between low and high, both excluded. A value beyond the
// range of float32 becomes infinite, unless that end is finite.
func within(v, low, high float64) float32 {
	f := float32(v)
	if float64(f) <= low && !math.IsInf(low, 0) {
		for f = float32(low); float64(f) <= low; {
			f = math.Nextafter32(f, float32(math.Inf(1)))
		}
	}
	if float64(f) >= high && !math.IsInf(high, 0) {
		for f = float32(high); float64(f) >= high; {
			f = math.Nextafter32(f, float32(math.Inf(-1)))
		}
	}
	return f
}
