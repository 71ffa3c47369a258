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

// Plane is a distribution of points in the plane whose density is known: one of the sets of this
// package, such as Ring or Checkerboard. There is one value of each, so two plans of the same set
// compare as equal.
type Plane struct {
	name    string
	entropy float64 // in nats; TestDensityIntegratesToOneAndEntropyIsItsIntegral holds it to the density
	// draw draws one point.
	draw func(rng *rand.Rand) (x, y float64)
	// logDensity prepares log p(x, y) once, when it is first asked for: in a notebook every cell is
	// a new process, and most of them want points only. The function it gives is called from many
	// goroutines at once.
	logDensity func() func(x, y float64) float64
}

var _ Exact = (*Plane)(nil)

// newPlane is the set of that name; prepare makes its log-density, and runs at most once.
func newPlane(name string, entropy float64, draw func(*rand.Rand) (x, y float64), prepare func() func(x, y float64) float64) *Plane {
	return &Plane{name: name, entropy: entropy, draw: draw, logDensity: sync.OnceValue(prepare)}
}

// Name is the name of the set: "four circles".
func (p *Plane) Name() string {
	if p == nil {
		return "nothing"
	}
	return p.name
}

// String is the name of the set.
func (p *Plane) String() string { return p.Name() }

// Dim is 2.
func (p *Plane) Dim() int { return 2 }

// Entropy is −E log p(x), in nats; NaN of a nil set.
func (p *Plane) Entropy() float64 {
	if p == nil {
		return math.NaN()
	}
	return p.entropy
}

// broken is why the set has no distribution, nil where it has one.
func (p *Plane) broken() error {
	if p == nil || p.draw == nil {
		return errors.New("data: a set of the plane is made by FourCircles and its like, got none")
	}
	return nil
}

// Sample draws n points [n, 2]. It errs when n is negative.
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
	return NewPoints(2, values)
}

// LogDensity is log p(x) of every point [N, 2], in nats; −Inf where the density is zero and at
// infinity, NaN where a feature is NaN. It errs when the points aren't of dimension 2.
func (p *Plane) LogDensity(x Points) ([]float64, error) {
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

// stream is the random numbers that the set of that name draws with under the seed. The name is
// part of it: two sets drawn with one seed must be independent, for the left and the right points
// of a transport are.
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
			// Chunks are dealt in turn: neighbouring points cost alike, and some sets' far points
			// cost much more.
			for from := w * chunk; from < n; from += workers * chunk {
				for i := from; i < min(from+chunk, n); i++ {
					do(i)
				}
			}
		})
	}
	group.Wait()
}
