package data

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Gaussian is the standard normal distribution N(0, 1) in as many dimensions as its value D says,
//
//	log p(x) = −|x|²/2 − (D/2) log 2π
//
// Gaussian(2) is that of the plane. If D is below 1, Sample and LogProb return an error.
type Gaussian int

var _ Distribution = Gaussian(0)

// Name returns "gaussian" for two dimensions, and a name such as "5-dimensional gaussian" for
// others.
func (g Gaussian) Name() string {
	if g == 2 {
		return "gaussian"
	}
	return fmt.Sprintf("%d-dimensional gaussian", int(g))
}

// String returns the name.
func (g Gaussian) String() string { return g.Name() }

// Dim returns the number of dimensions, D.
func (g Gaussian) Dim() int { return int(g) }

// Entropy returns (D/2) log 2πe, in nats.
func (g Gaussian) Entropy() float64 { return float64(g) / 2 * (math.Log(2*math.Pi) + 1) }

// Sample draws n points [n, D]. It returns an error if n is negative or the dimension is below 1.
func (g Gaussian) Sample(n int, seed uint64) (Points, error) {
	if err := g.check(); err != nil {
		return Points{}, err
	}
	if n < 0 {
		return Points{}, fmt.Errorf("data: the number of points to draw must not be negative, got %d", n)
	}
	rng := stream(g.Name(), seed)
	values := make([]float32, n*g.Dim())
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return NewPoints(g.Dim(), values)
}

// LogProb returns log p(x) of every point [N, D], in nats. It is −Inf at infinity, and NaN where
// a feature is NaN. LogProb returns an error if the points have another dimension than the
// distribution, or if that is below 1.
func (g Gaussian) LogProb(x Points) ([]float64, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	if x.Dim() != g.Dim() {
		return nil, fmt.Errorf("data: the points for the density of %s must be of dimension %d, got %d", g.Name(), g.Dim(), x.Dim())
	}
	logs := make([]float64, x.Len())
	inParallel(x.Len(), func(i int) {
		for _, v := range x.Row(i) {
			logs[i] += logGaussian(float64(v), 1)
		}
	})
	return logs, nil
}

// check returns an error if the dimension is below 1.
func (g Gaussian) check() error {
	if g < 1 {
		return fmt.Errorf("data: the dimension of a Gaussian must be at least 1, got %d", g)
	}
	return nil
}

// EightGaussians returns a mixture of eight equally likely normal distributions with standard
// deviation 0.5/√2. Their centres are 45° apart on the circle of radius 4/√2 about the origin.
// FFJORD (Grathwohl et al., 2019) and papers on flow matching use it.
func EightGaussians() *Plane { return eightGaussians }

const (
	eightRadius = 4 / math.Sqrt2
	eightStd    = 0.5 / math.Sqrt2
)

// eightCentres are the centres by ascending angle, the first on the positive x axis.
var eightCentres = func() (centres [8][2]float64) {
	for k := range centres {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / 8)
		centres[k] = [2]float64{eightRadius * cos, eightRadius * sin}
	}
	return centres
}()

var eightGaussians = newPlane("eight gaussians", 2.831578,
	func(rng *rand.Rand) (x, y float64) {
		centre := eightCentres[rng.IntN(8)]
		return centre[0] + eightStd*rng.NormFloat64(), centre[1] + eightStd*rng.NormFloat64()
	},
	func() func(x, y float64) float64 {
		return func(x, y float64) float64 {
			total := math.Inf(-1)
			for _, centre := range eightCentres {
				total = logAdd(total, logGaussian(x-centre[0], eightStd)+logGaussian(y-centre[1], eightStd))
			}
			return total - math.Log(8)
		}
	})
