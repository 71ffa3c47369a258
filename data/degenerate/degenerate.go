// Package degenerate finds columns of numbers whose density has no upper bound, or that float32 is
// too coarse for: whole numbers, values that repeat, and a small spread about a large offset. Both
// data.Prepare and the notes of a fit decide by it.
package degenerate

import (
	"bytes"
	"math"
	"strconv"

	"github.com/flowsforflows/flows/data/internal/columns"
)

// The limits by which columns are judged.
const (
	mostWhole    = 1 << 20 // in absolute value: from half of it on, float32 goes in steps of a sixteenth
	leastSteps   = 100     // float32 steps in a standard deviation
	leastTimes   = 10      // occurrences of a value that stands out
	leastShare   = 0.01    // share of the values that it has
	mostRepeated = 0.5     // share of the other values that may have an equal one
	// leastLevels is the number of different values from which on no flow sees that they are
	// rounded: the least width of a spline's bin is a thousandth of its range.
	leastLevels = 2000
)

// IsWhole reports whether v is a whole number below 2²⁰ in absolute value. Far larger numbers are
// whole in float32 because it has no others there.
func IsWhole(v float64) bool { return v == math.Trunc(v) && math.Abs(v) < mostWhole }

// IsCoarse reports whether float32 is too coarse for a column with that mean and standard
// deviation: whether the standard deviation is below 100 float32 steps at the mean.
func IsCoarse(mean, std float64) bool { return std < leastSteps*columns.Float32Step(mean) }

// Printed reports whether values seem to have been printed with six significant digits or fewer:
// whether six digits suffice to write each of the first 1,000 values exactly. A real number in
// float32 needs up to nine.
func Printed(values []float32) bool {
	const digits, looked = 6, 1000
	var text []byte
	for _, v := range values[:min(len(values), looked)] {
		text = strconv.AppendFloat(text[:0], math.Abs(float64(v)), 'e', -1, 32)
		mantissa, _, _ := bytes.Cut(text, []byte{'e'})
		if len(bytes.ReplaceAll(mantissa, []byte{'.'}, nil)) > digits {
			return false
		}
	}
	return len(values) > 0
}

// Repeats holds how often values repeat. Count returns it.
type Repeats[V comparable] struct {
	Value    V   // the most frequent value
	Times    int // how often it occurs
	Repeated int // number of values that have an equal one
	Distinct int // number of different values
	Len      int // number of values
}

// Count returns how often values repeat, of values that are sorted.
func Count[V comparable](sorted []V) Repeats[V] {
	r := Repeats[V]{Len: len(sorted)}
	for from := 0; from < len(sorted); r.Distinct++ {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		if to-from > r.Times {
			r.Value, r.Times = sorted[from], to-from
		}
		if to-from > 1 {
			r.Repeated += to - from
		}
		from = to
	}
	return r
}

// Share returns the share of the values that have an equal one.
func (r Repeats[V]) Share() float64 { return float64(r.Repeated) / float64(max(r.Len, 1)) }

// Rounded reports whether the values seem to be rounded to so few levels that a flow can see them:
// there are fewer than 2,000 different values, and of those other than the most frequent more than
// half have an equal one. Numbers printed with six digits repeat by chance alone, some percent of
// ten thousand, which no flow can see.
func (r Repeats[V]) Rounded() bool {
	return float64(r.Repeated-r.Times) > mostRepeated*float64(r.Len-r.Times) && r.Distinct < leastLevels
}

// StandsOut reports whether the most frequent value is a spike: whether it occurs at least 10
// times, has at least 1% of the values, and the values are not Rounded.
func (r Repeats[V]) StandsOut() bool {
	return r.Times >= leastTimes && float64(r.Times) >= leastShare*float64(r.Len) && !r.Rounded()
}
