package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// binning is a division of a feature's range into bins of one width.
type binning struct {
	from, to float64
	count    int
	// The first bin holds all values below it too, and the last one all above.
	below, above bool
}

// width returns the width of a bin.
func (b binning) width() float64 { return (b.to - b.from) / float64(b.count) }

// edge returns the lower end of bin i, or the upper end of the range for i = count.
func (b binning) edge(i int) float64 { return b.from + float64(i)*b.width() }

// of returns the bin of a value, if there is one.
func (b binning) of(v float64) (bin int, ok bool) {
	at := math.Floor((v - b.from) / b.width())
	switch last := float64(b.count - 1); {
	case at < 0:
		return 0, b.below
	case at > last:
		return b.count - 1, b.above
	}
	return int(at), true
}

// note returns what to say of values beyond the range, after the feature's name, or "".
func (b binning) note() string {
	first, last := b.edge(1), b.edge(b.count-1)
	switch {
	case b.below && b.above:
		return fmt.Sprintf(" (end bins: < %.3g, > %.3g)", first, last)
	case b.below:
		return fmt.Sprintf(" (first bin: < %.3g)", first)
	case b.above:
		return fmt.Sprintf(" (last bin: > %.3g)", last)
	}
	return ""
}

// bin is the share of a sample's weight in one bin, and its standard deviation.
type bin struct{ share, deviation float64 }

// binned returns the bins of feature j of a sample. The shares are of the weight of all points,
// also of those that have no bin.
func binned(s Set, j int, b binning) []bin {
	bins := make([]bin, b.count)
	total, weights := 0.0, s.weights()
	for i := range s.Points.Len() {
		w := weight(weights, i)
		total += w
		if at, ok := b.of(s.Points.At(i, j)); ok {
			bins[at].share += w
			bins[at].deviation += w * w
		}
	}
	total = math.Max(total, math.SmallestNonzeroFloat64)
	for i := range bins {
		bins[i].share /= total
		bins[i].deviation = math.Sqrt(bins[i].deviation) / total
	}
	return bins
}

// farTail is how many times as far from the median as the 16% quantile, or the 84% one, the bins of
// Marginals reach at most where values go much further out: 4 standard deviations of a normal
// distribution. Values beyond are in the first and last bin.
const farTail = 4

// binningOf returns the bins of feature j over all samples. Quantiles don't count weights.
func binningOf(samples []Set, periods [][2]float64, j int) binning {
	b := binning{count: marginalBins, from: math.Inf(1), to: math.Inf(-1)}
	whole := featureRange(samples, periods, j)
	if turnOf(periods, j) > 0 {
		b.from, b.to = whole[0], whole[1]
		b.above = true // the upper end itself, by rounding
		return b
	}
	for _, s := range samples {
		n, value := s.Points.Len(), func(i int) float64 { return s.Points.At(i, j) }
		sorted := someSorted(n, value)
		least, most := whole[0], whole[1]
		q := func(p float64) float64 { return stat.Quantile(p, stat.Empirical, sorted, nil) }
		median := q(0.5)
		// A little further than a normal sample goes is no reason to cut.
		if reach := farTail * (median - q(0.16)); reach > 0 && median-least > 1.5*reach {
			least = median - reach
		}
		if reach := farTail * (q(0.84) - median); reach > 0 && most-median > 1.5*reach {
			most = median + reach
		}
		b.from, b.to = math.Min(b.from, least), math.Max(b.to, most)
	}
	for _, s := range samples {
		for i := range s.Points.Len() {
			v := s.Points.At(i, j)
			b.below, b.above = b.below || v < b.from, b.above || v >= b.to
		}
	}
	return b
}
