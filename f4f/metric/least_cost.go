package metric

import (
	"fmt"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

const (
	blockPoints = 500 // of either set in an assignment, by default
	mostBlocks  = 8   // more of them take time and make the error little smaller
)

// LeastCost estimates the least that a map between two distributions can cost, min E|T(x) − x|² over
// all maps T of the one onto the other, from points x [N, D] and y [M, D] drawn from them. This is
// the squared Wasserstein distance W_2², and the cost of the optimal map; compare it with MapCost.
//
// The exact optimal assignment of two samples is too high an estimate, since two samples of one
// distribution also lie some distance apart. So half of the cost within each distribution is taken
// off (Chizat et al., "Faster Wasserstein Distance Estimation with the Sinkhorn Divergence", 2020):
//
//	A(x, y) − ½ A(x, x') − ½ A(y, y')
//
// with A the mean cost of an assignment, and x' and y' other samples. What bias is left falls with
// the number of points; where the least cost is about 0, the estimate may be below 0. The value is
// the mean over up to eight blocks of points, and the error the standard error of that mean.
//
// A block has MaxPoints points of either set for each assignment, 500 by default, and a quarter of
// the smaller set at most. Under Pairing.L1 the cost is Σ_d |y_d − x_d|. LeastCost returns the
// errors of OptimalPairing, and one if a set has fewer than 8 points.
func LeastCost(x, y data.Points, options Pairing) (Estimate, error) {
	if options.MaxPoints == 0 {
		options.MaxPoints = blockPoints
	}
	size, err := options.count(x, y)
	if err == nil {
		err = checkPair(x, y)
	}
	if err != nil {
		return Estimate{}, err
	}
	n := min(x.Len(), y.Len())
	if n < 8 {
		return Estimate{}, fmt.Errorf("metric: a least cost needs at least 8 points of either distribution, got %d and %d", x.Len(), y.Len())
	}
	periods, err := commonPeriods(x, y)
	if err != nil {
		return Estimate{}, err
	}
	turns := turnsOf(periods)
	size = min(size, n/4)
	blocks := min(n/(2*size), mostBlocks)
	r := rand.New(rand.NewPCG(options.Seed, pairingStream))
	from, to := rowsOf(x, 2*size*blocks, r).rows, rowsOf(y, 2*size*blocks, r).rows
	values := make([]float64, blocks)
	for k := range values {
		part := func(rows [][]float32, half int) [][]float32 { return rows[(2*k+half)*size:][:size] }
		assigned := func(a, b [][]float32) float64 {
			sum := 0.0
			costs := assignmentCosts(a, b, turns, options.L1)
			for i, j := range assignment(costs) {
				sum += costs[i][j]
			}
			return sum / float64(size)
		}
		across := assigned(part(from, 0), part(to, 0)) + assigned(part(from, 1), part(to, 1))
		within := assigned(part(from, 0), part(from, 1)) + assigned(part(to, 0), part(to, 1))
		values[k] = (across - within) / 2
	}
	return meanOf(values), nil
}

// assignmentCosts returns the cost of moving each row of a [n, D] to each row of b [n, D]: the
// squared distance, or the sum of |b_d − a_d| under l1.
func assignmentCosts(a, b [][]float32, turns []float64, l1 bool) [][]float64 {
	costs := make([][]float64, len(a))
	for i := range costs {
		costs[i] = make([]float64, len(b))
		for j := range b {
			costs[i][j] = distance(a[i], b[j], turns, l1)
			if !l1 {
				costs[i][j] *= costs[i][j]
			}
		}
	}
	return costs
}
