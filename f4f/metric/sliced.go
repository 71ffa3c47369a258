package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Sliced holds the options of SlicedWasserstein. The zero value is sensible.
type Sliced struct {
	Projections int    // number of directions to project on; 0 means 128
	Order       int    // r of W_r: 1 or 2; 0 means 2
	Seed        uint64 // of the directions
}

const (
	defaultProjections = 128
	defaultOrder       = 2
)

// SlicedWasserstein estimates the sliced Wasserstein distance between two distributions, in the
// points' unit, from draws x [N, D] and y [M, D], in either order:
//
//	SW_r = ( E_θ W_r(θ·x, θ·y)^r )^(1/r),   W_r(a, b)^r = ∫₀¹ |F_a⁻¹(u) − F_b⁻¹(u)|^r du,
//
// over directions θ uniform on the unit sphere (Bonneel, Rabin, Peyré and Pfister, "Sliced and
// Radon Wasserstein Barycenters of Measures", 2015). A shift by δ has SW_2 = |δ|/√D. W_r is exact
// for the two sets, whether of equal size or not. Two sets of N draws from one distribution are
// about N^(−1/2) of its width apart; compare results with that floor. Points count by their
// weights. With negative weights W_1 is the area between the distribution functions of the two
// sets, and W_2 isn't defined.
//
// An angle (data.Points.WithPeriod) counts as two features, its cosine and sine times period/2π, so
// the distance doesn't depend on where the period begins.
//
// In two dimensions the directions are spread evenly from a random first one, which is far more
// accurate than independent directions. In one dimension there is only one direction. For each
// direction, both sets are sorted. It returns an error if an option isn't valid, if a set is empty,
// if the dimensions or the periods differ, if a feature isn't finite, or if weights are negative
// and the order is 2.
func SlicedWasserstein(x, y data.Points, options Sliced) (float64, error) {
	if options.Projections == 0 {
		options.Projections = defaultProjections
	}
	if options.Order == 0 {
		options.Order = defaultOrder
	}
	if options.Projections < 0 {
		return 0, fmt.Errorf("metric: projections must be at least 1, got %d", options.Projections)
	}
	if options.Order != 1 && options.Order != 2 {
		return 0, fmt.Errorf("metric: the order of a sliced Wasserstein distance must be 1 or 2, got %d", options.Order)
	}
	if err := checkPair(x, y); err != nil {
		return 0, err
	}
	x, y, _, err := onCircles(x, y)
	if err != nil {
		return 0, err
	}
	weighted := x.Weighted() || y.Weighted()
	if weighted && options.Order == 2 {
		for _, p := range []data.Points{x, y} {
			if err := checkNotNegative("a sliced Wasserstein distance of order 2", p); err != nil {
				return 0, fmt.Errorf("%w: use Order: 1", err)
			}
		}
	}
	thetas := directions(x.Dim(), options.Projections, options.Seed)
	sum := 0.0
	a, b := make([]float64, x.Len()), make([]float64, y.Len())
	for _, theta := range thetas {
		project(a, x, theta)
		project(b, y, theta)
		if weighted {
			sum += weightedWasserstein(masses(a, x), masses(b, y), options.Order)
			continue
		}
		slices.Sort(a)
		slices.Sort(b)
		sum += wasserstein(a, b, options.Order)
	}
	mean := sum / float64(len(thetas))
	if options.Order == 1 {
		return mean, nil
	}
	return math.Sqrt(mean), nil
}

// directions returns k unit vectors [D], or a single one if D = 1, where both directions give the
// same result.
func directions(dim, k int, seed uint64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, slicedStream))
	if dim == 1 {
		return [][]float64{{1}}
	}
	thetas := make([][]float64, k)
	first := r.Float64()
	for i := range thetas {
		if dim == 2 {
			// Half a turn is enough, because θ and −θ give the same result.
			sin, cos := math.Sincos(math.Pi * (float64(i) + first) / float64(k))
			thetas[i] = []float64{cos, sin}
			continue
		}
		theta, norm := make([]float64, dim), 0.0
		for j := range theta {
			theta[j] = r.NormFloat64()
			norm = math.Hypot(norm, theta[j])
		}
		for j := range theta {
			theta[j] /= norm
		}
		thetas[i] = theta
	}
	return thetas
}

// slicedStream makes the directions independent of other draws with the same seed.
const slicedStream = 0x736c69636564 // "sliced"

// project writes θ·p of every point to out [N].
func project(out []float64, p data.Points, theta []float64) {
	for i := range out {
		out[i] = 0
		for j, v := range p.Row(i) {
			out[i] += theta[j] * float64(v)
		}
	}
}

// wasserstein returns W_r(a, b)^r of two sorted sets of any sizes. Their quantile functions are
// step functions with steps at i/N and j/M. The integral is therefore a sum over the steps of both,
// counted in units of 1/NM to be exact.
func wasserstein(a, b []float64, order int) float64 {
	n, m := len(a), len(b)
	sum := 0.0
	for i, j, at := 0, 0, 0; i < n && j < m; {
		endA, endB := (i+1)*m, (j+1)*n
		end := min(endA, endB)
		gap := math.Abs(a[i] - b[j])
		if order == 2 {
			gap *= gap
		}
		sum += gap * float64(end-at)
		at = end
		if endA == end {
			i++
		}
		if endB == end {
			j++
		}
	}
	return sum / (float64(n) * float64(m))
}
