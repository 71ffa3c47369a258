package metric

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// Binning holds the options of Ratios: the bins of each feature. The zero value is sensible.
type Binning struct {
	// Bins is the number of bins of a feature without Edges, at least 1; 0 means 40. They span the
	// truth, but leave out the outermost 0.1% at either end if these would widen the range of the
	// rest by more than 15%.
	Bins int
	// EqualShares makes bins without Edges hold equal shares of the truth instead of having equal
	// widths. Where many points have the same value, there are fewer bins. Negative weights count
	// by their absolute value here.
	EqualShares bool
	// Edges are the edges of the bins of some features, in increasing order, at least 2 for each.
	// Keys are the names of columns, or their numbers, counted from 0, as text. A bin holds its
	// lower edge, the last one its upper edge too.
	Edges map[string][]float64
}

const (
	defaultBins  = 40
	outermost    = 0.001 // the share at each end that may be left out
	mostWidening = 0.15
)

// edges returns the edges of the bins of each feature.
func (b Binning) edges(truth data.Points) ([][]float64, error) {
	if b.Bins == 0 {
		b.Bins = defaultBins
	}
	if b.Bins < 1 {
		return nil, fmt.Errorf("metric: bins must be at least 1 (0 for %d), got %d", defaultBins, b.Bins)
	}
	all := make([][]float64, truth.Dim())
	for _, name := range slices.Sorted(maps.Keys(b.Edges)) {
		j, err := truth.ColumnNumber(name)
		if err != nil {
			return nil, fmt.Errorf("metric: edges of bins: %w", err)
		}
		edges := b.Edges[name]
		if len(edges) < 2 {
			return nil, fmt.Errorf("metric: the bins of %q need at least 2 edges, got %d", name, len(edges))
		}
		for i, e := range edges {
			if !isFinite(e) || i > 0 && e <= edges[i-1] {
				return nil, fmt.Errorf("metric: the edges of the bins of %q must be finite and increasing, got %v at number %d", name, e, i)
			}
		}
		all[j] = slices.Clone(edges)
	}
	periods := truth.Periods()
	for j := range all {
		switch {
		case all[j] != nil:
		case periods != nil && turnOf(periods[j]) > 0:
			all[j] = b.around(truth, j, periods[j])
		default:
			all[j] = b.automatic(truth, j)
		}
	}
	return all, nil
}

// automatic returns the edges of a feature without Edges.
func (b Binning) automatic(truth data.Points, j int) []float64 {
	values, weights := make([]float64, truth.Len()), make([]float64, truth.Len())
	for i := range values {
		values[i], weights[i] = truth.At(i, j), math.Abs(weightAt(truth.Weights(), i))
	}
	stat.SortWeighted(values, weights)
	at := func(share float64) float64 { return stat.Quantile(share, stat.Empirical, values, weights) }
	from, to := at(outermost), at(1-outermost)
	room := mostWidening * (to - from)
	if least := values[0]; least >= from-room {
		from = least
	}
	if most := values[len(values)-1]; most <= to+room {
		to = most
	}
	if from == to { // one value: a bin about it
		half := math.Max(math.Abs(from)*1e-3, 1e-3)
		return []float64{from - half, to + half}
	}
	edges := make([]float64, b.Bins+1)
	for i := range edges {
		edges[i] = from + (to-from)*float64(i)/float64(b.Bins)
		if b.EqualShares && i > 0 && i < b.Bins {
			edges[i] = math.Min(math.Max(at(float64(i)/float64(b.Bins)), from), to)
		}
	}
	edges[b.Bins] = to
	return slices.Compact(edges)
}

// around returns the edges of an angle without Edges: its period, divided as by automatic.
func (b Binning) around(truth data.Points, j int, period [2]float64) []float64 {
	from, to := float64(float32(period[0])), float64(float32(period[1])) // rounded as points are
	edges := make([]float64, b.Bins+1)
	inner := b.automatic(truth, j)
	for i := range edges {
		edges[i] = from + (to-from)*float64(i)/float64(b.Bins)
	}
	if b.EqualShares {
		edges = slices.Concat([]float64{from}, inner[1:len(inner)-1], []float64{to})
	}
	edges[len(edges)-1] = to
	return edges
}

// edgeAt returns edge i, or the infinity beyond the last.
func edgeAt(edges []float64, i int) float64 {
	switch {
	case i < 0:
		return math.Inf(-1)
	case i >= len(edges):
		return math.Inf(1)
	}
	return edges[i]
}

// binCounts are the sums of weights and of their squares in each bin: first what lies below the
// bins, last what lies above.
type binCounts struct {
	sums, squares []float64
	total         float64 // the sum of all weights
}

// countIn returns the histogram of a feature.
func countIn(p data.Points, j int, edges []float64) binCounts {
	c := binCounts{sums: make([]float64, len(edges)+1), squares: make([]float64, len(edges)+1)}
	weights, last := weightsOf(p), edges[len(edges)-1]
	for i := range p.Len() {
		v, w := p.At(i, j), weightAt(weights, i)
		at, found := slices.BinarySearch(edges, v)
		if found && v < last {
			at++
		}
		c.sums[at] += w
		c.squares[at] += w * w
		c.total += w
	}
	return c
}

// share returns the share of bin i.
func (c binCounts) share(i int) Share {
	return Share{Value: c.sums[i] / c.total, Error: math.Sqrt(c.squares[i]) / c.total, Count: kish(c.sums[i], c.squares[i])}
}

// kish returns Kish's effective number of points from the sum of their weights and of the squares.
func kish(sum, squares float64) float64 {
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}
