package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Box is the uniform distribution on a box in D dimensions, from Low to High, edges included. Use
// NewBox to make one.
type Box struct {
	low, high []float64
}

var (
	_ Distribution  = (*Box)(nil)
	_ Fingerprinter = (*Box)(nil)
)

// NewBox returns the uniform distribution on the box with these corners [D]. It returns an error if
// there are none, if they differ in dimension, or if an edge isn't finite or has no length in
// float32.
func NewBox(low, high []float64) (*Box, error) {
	if len(low) == 0 || len(low) != len(high) {
		return nil, fmt.Errorf("data: a box must have two corners of one dimension, at least 1, got %d and %d features", len(low), len(high))
	}
	for j := range low {
		width := high[j] - low[j]
		if !(float32(high[j]) > float32(low[j])) || math.IsInf(float64(float32(low[j])), 0) || math.IsInf(float64(float32(high[j])), 0) || math.IsInf(width, 0) {
			return nil, fmt.Errorf("data: each edge of a box must go from a finite number to a greater one, got %g to %g as feature %d", low[j], high[j], j)
		}
	}
	return &Box{slices.Clone(low), slices.Clone(high)}, nil
}

// broken returns an error if b is nil or the zero value, which have no distribution.
func (b *Box) broken() error {
	if b == nil || b.low == nil {
		return errors.New("data: a box must be made by NewBox, got none")
	}
	return nil
}

// Name returns a name such as "box [0, 1]×[0, 2]", or "5-dimensional box" for more than three
// dimensions.
func (b *Box) Name() string {
	switch {
	case b.broken() != nil:
		return "nothing"
	case b.Dim() > 3:
		return fmt.Sprintf("%d-dimensional box", b.Dim())
	}
	edges := make([]string, b.Dim())
	for j := range edges {
		edges[j] = fmt.Sprintf("[%.4g, %.4g]", b.low[j], b.high[j])
	}
	return "box " + strings.Join(edges, "×")
}

// String returns the name.
func (b *Box) String() string { return b.Name() }

// Dim returns the number of dimensions, D.
func (b *Box) Dim() int {
	if b == nil {
		return 0
	}
	return len(b.low)
}

// Low returns the least value of each feature [D]. It is nil if b is nil.
func (b *Box) Low() []float64 {
	if b == nil {
		return nil
	}
	return slices.Clone(b.low)
}

// High returns the greatest value of each feature [D]. It is nil if b is nil.
func (b *Box) High() []float64 {
	if b == nil {
		return nil
	}
	return slices.Clone(b.high)
}

// Fingerprint returns a hash of the corners.
func (b *Box) Fingerprint() string {
	if b.broken() != nil {
		return ""
	}
	return hashOf(slices.Concat(b.low, b.high))
}

// Entropy returns the logarithm of the volume, in nats. It returns NaN if b is nil.
func (b *Box) Entropy() float64 {
	if b.broken() != nil {
		return math.NaN()
	}
	sum := 0.0
	for j := range b.low {
		sum += math.Log(b.high[j] - b.low[j])
	}
	return sum
}

// Sample draws n points [n, D]. It returns an error if n is negative.
func (b *Box) Sample(n int, seed uint64) (Points, error) {
	if err := b.broken(); err != nil {
		return Points{}, err
	}
	rng := stream(b.Name()+b.Fingerprint(), seed)
	return drawn(b, n, func(x []float64) {
		for j := range x {
			x[j] = b.low[j] + rng.Float64()*(b.high[j]-b.low[j])
		}
	})
}

// LogProb returns log p(x) of every point [N, D], in nats: −Inf outside the box. It returns an
// error if the points have another dimension than the box.
func (b *Box) LogProb(x Points) ([]float64, error) {
	if err := b.broken(); err != nil {
		return nil, err
	}
	inside := -b.Entropy()
	return logProbsOf(b, x, func(x []float64) float64 {
		for j, v := range x { // points are rounded to float32, and so are the edges
			if v < float64(float32(b.low[j])) || v > float64(float32(b.high[j])) {
				return math.Inf(-1)
			}
		}
		return inside
	})
}
