package metric

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Pairing says how OptimalPairing pairs points up. The zero value is sensible.
type Pairing struct {
	// L1 measures the way of a point by Σ_d |y_d − x_d| instead of √Σ_d (y_d − x_d)².
	L1 bool
	// Most is the number of points of either set that are used; of a larger set as many are drawn,
	// without replacement. 0 stands for
	// 1000. The time grows with its cube, the memory with its square.
	Most int
	Seed uint64 // of that draw
}

const defaultPairs = 1000

// OptimalPairing is the least mean distance, in the points' unit, by which the points x [N, D] can
// be moved onto the points y [N, D], each onto one of its own:
//
//	min over permutations σ of  1/N Σ_i |y_σ(i) − x_i|
//
// which is the Wasserstein distance W_1 of the two sets, exactly: no map of these points onto those
// moves them by less, see Displacement. Sets of unequal size are cut to that of the smaller.
//
// As an estimate for the distributions it is too high, the more so the fewer points: two sets of
// one distribution are some way apart too, in the plane by about their width times √(log N / N).
// Pair two sets of one distribution to see how much that is.
func OptimalPairing(x, y data.Points, options Pairing) (float64, error) {
	if options.Most == 0 {
		options.Most = defaultPairs
	}
	if options.Most < 1 {
		return 0, fmt.Errorf("metric: a pairing must use at least 1 point of either set, got %d", options.Most)
	}
	if err := checkPair(x, y); err != nil {
		return 0, err
	}
	n := min(x.Len(), y.Len(), options.Most)
	r := rand.New(rand.NewPCG(options.Seed, pairingStream))
	a, b := rowsOf(x, n, r), rowsOf(y, n, r)
	costs := make([][]float64, n)
	for i := range costs {
		costs[i] = make([]float64, n)
		for j := range b {
			costs[i][j] = way(a[i], b[j], options.L1)
		}
	}
	sum := 0.0
	for i, j := range assignment(costs) {
		sum += costs[i][j]
	}
	return sum / float64(n), nil
}

// pairingStream keeps the draw of points apart from what else is drawn with the same seed.
const pairingStream = 0x70616972696e67 // "pairing"

// way is how far it is from one row [D] to another.
func way(from, to []float32, l1 bool) float64 {
	sum := 0.0
	for j := range from {
		gap := float64(to[j]) - float64(from[j])
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
