package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// WithWeights returns p with a weight for each point [N]. Weighted points stand for the density
// under which the mean of any function f is Σ_i w_i f(x_i) / Σ_i w_i. Weights may have any sign and
// any scale. Negative ones, such as those of simulated collisions at next-to-leading order,
// subtract from the density of the points around them. WithWeights copies the weights; nil removes
// those of p.
//
// It returns an error if there isn't a weight for each point, if a weight is NaN or infinite (the
// error names the row), or if the sum of all weights isn't above 0: such points stand for no
// distribution.
func (p Points) WithWeights(weights []float64) (Points, error) {
	if weights == nil {
		p.weights = nil
		return p, nil
	}
	if len(weights) != p.n {
		return Points{}, fmt.Errorf("data: there must be a weight for each of %d points, got %d", p.n, len(weights))
	}
	for i, w := range weights {
		if math.IsNaN(w) || math.IsInf(w, 0) {
			return Points{}, fmt.Errorf("data: weights must be finite, got %v in row %d", w, i)
		}
	}
	p.weights = slices.Clone(weights)
	if err := p.CheckWeights(); err != nil {
		return Points{}, err
	}
	return p, nil
}

// WithWeightsOf returns p with the weights of q. Use it where p holds the points of q in another
// form, such as their images under a map. If q has no weights, p loses its own. It doesn't copy the
// weights. It returns an error if the numbers of points differ.
func (p Points) WithWeightsOf(q Points) (Points, error) {
	if q.weights != nil && q.n != p.n {
		return Points{}, fmt.Errorf("data: there must be a weight for each of %d points, got those of %d points", p.n, q.n)
	}
	p.weights = q.weights
	return p, nil
}

// Weights returns the weight of each point [N], or nil if the points have none. It doesn't copy
// them, so they must not be changed. Slice, Pick, Columns, SplitConditions, Repeat, scalers and
// grids keep the weights of each row, and HStack keeps those of the points on its left.
func (p Points) Weights() []float64 { return p.weights }

// Weighted reports whether the points have weights that are not all equal. Equal weights mean the
// same as none.
func (p Points) Weighted() bool {
	return len(p.weights) > 0 && slices.ContainsFunc(p.weights, func(w float64) bool { return w != p.weights[0] })
}

// CheckWeights returns an error if the points have weights whose sum isn't above 0. WithWeights
// rejects such weights, but a part of the rows (Slice, Pick) can have them if some are negative.
func (p Points) CheckWeights() error {
	if p.weights == nil {
		return nil
	}
	if sum, scale := p.sumOfWeights(); !(sum > 0) {
		return fmt.Errorf("data: the sum of the weights must be above 0, got %v over %d points", sum*scale, p.n)
	}
	return nil
}

// EffectiveSampleSize returns Kish's effective sample size, (Σw)²/Σw²: the number of points of
// equal weight that carry as much information. It is N without weights and at most N with them.
// Negative weights make it smaller, down to 0. metric.Weights has the same of a density ratio.
func (p Points) EffectiveSampleSize() float64 {
	if p.weights == nil {
		return float64(p.n)
	}
	squares := 0.0
	sum, scale := p.sumOfWeights()
	for _, w := range p.weights {
		squares += (w / scale) * (w / scale)
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}

// NegativeShare returns the share of points with a negative weight, from 0 to 1.
func (p Points) NegativeShare() float64 {
	negative := 0
	for _, w := range p.weights {
		if w < 0 {
			negative++
		}
	}
	return float64(negative) / float64(max(p.n, 1))
}

// sumOfWeights returns the sum of the weights in units of scale, the greatest of their absolute
// values: in their own unit sums and squares may leave float64's range.
func (p Points) sumOfWeights() (sum, scale float64) {
	for _, w := range p.weights {
		scale = max(scale, math.Abs(w))
	}
	if scale == 0 {
		return 0, 1
	}
	for _, w := range p.weights {
		sum += w / scale
	}
	return sum, scale
}

// weightOf returns the weight of point i: 1 if the points have no weights.
func (p Points) weightOf(i int) float64 {
	if p.weights == nil {
		return 1
	}
	return p.weights[i]
}

// firstCounting returns the first point of a weight other than 0, or 0 if there is none.
func (p Points) firstCounting() int {
	return max(slices.IndexFunc(p.weights, func(w float64) bool { return w != 0 }), 0)
}

// byWeight returns values of some rows of p as they would be without weights: as many values, so
// that the share of them below any number is that of the weight. They are values [N] at even steps
// of the weight of all. A negative weight counts as 0, for which there is no number of values.
func (p Points) byWeight(values []float64, rows []int) []float64 {
	if !p.Weighted() {
		return slices.Clone(values)
	}
	order, total := make([]int, len(values)), 0.0
	_, scale := p.sumOfWeights()
	weight := func(k int) float64 { return max(p.weights[rows[k]], 0) / scale }
	for k := range order {
		order[k] = k
		total += weight(k)
	}
	if total == 0 {
		return slices.Clone(values)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	even, at, below := make([]float64, len(values)), 0, weight(order[0])
	for i := range even {
		for below < total*(float64(i)+0.5)/float64(len(even)) && at+1 < len(order) {
			at++
			below += weight(order[at])
		}
		even[i] = values[order[at]]
	}
	return even
}

// like returns p with the weights, the notes, the column names and the periods of q, whose rows and
// features it has.
func (p Points) like(q Points) Points {
	p.weights, p.notes = q.weights, q.notes
	return p.named(q.names).around(q.periods)
}
