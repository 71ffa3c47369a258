package data

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Plane is a distribution in the plane whose density is known, such as Ring or Checkerboard. Each
// exists once, so two plans of the same distribution compare as equal.
type Plane struct {
	name    string
	entropy float64 // in nats; TestDensityIntegratesToOneAndEntropyIsItsIntegral compares it with the density
	// draw draws one point.
	draw func(rng *rand.Rand) (x, y float64)
	// logDensity returns the function log p(x, y). What the function needs is computed on the first
	// call, because every cell of a notebook is a new process and most cells only draw points. The
	// returned function is called from many goroutines at once.
	logDensity func() func(x, y float64) float64
	periods    [][2]float64 // of the features [2]; nil if none is an angle
}

var _ Distribution = (*Plane)(nil)

// newPlane returns a plane distribution. prepare returns its log-density and is called at most
// once.
func newPlane(name string, entropy float64, draw func(*rand.Rand) (x, y float64), prepare func() func(x, y float64) float64) *Plane {
	return &Plane{name: name, entropy: entropy, draw: draw, logDensity: sync.OnceValue(prepare)}
}

// onTorus returns p, whose features are angles in radians.
func (p *Plane) onTorus() *Plane {
	p.periods = [][2]float64{{-math.Pi, math.Pi}, {-math.Pi, math.Pi}}
	return p
}

// Name returns the name of the distribution, such as "four circles".
func (p *Plane) Name() string {
	if p == nil {
		return "nothing"
	}
	return p.name
}

// String returns the name of the distribution.
func (p *Plane) String() string { return p.Name() }

// Dim returns 2.
func (p *Plane) Dim() int { return 2 }

// Entropy returns −E log p(x), in nats. It returns NaN if p is nil.
func (p *Plane) Entropy() float64 {
	if p == nil {
		return math.NaN()
	}
	return p.entropy
}

// broken returns an error if p is nil or the zero value, which have no distribution.
func (p *Plane) broken() error {
	if p == nil || p.draw == nil {
		return errors.New("data: a plane distribution must be made by a constructor such as FourCircles, got none")
	}
	return nil
}

// Sample draws n points [n, 2]; angles have their periods. It returns an error if n is negative.
func (p *Plane) Sample(n int, seed uint64) (Points, error) {
	if err := p.broken(); err != nil {
		return Points{}, err
	}
	if n < 0 {
		return Points{}, fmt.Errorf("data: the number of points to draw must not be negative, got %d", n)
	}
	rng := stream(p.name, seed)
	values := make([]float32, 2*n)
	for i := range n {
		x, y := p.draw(rng)
		values[2*i], values[2*i+1] = float32(x), float32(y)
	}
	drawn, err := NewPoints(2, values)
	return drawn.around(p.periods), err
}

// LogProb returns log p(x) of every point [N, 2], in nats. It is −Inf where the density is zero
// and at infinity, and NaN where a feature is NaN. LogProb returns an error if the points aren't
// of dimension 2.
func (p *Plane) LogProb(x Points) ([]float64, error) {
	if err := p.broken(); err != nil {
		return nil, err
	}
	if x.Dim() != 2 {
		return nil, fmt.Errorf("data: the points for the density of %s must be of dimension 2, got %d", p.name, x.Dim())
	}
	logDensity := p.logDensity()
	logs := make([]float64, x.Len())
	inParallel(x.Len(), func(i int) {
		a, b := x.At(i, 0), x.At(i, 1)
		switch {
		case math.IsNaN(a) || math.IsNaN(b):
			logs[i] = math.NaN()
		case math.IsInf(a, 0) || math.IsInf(b, 0):
			logs[i] = math.Inf(-1)
		default:
			logs[i] = logDensity(a, b)
		}
	})
	return logs, nil
}

// stream returns the random number generator of the source with that name, for a seed. The name is
// hashed into it so that two sources drawn with the same seed are independent: the left and the
// right points of a transport must be.
func stream(name string, seed uint64) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// inParallel calls do(i) once for every i from 0 to n−1, on all the processors that Go may use.
func inParallel(n int, do func(i int)) {
	const chunk = 1024
	workers := min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			// Chunks are assigned to the workers in turn: neighbouring points cost about the same,
			// but the far points of some distributions cost much more.
			for from := w * chunk; from < n; from += workers * chunk {
				for i := from; i < min(from+chunk, n); i++ {
					do(i)
				}
			}
		})
	}
	group.Wait()
}
