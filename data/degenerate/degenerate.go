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

// The limits of what is told.
const (
	mostWhole    = 1 << 20 // in absolute value: from half of it on, float32 goes in steps of a sixteenth
	leastSteps   = 100     // float32 steps in a standard deviation
	leastTimes   = 10      // times that a value occurs that stands out
	leastShare   = 0.01    // and its share of the values
	mostRepeated = 0.5     // share of the other values that may have an equal one
	// leastLevels is the number of different values from which on no flow sees that they are
	// rounded: the least width of a spline's bin is a thousandth of its range.
	leastLevels = 2000
)

// IsWhole reports whether v is a whole number, not so large that float32 has no others there.
func IsWhole(v float64) bool { return v == math.Trunc(v) && math.Abs(v) < mostWhole }

// IsCoarse reports whether float32 loses the information of a column with that mean and standard
// deviation.
func IsCoarse(mean, std float64) bool { return std < leastSteps*columns.Float32Step(mean) }

// Printed reports whether values were printed with six significant digits or fewer, as their
// shortest decimals tell. A real number in float32 has up to nine.
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

// Repeats says what repeats among values.
type Repeats[V comparable] struct {
	Value    V   // the most frequent value
	Times    int // how often it occurs
	Repeated int // number of values that have an equal one
	Distinct int // number of different values
	Len      int // number of values
}

// Count returns what repeats among sorted values.
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

// Rounded reports whether the values lie on so few levels that a flow can tell them apart: most of
// them repeat, even without the most frequent one. Numbers printed with six digits repeat by chance
// only, some percent of ten thousand, and no flow can tell.
func (r Repeats[V]) Rounded() bool {
	return float64(r.Repeated-r.Times) > mostRepeated*float64(r.Len-r.Times) && r.Distinct < leastLevels
}

// StandsOut reports whether the most frequent value is a spike among others that don't repeat.
func (r Repeats[V]) StandsOut() bool {
	return r.Times >= leastTimes && float64(r.Times) >= leastShare*float64(r.Len) && !r.Rounded()
}
