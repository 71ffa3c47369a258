package data

import (
	"fmt"
	"math"
	"strconv"
)

// shape is what the quantiles of a column say of its distribution.
type shape struct {
	least, middle, most float64 // the outermost values and the median
	half                float64 // the range of the middle half
	skewness            float64 // of the 5 % and 95 % quantiles about the median, from −1 to 1
	tails               float64 // the range of all but 1 % of the values, relative to that of the middle half
	left, right         bool    // values seem to have an end there: their density doesn't fall to 0 towards it
	low, high           float64 // the ends that are guessed
}

// What tells shapes apart.
const (
	hardEnd      = 0.4  // from the outermost value to the 1 % quantile, relative to the 5 % quantile: 0.2 for a density with an end, 0.7 for a normal one
	skewed       = 0.3  // an exponential distribution has 0.56
	lopsided     = 0.15 // a log-normal one of σ = 0.25 has 0.2
	heavyTails   = 5.5  // a normal distribution has 3.8, a logistic one 4.8, a t distribution of 3 degrees of freedom 7.6
	leastForEnds = 200  // values below which no end is guessed
	endRows      = 10   // values between an end and the quantile closest to it
)

// shapeOf returns the shape of sorted values.
func shapeOf(sorted []float64) shape {
	n := len(sorted)
	q := func(p float64) float64 { return quantile(p, sorted) }
	s := shape{least: sorted[0], middle: q(0.5), most: sorted[n-1], half: q(0.75) - q(0.25), tails: math.Inf(1)}
	if span := q(0.95) - q(0.05); span > 0 {
		s.skewness = (q(0.95) + q(0.05) - 2*s.middle) / span
	}
	if outer := math.Max(0.005, 2/float64(n)); s.half > 0 {
		s.tails = (q(1-outer) - q(outer)) / s.half
	}
	if n < leastForEnds {
		return s
	}
	near := math.Max(0.01, endRows/float64(n))
	s.left = q(near)-s.least < hardEnd*(q(5*near)-s.least)
	s.right = s.most-q(1-near) < hardEnd*(s.most-q(1-5*near))
	// An end is no further from the outermost value than some values are. It is no value itself.
	gap := endRows / float64(n)
	s.low = roundest(s.least-(q(gap)-s.least), beside(s.least, -1))
	s.high = roundest(beside(s.most, 1), s.most+(s.most-q(1-gap)))
	return s
}

// beside returns the float32 number next to v, below it or above.
func beside(v float64, side int) float64 {
	return float64(math.Nextafter32(float32(v), float32(math.Inf(side))))
}

// maps returns the maps that suit the shape, and the reason.
func (s shape) maps() (maps []ColumnMap, reason string) {
	heavy := s.tails > heavyTails
	switch {
	case s.left && s.right && !heavy:
		return []ColumnMap{Logit(s.low, s.high), Quantile}, fmt.Sprintf("many values close to both ends, guessed as %g and %g%s", s.low, s.high, s.angle())
	case s.least > 0 && s.skewness > skewed && !(s.left && s.low > 0), s.left && s.low == 0 && s.skewness > -skewed:
		return []ColumnMap{Log, Quantile}, fmt.Sprintf("positive, and skewed: from %.3g up to %.3g, half below %.3g", s.least, s.most, s.middle)
	case s.left && s.skewness > -skewed:
		return []ColumnMap{LogAbove(s.low), Quantile}, fmt.Sprintf("many values close to the lower end, guessed as %g", s.low)
	case s.right && s.skewness < skewed:
		return []ColumnMap{LogBelow(s.high), Quantile}, fmt.Sprintf("many values close to the upper end, guessed as %g", s.high)
	case heavy && s.half > 0:
		return []ColumnMap{Robust, Asinh(1), Quantile}, fmt.Sprintf("heavy tails: from %.3g to %.3g, half within %.3g", s.least, s.most, s.half)
	case heavy || math.Abs(s.skewness) > lopsided:
		return []ColumnMap{Quantile}, "lopsided"
	}
	return nil, "a flow learns it as it is" + s.angle()
}

// angle returns what to say of values that fill a turn.
func (s shape) angle() string {
	for _, turn := range [][2]float64{{-math.Pi, math.Pi}, {0, 2 * math.Pi}, {-180, 180}, {0, 360}} {
		if near := 0.01 * (turn[1] - turn[0]); math.Abs(s.least-turn[0]) < near && math.Abs(s.most-turn[1]) < near {
			return fmt.Sprintf("; if it is an angle, %.3g and %.3g are the same, which this doesn't know", turn[0], turn[1])
		}
	}
	return ""
}

// roundest returns the number from low to high with the fewest digits, or low if there is none.
func roundest(low, high float64) float64 {
	if low <= 0 && high >= 0 {
		return 0
	}
	size := math.Floor(math.Log10(math.Max(math.Abs(low), math.Abs(high))))
	for digits := range 12 {
		unit := math.Pow(10, size-float64(digits))
		v, err := strconv.ParseFloat(strconv.FormatFloat(math.Ceil(low/unit)*unit, 'g', digits+2, 64), 64)
		if err == nil && v >= low && v <= high {
			return v
		}
	}
	return low
}
