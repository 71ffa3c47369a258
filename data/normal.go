package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Normal is a normal distribution N(μ, Σ) in D dimensions,
//
//	log p(x) = −(x−μ)ᵀ Σ⁻¹ (x−μ)/2 − (log det Σ)/2 − (D/2) log 2π
//
// Σ is symmetric and positive definite. Use NewNormal to make one. Gaussian is the standard normal
// distribution.
type Normal struct {
	mean       []float64
	covariance *mat.SymDense
	lower      *mat.TriDense // L, lower triangular, Σ = L Lᵀ
	whiten     []float64     // L⁻¹ [D, D], row-major
	logDet     float64       // log det L
}

var (
	_ Distribution  = (*Normal)(nil)
	_ Fingerprinter = (*Normal)(nil)
)

// NewNormal returns the normal distribution with this mean [D] and covariance [D, D]. A nil
// covariance is the identity. It returns an error if there is no mean, if a number isn't finite, if
// the covariance is of another dimension, or if it isn't positive definite. The error then names
// its least eigenvalue.
func NewNormal(mean []float64, covariance mat.Symmetric) (*Normal, error) {
	d := len(mean)
	if d == 0 {
		return nil, errors.New("data: the mean of a normal distribution must have at least 1 feature, got none")
	}
	if covariance == nil {
		covariance = mat.NewDiagDense(d, slices.Repeat([]float64{1}, d))
	}
	if n := covariance.SymmetricDim(); n != d {
		return nil, fmt.Errorf("data: the covariance of a normal distribution must be [%d, %d], as its mean has %d features, got [%d, %d]", d, d, d, n, n)
	}
	own := &Normal{mean: slices.Clone(mean), covariance: mat.NewSymDense(d, nil), lower: &mat.TriDense{}}
	own.covariance.CopySym(covariance)
	for j, m := range mean {
		if math.IsNaN(m) || math.IsInf(m, 0) {
			return nil, fmt.Errorf("data: the mean of a normal distribution must be finite, got %g as feature %d", m, j)
		}
		for k := range d {
			if v := own.covariance.At(j, k); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("data: the covariance of a normal distribution must be finite, got %g in row %d, column %d", v, j, k)
			}
		}
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(own.covariance) || cholesky.Cond() > 1/machineEpsilon {
		return nil, fmt.Errorf("data: the covariance of a normal distribution must be positive definite, but its least eigenvalue is %.3g and its greatest %.3g: leave out a feature that the others determine, or add a small number to the diagonal",
			eigenvalues(own.covariance)[0], eigenvalues(own.covariance)[d-1])
	}
	cholesky.LTo(own.lower)
	own.logDet = cholesky.LogDet() / 2
	var inverse mat.TriDense
	if err := inverse.InverseTri(own.lower); err != nil {
		return nil, fmt.Errorf("data: the covariance of a normal distribution has no inverse: %w", err)
	}
	for j := range d {
		for k := range d {
			own.whiten = append(own.whiten, inverse.At(j, k))
		}
	}
	return own, nil
}

// machineEpsilon is the distance from 1 to the next float64.
const machineEpsilon = 0x1p-52

// eigenvalues returns the eigenvalues of a symmetric matrix in ascending order, or NaNs if they
// can't be found.
func eigenvalues(m *mat.SymDense) []float64 {
	var e mat.EigenSym
	if !e.Factorize(m, false) {
		return slices.Repeat([]float64{math.NaN()}, m.SymmetricDim())
	}
	return e.Values(nil)
}

// broken returns an error if n is nil or the zero value, which have no distribution.
func (n *Normal) broken() error {
	if n == nil || n.lower == nil {
		return errors.New("data: a normal distribution must be made by NewNormal, got none")
	}
	return nil
}

// Name returns a name such as "normal about (1, 2)", or "5-dimensional normal" for more than three
// dimensions.
func (n *Normal) Name() string {
	switch {
	case n.broken() != nil:
		return "nothing"
	case n.Dim() > 3:
		return fmt.Sprintf("%d-dimensional normal", n.Dim())
	}
	return "normal about " + tuple(n.mean)
}

// tuple returns numbers as "(1, 2)".
func tuple(values []float64) string {
	texts := make([]string, len(values))
	for j, v := range values {
		texts[j] = fmt.Sprintf("%.4g", v)
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// String returns the name.
func (n *Normal) String() string { return n.Name() }

// Dim returns the number of dimensions, D.
func (n *Normal) Dim() int {
	if n == nil {
		return 0
	}
	return len(n.mean)
}

// Mean returns the mean [D]. It is nil if n is nil.
func (n *Normal) Mean() []float64 {
	if n == nil {
		return nil
	}
	return slices.Clone(n.mean)
}

// Covariance returns the covariance [D, D]. It is nil if n is nil.
func (n *Normal) Covariance() *mat.SymDense {
	if n.broken() != nil {
		return nil
	}
	c := mat.NewSymDense(n.Dim(), nil)
	c.CopySym(n.covariance)
	return c
}

// Whitening returns L⁻¹ [D, D], row-major, where L is the lower triangular matrix with Σ = L Lᵀ.
// For x from the distribution L⁻¹(x − μ) is standard normal. Whitening is nil if n is nil.
func (n *Normal) Whitening() []float64 {
	if n == nil {
		return nil
	}
	return slices.Clone(n.whiten)
}

// Fingerprint returns a hash of the mean and the covariance.
func (n *Normal) Fingerprint() string {
	if n.broken() != nil {
		return ""
	}
	return hashOf(n.numbers())
}

// numbers returns all that tells n from another normal distribution.
func (n *Normal) numbers() []float64 {
	all := slices.Clone(n.mean)
	for j := range n.mean {
		for k := range j + 1 {
			all = append(all, n.covariance.At(j, k))
		}
	}
	return all
}

// hashOf returns a hash of numbers as text.
func hashOf(numbers []float64) string {
	sum := sha256.New()
	for _, v := range numbers {
		sum.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Entropy returns (D/2) log 2πe + (log det Σ)/2, in nats. It returns NaN if n is nil.
func (n *Normal) Entropy() float64 {
	if n.broken() != nil {
		return math.NaN()
	}
	return float64(n.Dim())/2*(math.Log(2*math.Pi)+1) + n.logDet
}

// Sample draws n points [n, D]. It returns an error if their number is negative.
func (n *Normal) Sample(points int, seed uint64) (Points, error) {
	if err := n.broken(); err != nil {
		return Points{}, err
	}
	rng := stream(n.Name()+n.Fingerprint(), seed)
	return drawn(n, points, func(x []float64) { n.draw(rng, x) })
}

// drawn draws points of a source, one after another.
func drawn(s Source, points int, draw func(x []float64)) (Points, error) {
	if points < 0 {
		return Points{}, fmt.Errorf("data: the number of points to draw must not be negative, got %d", points)
	}
	x, values := make([]float64, s.Dim()), make([]float32, 0, points*s.Dim())
	for range points {
		draw(x)
		for _, v := range x {
			values = append(values, float32(v))
		}
	}
	return NewPoints(s.Dim(), values)
}

// draw draws one point x [D]: μ + L z, with z standard normal.
func (n *Normal) draw(rng interface{ NormFloat64() float64 }, x []float64) {
	z := make([]float64, len(x))
	for j := range z {
		z[j] = rng.NormFloat64()
	}
	for j := range x {
		x[j] = n.mean[j]
		for k := range j + 1 {
			x[j] += n.lower.At(j, k) * z[k]
		}
	}
}

// LogProb returns log p(x) of every point [N, D], in nats. It returns an error if the points have
// another dimension than the distribution.
func (n *Normal) LogProb(x Points) ([]float64, error) {
	if err := n.broken(); err != nil {
		return nil, err
	}
	return logProbsOf(n, x, n.logDensity)
}

// logProbsOf returns the log-densities [N] of points x [N, D], each from the function of one point
// [D]. They are NaN where a feature is NaN, and −Inf at infinity.
func logProbsOf(s Source, x Points, logDensity func(x []float64) float64) ([]float64, error) {
	if x.Dim() != s.Dim() {
		return nil, fmt.Errorf("data: the points for the density of %s must be of dimension %d, got %d", s.Name(), s.Dim(), x.Dim())
	}
	logs := make([]float64, x.Len())
	inParallel(x.Len(), func(i int) {
		row, infinite := make([]float64, x.Dim()), false
		widen(row, x.Row(i))
		for _, v := range row {
			if math.IsNaN(v) {
				logs[i] = v
				return
			}
			infinite = infinite || math.IsInf(v, 0)
		}
		if infinite {
			logs[i] = math.Inf(-1)
			return
		}
		logs[i] = logDensity(row)
	})
	return logs, nil
}

// logDensity returns log p(x) at a point [D].
func (n *Normal) logDensity(x []float64) float64 {
	d, square := len(x), 0.0
	for j := range x {
		z := 0.0
		for k := range j + 1 {
			z += n.whiten[j*d+k] * (x[k] - n.mean[k])
		}
		square += z * z
	}
	return -square/2 - n.logDet - float64(d)/2*math.Log(2*math.Pi)
}
