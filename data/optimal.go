package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// OptimalPair holds two distributions and the optimal map between them for the squared distance,
//
//	T* = argmin E|T(x) − x|²  over maps T that send the left distribution to the right one
//
// to compare a learned map with: see package metric, UVP. NewBuresPair, NewQuantilePair,
// NewPushedPair and MixturePair make one.
type OptimalPair struct {
	name        string
	left, right Distribution
	move        func(to, from []float64) error // T*, [D] each
}

// Name returns a name such as "3 normals pushed in 2 dimensions".
func (p *OptimalPair) Name() string {
	if p == nil || p.left == nil {
		return "nothing"
	}
	return p.name
}

// String returns the name.
func (p *OptimalPair) String() string { return p.Name() }

// Left returns the distribution that the map starts from. It is nil if p is nil.
func (p *OptimalPair) Left() Distribution {
	if p == nil {
		return nil
	}
	return p.left
}

// Right returns the distribution that the map leads to. It is nil if p is nil.
func (p *OptimalPair) Right() Distribution {
	if p == nil {
		return nil
	}
	return p.right
}

// Map returns the images T*(x) [N, D] of points x [N, D], computed in float64, with the weights
// of x. It returns an error if the points have another dimension, or if an image isn't finite.
func (p *OptimalPair) Map(x Points) (Points, error) {
	if p == nil || p.move == nil {
		return Points{}, errors.New("data: a pair must be made by a constructor such as NewBuresPair, got none")
	}
	return mapped(p.name, x, p.left.Dim(), p.move)
}

// mapped returns the images of points x [N, dim] by a function of one point.
func mapped(name string, x Points, dim int, move func(to, from []float64) error) (Points, error) {
	if x.Dim() != dim {
		return Points{}, fmt.Errorf("data: the points to map by %s must be of dimension %d, got %d", name, dim, x.Dim())
	}
	values := make([]float32, x.Len()*dim)
	errs := make([]error, x.Len())
	inParallel(x.Len(), func(i int) {
		from, to := make([]float64, dim), make([]float64, dim)
		widen(from, x.Row(i))
		if errs[i] = move(to, from); errs[i] != nil {
			return
		}
		for j, v := range to {
			values[i*dim+j] = float32(v)
		}
	})
	for i, err := range errs {
		if err != nil {
			return Points{}, fmt.Errorf("data: %s, row %d: %w", name, i, err)
		}
	}
	y, err := NewPoints(dim, values)
	if err == nil {
		err = y.CheckFinite()
	}
	if err == nil {
		y, err = y.WithWeightsOf(x)
	}
	if err != nil {
		return Points{}, fmt.Errorf("data: %s: %w", name, err)
	}
	return y, nil
}

// NewBuresPair returns two normal distributions with the optimal map between them,
//
//	T*(x) = μ_r + A (x − μ_l),  A = Σ_l^−½ (Σ_l^½ Σ_r Σ_l^½)^½ Σ_l^−½
//
// whose cost E|T*(x) − x|² is the squared Bures–Wasserstein distance (Olkin and Pukelsheim, 1982).
// It returns an error if a distribution is nil, or if they differ in dimension.
func NewBuresPair(left, right *Normal) (*OptimalPair, error) {
	for _, n := range []*Normal{left, right} {
		if err := n.broken(); err != nil {
			return nil, err
		}
	}
	if left.Dim() != right.Dim() {
		return nil, fmt.Errorf("data: both normal distributions of a pair must have one dimension, got %d and %d", left.Dim(), right.Dim())
	}
	root, err := power(left.covariance, 0.5)
	if err != nil {
		return nil, err
	}
	back, err := power(left.covariance, -0.5)
	if err != nil {
		return nil, err
	}
	middle, err := power(sandwich(root, right.covariance), 0.5)
	if err != nil {
		return nil, err
	}
	a := sandwich(back, middle)
	return &OptimalPair{
		name: left.Name() + " → " + right.Name(), left: left, right: right,
		move: func(to, from []float64) error {
			for j := range to {
				to[j] = right.mean[j]
				for k := range from {
					to[j] += a.At(j, k) * (from[k] - left.mean[k])
				}
			}
			return nil
		},
	}, nil
}

// sandwich returns A B A of symmetric matrices.
func sandwich(a, b *mat.SymDense) *mat.SymDense {
	var product mat.Dense
	product.Product(a, b, a)
	d := a.SymmetricDim()
	s := mat.NewSymDense(d, nil)
	for j := range d {
		for k := range j + 1 {
			s.SetSym(j, k, (product.At(j, k)+product.At(k, j))/2)
		}
	}
	return s
}

// power returns a power of a positive definite matrix, by its eigenvalues.
func power(m *mat.SymDense, exponent float64) (*mat.SymDense, error) {
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		return nil, errors.New("data: the eigenvalues of a covariance were not found")
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	d := m.SymmetricDim()
	p := mat.NewSymDense(d, nil)
	for k, v := range e.Values(nil) {
		p.SymRankOne(p, math.Pow(max(v, 0), exponent), vectors.ColView(k))
	}
	return p, nil
}

// NewPushedPair returns a distribution and its image by the gradient of a convex function, which is
// the optimal map between them. The density of the image is
//
//	log p_right(y) = log p_left(x) − log det ∇²F(x)  at  ∇F(x) = y
//
// where x is found by Newton's method. The first call of the image's Entropy computes a quarter of
// a million Hessians; its standard error is a 500th of the standard deviation of log det ∇²F.
// NewPushedPair returns an error if the distribution or the function is nil, or if they differ in
// dimension.
func NewPushedPair(name string, left Distribution, f Potential) (*OptimalPair, error) {
	if left == nil || f == nil {
		return nil, errors.New("data: a pushed pair needs a distribution and a convex function, got none")
	}
	if left.Dim() != f.Dim() || left.Dim() < 1 {
		return nil, fmt.Errorf("data: the distribution and the convex function of a pair must have one dimension, at least 1, got %d and %d", left.Dim(), f.Dim())
	}
	right := &pushed{name: name, of: left, by: f}
	right.entropy, right.starts = sync.OnceValue(right.integrate), sync.OnceValues(right.someImages)
	return &OptimalPair{name: name, left: left, right: right, move: right.move}, nil
}

// pushed is the image of a distribution by the gradient of a convex function.
type pushed struct {
	name    string
	of      Distribution
	by      Potential
	entropy func() float64
	starts  func() (x, y []([]float64)) // some points and their images, for an inverse to start from
}

// someImages returns points of the distribution and their images.
func (p *pushed) someImages() (x, y []([]float64)) {
	const starts = 512
	from, err := p.of.Sample(starts, 0)
	if err != nil {
		return nil, nil // the inverse starts from 0
	}
	for i := range from.Len() {
		at, image := make([]float64, p.Dim()), make([]float64, p.Dim())
		widen(at, from.Row(i))
		p.by.Gradient(image, at)
		x, y = append(x, at), append(y, image)
	}
	return x, y
}

// invert writes to x the point whose image is y, [D] each.
func (p *pushed) invert(x, y []float64) error {
	from, images := p.starts()
	nearest := math.Inf(1)
	for i, image := range images {
		if far := floats.Distance(image, y, 2); far < nearest {
			nearest = far
			copy(x, from[i])
		}
	}
	return solve(p.by, x, y)
}

// Name returns the name of the pair and "image".
func (p *pushed) Name() string { return p.name + ", image" }

// Dim returns the number of dimensions, D.
func (p *pushed) Dim() int { return p.of.Dim() }

// move writes the image of a point, [D] each.
func (p *pushed) move(to, from []float64) error { p.by.Gradient(to, from); return nil }

// Unwrap returns the distribution that is pushed.
func (p *pushed) Unwrap() Source { return p.of }

// Sample draws n points [n, D].
func (p *pushed) Sample(n int, seed uint64) (Points, error) {
	x, err := p.of.Sample(n, stream(p.Name(), seed).Uint64())
	if err != nil {
		return Points{}, err
	}
	return mapped(p.Name(), x, p.Dim(), p.move)
}

// LogProb returns log p(y) [N], in nats.
func (p *pushed) LogProb(y Points) ([]float64, error) {
	if y.Dim() != p.Dim() {
		return nil, fmt.Errorf("data: the points for the density of %s must be of dimension %d, got %d", p.Name(), p.Dim(), y.Dim())
	}
	if err := y.CheckFinite(); err != nil {
		return nil, err
	}
	logDets := make([]float64, y.Len())
	from := make([]float32, len(y.Values()))
	errs := make([]error, y.Len())
	inParallel(y.Len(), func(i int) {
		x, to := make([]float64, p.Dim()), make([]float64, p.Dim())
		widen(to, y.Row(i))
		if errs[i] = p.invert(x, to); errs[i] != nil {
			return
		}
		h := mat.NewSymDense(p.Dim(), nil)
		p.by.Hessian(h, x)
		logDets[i], errs[i] = logDetOf(h)
		for j, v := range x {
			from[i*p.Dim()+j] = float32(v)
		}
	})
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("data: the density of %s, row %d: %w", p.Name(), i, err)
		}
	}
	x, err := NewPoints(p.Dim(), from)
	if err != nil {
		return nil, err
	}
	logs, err := p.of.LogProb(x)
	for i := range logs {
		logs[i] -= logDets[i]
	}
	return logs, err
}

// Entropy returns the entropy of what is pushed plus the mean of log det ∇²F, in nats.
func (p *pushed) Entropy() float64 { return p.entropy() }

func (p *pushed) integrate() float64 {
	const draws = 1 << 18
	x, err := p.of.Sample(draws, 0)
	if err != nil {
		return math.NaN()
	}
	logDets := make([]float64, draws)
	inParallel(draws, func(i int) {
		at, h := make([]float64, p.Dim()), mat.NewSymDense(p.Dim(), nil)
		widen(at, x.Row(i))
		p.by.Hessian(h, at)
		logDets[i], _ = logDetOf(h)
	})
	sum := 0.0
	for _, l := range logDets {
		sum += l
	}
	return p.of.Entropy() + sum/draws
}

// MixturePair returns a pair in D dimensions whose left distribution is a mixture of three normal
// distributions, drawn at random, and whose map is the gradient of Ridges with 2·D + 2 terms, drawn
// at random too. The seed determines the pair. It returns an error if the dimension is below 1.
func MixturePair(dim int, seed uint64) (*OptimalPair, error) {
	if dim < 1 {
		return nil, fmt.Errorf("data: the dimension of a pair must be at least 1, got %d", dim)
	}
	rng := rand.New(rand.NewPCG(seed, uint64(dim)))
	draw := func(size float64) []float64 {
		v := make([]float64, dim)
		for j := range v {
			v[j] = size * rng.NormFloat64()
		}
		return v
	}
	components := make([]*Normal, 3)
	for k := range components {
		covariance := mat.NewSymDense(dim, nil)
		for j := range dim {
			covariance.SetSym(j, j, 0.1)
		}
		for range dim {
			covariance.SymRankOne(covariance, 0.15/float64(dim), mat.NewVecDense(dim, draw(1)))
		}
		var err error
		if components[k], err = NewNormal(draw(1), covariance); err != nil {
			return nil, err
		}
	}
	left, err := NewMixture(nil, components...)
	if err != nil {
		return nil, err
	}
	ridges := 2*dim + 2
	heights, shifts, directions := make([]float64, ridges), make([]float64, ridges), make([][]float64, ridges)
	for k := range ridges {
		heights[k], shifts[k], directions[k] = (0.5+rng.Float64())/2, rng.NormFloat64(), draw(1.5/math.Sqrt(float64(dim)))
	}
	f, err := NewRidges(0.3, heights, directions, shifts)
	if err != nil {
		return nil, err
	}
	return NewPushedPair(fmt.Sprintf("3 normals pushed in %s (%d)", counted(dim, "dimension"), seed), left, f)
}
