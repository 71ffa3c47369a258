package metric

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Pairing holds the options of OptimalPairing. The zero value is sensible.
type Pairing struct {
	// L1 measures distances by Σ_d |y_d − x_d| instead of √Σ_d (y_d − x_d)².
	L1 bool
	// MaxPoints is the largest number of points taken from either set. From a larger set, this many
	// are drawn without replacement. 0 means 1000. The time grows with its cube and the memory with
	// its square.
	MaxPoints int
	Seed      uint64 // of the draw
}

const defaultMaxPairs = 1000

// OptimalPairing returns the least mean distance, in the points' unit, by which the points x [N, D]
// can be moved onto the points y [N, D], each onto a different one:
//
//	min over permutations σ of  1/N Σ_i |y_σ(i) − x_i|
//
// This is exactly the Wasserstein distance W_1 of the two sets. No map of x onto y moves the points
// by less; compare it with Displacement. Angles (data.Points.WithPeriod) move the shorter way
// around the circle. If the sets differ in size, as many points are drawn from the larger as the
// smaller has. It returns an error if a set is empty, if the dimensions differ, if a feature isn't
// finite, or if the points have different weights, which can't be paired one to one.
//
// As an estimate for the distributions it is too high, and more so with fewer points: two sets
// drawn from one distribution also lie some distance apart, in the plane about their width times
// √(log N / N). To measure that bias, pair two sets of one distribution.
func OptimalPairing(x, y data.Points, options Pairing) (float64, error) {
	n, err := options.count(x, y)
	if err == nil {
		err = checkPair(x, y)
	}
	if err != nil {
		return 0, err
	}
	periods, err := commonPeriods(x, y)
	if err != nil {
		return 0, err
	}
	turns := turnsOf(periods)
	r := rand.New(rand.NewPCG(options.Seed, pairingStream))
	a, b := rowsOf(x, n, r).rows, rowsOf(y, n, r).rows
	costs := make([][]float64, n)
	for i := range costs {
		costs[i] = make([]float64, n)
		for j := range b {
			costs[i][j] = distance(a[i], b[j], turns, options.L1)
		}
	}
	sum := 0.0
	for i, j := range assignment(costs) {
		sum += costs[i][j]
	}
	return sum / float64(n), nil
}

// count returns how many points of either set are paired. It returns an error if they can't be.
func (o Pairing) count(x, y data.Points) (int, error) {
	if o.MaxPoints == 0 {
		o.MaxPoints = defaultMaxPairs
	}
	if o.MaxPoints < 1 {
		return 0, fmt.Errorf("metric: a pairing must use at least 1 point of either set, got %d", o.MaxPoints)
	}
	for _, p := range []data.Points{x, y} {
		if p.Weighted() {
			return 0, fmt.Errorf("metric: points of different weights can't be paired one to one, got %v: use SlicedWasserstein, or leave the weights out (WithWeights(nil))", p)
		}
	}
	return min(x.Len(), y.Len(), o.MaxPoints), nil
}

// pairingStream makes the draw of points independent of other draws with the same seed.
const pairingStream = 0x70616972696e67 // "pairing"

// distance returns the distance between two rows [D], of which some features may be angles.
func distance(from, to []float32, turns []float64, l1 bool) float64 {
	sum := 0.0
	for j := range from {
		gap := gapBetween(from[j], to[j], turns, j)
		if l1 {
			sum += math.Abs(gap)
		} else {
			sum += gap * gap
		}
	}
	if l1 {
		return sum
	}
	return math.Sqrt(sum)
}
