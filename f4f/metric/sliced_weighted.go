package metric

import (
	"cmp"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// mass is a point on the line, and its share of the weight of all.
type mass struct{ at, share float64 }

// masses returns the points of p, projected to at [N], with their shares, in ascending order.
// Points of weight 0 are left out.
func masses(at []float64, p data.Points) []mass {
	weights := weightsOf(p)
	sum := sumOf(weights, len(at))
	all := make([]mass, 0, len(at))
	for i, x := range at {
		if w := weightAt(weights, i); w != 0 {
			all = append(all, mass{x, w / sum})
		}
	}
	slices.SortFunc(all, func(a, b mass) int { return cmp.Compare(a.at, b.at) })
	return all
}

// weightedWasserstein returns W_r(a, b)^r of two sorted sets of masses. W_1 is ∫|F_a(x) − F_b(x)|
// dx, which negative masses leave defined; W_2² is an integral over quantiles, which they don't.
func weightedWasserstein(a, b []mass, order int) float64 {
	if order == 1 {
		return areaBetween(a, b)
	}
	sum, left := 0.0, [2]float64{a[0].share, b[0].share} // what is left of the masses at i and j
	for i, j := 0, 0; ; {
		step, gap := min(left[0], left[1]), a[i].at-b[j].at
		sum += step * gap * gap
		left[0], left[1] = left[0]-step, left[1]-step
		if left[0] <= left[1] {
			if i++; i == len(a) { // what is left of b is a rounding error
				return sum
			}
			left[0] = a[i].share
			continue
		}
		if j++; j == len(b) {
			return sum
		}
		left[1] = b[j].share
	}
}

// areaBetween returns the area between the distribution functions of two sorted sets of masses.
func areaBetween(a, b []mass) float64 {
	area, above, last := 0.0, 0.0, math.NaN() // above is F_a − F_b
	for i, j := 0, 0; i < len(a) || j < len(b); {
		var next float64
		ofA := j == len(b) || i < len(a) && a[i].at <= b[j].at
		if ofA {
			next = a[i].at
		} else {
			next = b[j].at
		}
		if !math.IsNaN(last) {
			area += math.Abs(above) * (next - last)
		}
		if last = next; ofA {
			above += a[i].share
			i++
		} else {
			above -= b[j].share
			j++
		}
	}
	return area
}
