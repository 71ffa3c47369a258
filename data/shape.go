package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// shape is what the quantiles of a column say of its distribution.
type shape struct {
	least, middle, most float64 // the outermost values and the median
	half                float64 // the range of the middle half
	skewness            float64 // of the 5 % and 95 % quantiles about the median, from −1 to 1
	tails               float64 // the range of all but 1 % of the values, relative to that of the middle half
	left, right         bool    // values seem to have an end there, see endsAt
	leftOfLog           bool    // so do the logarithms of positive values
	low, high           float64 // the ends that are guessed
	whole               bool    // whether values are whole numbers with noise above each
}

// What tells shapes apart, and how many values are looked at.
const (
	skewed = 0.3 // an exponential distribution has 0.56
	// heavyTails lies between what a logistic distribution has (4.8; a normal one has 3.8) and a t
	// distribution of 3 degrees of freedom (7.6).
	heavyTails   = 5.5
	hardEnd      = 0.3     // see endsAt
	leastForEnds = 500     // values below which no end is guessed
	endRows      = 20      // values between the outermost one and the quantile closest to it
	mostShape    = 100_000 // values looked at
)

// shapeOf returns the shape of sorted values. whole says whether they are whole numbers with noise.
func shapeOf(sorted []float64, whole bool) shape {
	n := len(sorted)
	q := func(p float64) float64 { return quantile(p, sorted) }
	s := shape{least: sorted[0], middle: q(0.5), most: sorted[n-1], half: q(0.75) - q(0.25), tails: math.Inf(1), whole: whole}
	if span := q(0.95) - q(0.05); span > 0 {
		s.skewness = (q(0.95) + q(0.05) - 2*s.middle) / span
	}
	if outer := math.Max(0.005, 2/float64(n)); s.half > 0 {
		s.tails = (q(1-outer) - q(outer)) / s.half
	}
	if n < leastForEnds {
		return s
	}
	same := func(v float64) float64 { return v }
	s.left, s.right = endsAt(sorted, same)
	if s.least > 0 {
		s.leftOfLog, _ = endsAt(sorted, math.Log)
	}
	// An end is no further from the outermost value than some values are, or the next one where these
	// are equal. It is no value itself.
	gap := endRows / 2 / float64(n)
	near, far := q(gap), q(1-gap)
	if i := slices.IndexFunc(sorted, func(v float64) bool { return v > s.least }); i >= 0 && near == s.least {
		near = sorted[i]
	}
	if i, _ := slices.BinarySearch(sorted, s.most); i > 0 && far == s.most {
		far = sorted[i-1]
	}
	s.low = roundest(s.least-(near-s.least), beside(s.least, -1))
	s.high = roundest(beside(s.most, 1), s.most+(s.most-far))
	return s
}

// endsAt reports whether sorted values, mapped by f, seem to end at the outermost ones, so that
// their density doesn't fall to 0 towards them. From an end to the 1 % quantile it is then about a
// fifth of the way to the 5 % quantile. For normal values it is more than half, and in one sample
// of some thousand less than hardEnd.
func endsAt(sorted []float64, f func(v float64) float64) (left, right bool) {
	near := math.Max(0.01, endRows/float64(len(sorted)))
	q := func(p float64) float64 { return f(quantile(p, sorted)) }
	least, most := q(0), q(1)
	return q(near)-least < hardEnd*(q(5*near)-least), most-q(1-near) < hardEnd*(most-q(1-5*near))
}

// beside returns the float32 number next to v, below it or above.
func beside(v float64, side int) float64 {
	return float64(math.Nextafter32(float32(v), float32(math.Inf(side))))
}

// text returns a value as a reason shows it: without the noise that whole numbers were given.
func (s shape) text(v float64) string {
	if s.whole {
		return fmt.Sprintf("%.0f", math.Floor(v))
	}
	return fmt.Sprintf("%.3g", v)
}

// ends returns what a reason says of the ends: the outermost of whole numbers, or the guesses.
func (s shape) ends() (guessed, low, high string) {
	if s.whole {
		return "", s.text(s.least), s.text(s.most)
	}
	return "guessed as ", fmt.Sprintf("%g", s.low), fmt.Sprintf("%g", s.high)
}

// positive says that values are above 0, or that counts are not below.
func (s shape) positive() string {
	if s.whole && s.least < 1 {
		return "not negative"
	}
	return "positive"
}

// upTo says how a median divides the values.
func (s shape) upTo() string {
	if s.whole {
		return "up to"
	}
	return "below"
}

// width returns the range of the middle half as a reason shows it.
func (s shape) width() string {
	if s.whole {
		return s.text(math.Ceil(s.half))
	}
	return s.text(s.half)
}

// maps returns the maps that suit the shape, and the reason.
func (s shape) maps() (maps []ColumnMap, reason string) {
	heavy := s.tails > heavyTails
	guessed, low, high := s.ends()
	switch {
	case s.left && s.right && !heavy:
		return []ColumnMap{Logit(s.low, s.high), Quantile}, fmt.Sprintf("many values close to both ends, %s%s and %s%s", guessed, low, high, s.angle())
	case s.least > 0 && s.skewness > skewed && !s.leftOfLog, s.left && s.low == 0 && s.skewness > -skewed:
		return []ColumnMap{Log, Quantile}, fmt.Sprintf("%s, and skewed: from %s up to %s, half %s %s", s.positive(), s.text(s.least), s.text(s.most), s.upTo(), s.text(s.middle))
	case s.left && s.skewness > -skewed:
		return []ColumnMap{LogAbove(s.low), Quantile}, "many values close to the lower end, " + guessed + low
	case s.right && s.skewness < skewed:
		return []ColumnMap{LogBelow(s.high), Quantile}, "many values close to the upper end, " + guessed + high
	case heavy && s.half > 0:
		return []ColumnMap{Robust, Asinh(1), Quantile}, fmt.Sprintf("heavy tails: from %s to %s, half within %s", s.text(s.least), s.text(s.most), s.width())
	case heavy:
		return []ColumnMap{Quantile}, "half of it is one value, or nearly so"
	}
	return nil, "a flow learns it as it is" + s.angle()
}

// suited returns the maps that suit sorted values, which may be whole numbers with noise, and the
// reason. Quantile is not among them if they have several peaks: a few quantiles don't tell how
// steep a peak is towards a gap, and a flow learns it better without them. (Two normal peaks eight
// deviations apart were learned to a KL of 0.012 nats without Quantile and 0.027 with it, and to no
// less with more quantiles.)
func suited(sorted []float64, whole bool) (maps []ColumnMap, reason string) {
	sorted = thinned(sorted, mostShape)
	maps, reason = shapeOf(sorted, whole).maps()
	last := len(maps) - 1
	if last < 1 || maps[last] != Quantile {
		return maps, reason
	}
	mapped := slices.Clone(sorted)
	for _, m := range maps[:last] {
		fitted, err := mapKinds[m.kind].fit(m, slices.Clone(mapped))
		if err != nil { // FitPipeline returns it
			return maps, reason
		}
		for i, v := range mapped {
			mapped[i], _ = fitted.forward(v)
		}
	}
	if severalPeaks(mapped) {
		return maps[:last], reason + "; with several peaks"
	}
	return maps, reason
}

// thinned returns at most most of sorted values, evenly, the outermost among them.
func thinned(sorted []float64, most int) []float64 {
	if len(sorted) <= most {
		return sorted
	}
	thin := make([]float64, most)
	for i := range thin {
		thin[i] = sorted[i*(len(sorted)-1)/(most-1)]
	}
	return thin
}

// severalPeaks reports whether a histogram of sorted values has a deep valley.
func severalPeaks(sorted []float64) bool {
	const (
		bins   = 24
		deep   = 0.5 // of the lower of the peaks beside it
		errors = 4   // standard errors that a valley is deep
	)
	from, to := quantile(0.005, sorted), quantile(0.995, sorted)
	if !(to > from) {
		return false
	}
	var counts [bins]float64
	for _, v := range sorted {
		if v >= from && v < to {
			counts[min(int(bins*(v-from)/(to-from)), bins-1)]++
		}
	}
	for k := 1; k < bins-1; k++ {
		peak := math.Min(slices.Max(counts[:k]), slices.Max(counts[k+1:]))
		if counts[k] < deep*peak && peak-counts[k] > errors*math.Sqrt(peak+counts[k]) {
			return true
		}
	}
	return false
}

// angle returns what to say of values that fill a turn.
func (s shape) angle() string {
	for _, turn := range [][2]float64{{-math.Pi, math.Pi}, {0, 2 * math.Pi}, {-180, 180}, {0, 360}} {
		if near := 0.01 * (turn[1] - turn[0]); math.Abs(s.least-turn[0]) < near && math.Abs(s.most-turn[1]) < near {
			return fmt.Sprintf("; if it is an angle, %s makes %.3g and %.3g one point", Angle(turn[0], turn[1]), turn[0], turn[1])
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
