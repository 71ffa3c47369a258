package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/flowsforflows/flows/data/degenerate"
)

// columnSample is what Prepare looks at of a column.
type columnSample struct {
	values []float64 // sorted
	// even are values at even steps of the weight (see Points.byWeight), as many as the weights are
	// worth. The outermost ones are those of values.
	even []float64
}

// columnSample returns the values of column j that are to be kept, some of them.
func (p Points) columnSample(j int, keep func(v float64) bool) columnSample {
	var s columnSample
	var rows []int
	for i := range p.Len() {
		if v := p.At(i, j); keep(v) {
			s.values, rows = append(s.values, v), append(rows, i)
		}
	}
	if !p.Weighted() {
		slices.Sort(s.values)
		s.even = s.values
		return s
	}
	s.even = p.byWeight(s.values, rows)
	slices.Sort(s.values)
	slices.Sort(s.even)
	s.even = thinned(s.even, max(p.worth(rows), leastQuantileRows))
	if last := len(s.even) - 1; last >= 0 { // maps must take the values of small weights too
		s.even[0], s.even[last] = s.values[0], s.values[len(s.values)-1]
	}
	return s
}

// worth returns how many points of equal weight some rows are worth, without negative weights.
func (p Points) worth(rows []int) int {
	sum, squares := 0.0, 0.0
	_, scale := p.sumOfWeights()
	for _, i := range rows {
		w := max(p.weightOf(i), 0) / scale
		sum, squares = sum+w, squares+w*w
	}
	if squares == 0 {
		return 0
	}
	return int(sum * sum / squares)
}

// shareOf returns the share of the points, by weight, with a value in column j.
func (p Points) shareOf(j int, value float64) float64 {
	at, all := 0.0, 0.0
	for i := range p.Len() {
		w := max(p.weightOf(i), 0)
		if all += w; p.At(i, j) == value {
			at += w
		}
	}
	if all == 0 {
		return 0
	}
	return at / all
}

// whole reports whether all values are whole numbers.
func (s columnSample) whole() bool {
	return !slices.ContainsFunc(s.values, func(v float64) bool { return !degenerate.IsWhole(v) })
}

// missingCode returns what to say of an outermost value that may be a code for a missing one, such
// as -999, or "".
func (s columnSample) missingCode() string {
	for _, code := range []float64{s.values[0], s.values[len(s.values)-1]} {
		from, _ := slices.BinarySearch(s.values, code)
		to := from
		for to < len(s.values) && s.values[to] == code {
			to++
		}
		rest := slices.Concat(s.values[:from], s.values[to:])
		if to-from < 2 || len(rest) == 0 {
			continue
		}
		least, most := rest[0], rest[len(rest)-1]
		far := max(least-code, code-most) > 0.1*(most-least) // from the other values
		if far && looksLikeCode(code) || code < 0 && code == math.Trunc(code) && least >= 0 && !s.whole() {
			return fmt.Sprintf(" (if %[1]v means a missing value, name it in the reader's MissingValues with the option DropMissing, or call DropMissing(%[1]v) on the points)", float32(code))
		}
	}
	return ""
}

// looksLikeCode reports whether a value is written with nines alone, or is so large that it hardly
// was measured.
func looksLikeCode(v float64) bool {
	const hardlyMeasured = 1e10
	text := strconv.FormatFloat(math.Abs(v), 'f', -1, 32)
	return math.Abs(v) >= hardlyMeasured || len(text) > 1 && strings.Trim(text, "9") == ""
}
