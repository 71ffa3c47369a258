package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Sliced says how SlicedWasserstein looks at two sets. The zero value is sensible.
type Sliced struct {
	Projections int    // directions to project on; 0 stands for 128
	Order       int    // r of W_r: 1 or 2; 0 stands for 2
	Seed        uint64 // of the directions
}

const (
	defaultProjections = 128
	defaultOrder       = 2
)

// SlicedWasserstein is how far apart two distributions are, in the points' unit, judged by draws x
// [N, D] and y [M, D]:
//
//	SW_r = ( E_θ W_r(θ·x, θ·y)^r )^(1/r),   W_r(a, b)^r = ∫₀¹ |F_a⁻¹(u) − F_b⁻¹(u)|^r du,
//
// over directions θ uniform on the unit sphere (Bonneel, Rabin, Peyré and Pfister, "Sliced and
// Radon Wasserstein Barycenters of Measures", 2015). A shift by δ has SW_2 = |δ|/√D. W_r is exact
// for the two sets, of equal size or not. Two sets of N draws from one distribution are about
// N^(−1/2) of its width apart: that is the floor to compare with.
//
// In the plane the directions are spread evenly from a random first one, which is far more accurate
// than independent ones; on the line there is but one. The cost is that of a sort for each
// direction and set.
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
	thetas := directions(x.Dim(), options.Projections, options.Seed)
	sum := 0.0
	a, b := make([]float64, x.Len()), make([]float64, y.Len())
	for _, theta := range thetas {
		project(a, x, theta)
		project(b, y, theta)
		sum += wasserstein(a, b, options.Order)
	}
	mean := sum / float64(len(thetas))
	if options.Order == 1 {
		return mean, nil
	}
	return math.Sqrt(mean), nil
}

// directions is k unit vectors [D], for D = 1 a single one, since both directions of a line give
// the same.
func directions(dim, k int, seed uint64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, slicedStream))
	if dim == 1 {
		return [][]float64{{1}}
	}
	thetas := make([][]float64, k)
	first := r.Float64()
	for i := range thetas {
		if dim == 2 {
			// Half a turn is enough: θ and −θ give the same.
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

// slicedStream keeps the directions apart from what else is drawn with the same seed.
const slicedStream = 0x736c69636564 // "sliced"

// project fills out [N] with θ·p of every point, in ascending order.
func project(out []float64, p data.Points, theta []float64) {
	for i := range out {
		out[i] = 0
		for j, v := range p.Row(i) {
			out[i] += theta[j] * float64(v)
		}
	}
	slices.Sort(out)
}

// wasserstein is W_r(a, b)^r of two sorted sets of any sizes. Their quantile functions are
// staircases with steps at i/N and j/M, so the integral is a sum over the steps of both, counted in
// units of 1/NM to be exact.
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
