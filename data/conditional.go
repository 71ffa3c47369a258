package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Warp is a family of maps of points onto points, one for each condition, and the distribution of
// the conditions. With a source it makes a conditional one, see Conditional.
type Warp struct {
	// Name tells the family apart and reads on from the source's: "rotated by up to 45°".
	Name string
	// ConditionDim is the number of features of a condition, C, at least 1.
	ConditionDim int
	// Draw draws a condition into c [C].
	Draw func(rng *rand.Rand, c []float64)
	// Forward writes to y [D] where the point x [D] goes under the condition c [C]. It is called
	// from one goroutine.
	Forward func(c, x, y []float64)
	// Inverse writes to x [D] where y [D] came from, and gives log|det ∂x/∂y|. It may be nil; there
	// is then no density.
	Inverse func(c, y, x []float64) (logDet float64)
}

// Warped is a conditional source: points of another source, each warped under a condition of its
// own. Conditional, Rotated, Radial and Elliptic make them.
//
//	x = w(x₀; c),  x₀ ~ source,  c ~ Draw
//	log p(x|c) = log p_source(w⁻¹(x; c)) + log|det ∂w⁻¹/∂x|
type Warped struct {
	source  Source
	warp    Warp
	problem error // what makes it useless, told when it is first used
}

var _ ConditionalSource = (*Warped)(nil)

// Conditional is the source whose points are those of another, each warped under a condition of its
// own. Its density at a condition is known where the source's is and the warp has an inverse. A
// warp that can't work is an error from the first draw, and so from Fit.
//
// Of a table, n points are drawn without repetition: plans must ask for no more Points than it has.
func Conditional(source Source, w Warp) *Warped {
	s := &Warped{source: source, warp: w}
	switch {
	case source == nil:
		s.problem = errors.New("data: a conditional source needs a source to warp, got none")
	case w.ConditionDim < 1:
		s.problem = fmt.Errorf("data: %s: a condition must have at least 1 feature, got %d", s.Name(), w.ConditionDim)
	case w.Name == "" || w.Draw == nil || w.Forward == nil:
		s.problem = fmt.Errorf("data: a warp of %s needs a Name, Draw and Forward", source.Name())
	}
	return s
}

// failed is a conditional source that can't be drawn from, and why.
func failed(source Source, w Warp, problem error) *Warped {
	s := Conditional(source, w)
	if s.problem == nil {
		s.problem = problem
	}
	return s
}

// broken is why nothing can be drawn, nil where it can.
func (s *Warped) broken() error {
	const made = "data: a conditional source is made by Conditional, Rotated, Radial or Elliptic, got "
	switch {
	case s == nil:
		return errors.New(made + "nil")
	case s.problem == nil && s.source == nil:
		return errors.New(made + "the zero value")
	}
	return s.problem
}

// Name is the source's name and the warp's: "four circles rotated by up to 45°".
func (s *Warped) Name() string {
	switch {
	case s == nil:
		return "nothing"
	case s.source == nil:
		return "nothing " + s.warp.Name
	}
	return s.source.Name() + " " + s.warp.Name
}

// String is the name.
func (s *Warped) String() string { return s.Name() }

// Dim is the number of features of a point, D; 0 where there is no source.
func (s *Warped) Dim() int {
	if s.Unwrap() == nil {
		return 0
	}
	return s.source.Dim()
}

// ConditionDim is the number of features of a condition, C; 0 where there is no source.
func (s *Warped) ConditionDim() int {
	if s == nil {
		return 0
	}
	return s.warp.ConditionDim
}

// Unwrap is the source that is warped, nil where there is none.
func (s *Warped) Unwrap() Source {
	if s == nil {
		return nil
	}
	return s.source
}

// Sample draws n points [n, D] of all conditions.
func (s *Warped) Sample(n int, seed uint64) (Points, error) {
	x, _, err := s.SampleWithConditions(n, seed)
	return x, err
}

// SampleWithConditions draws n points [n, D] and the condition of each [n, C]. It errs where the
// source does.
func (s *Warped) SampleWithConditions(n int, seed uint64) (x, c Points, err error) {
	if err := s.broken(); err != nil {
		return Points{}, Points{}, err
	}
	rng := stream(s.Name(), seed)
	from, err := s.source.Sample(n, rng.Uint64())
	if err != nil {
		return Points{}, Points{}, err
	}
	conditions := make([]float32, 0, n*s.ConditionDim())
	one := make([]float64, s.ConditionDim())
	for range n {
		s.warp.Draw(rng, one)
		for _, v := range one {
			conditions = append(conditions, float32(v))
		}
	}
	if c, err = NewPoints(s.ConditionDim(), conditions); err != nil {
		return Points{}, Points{}, err
	}
	x, err = s.warped(from, c)
	return x, c, err
}

// warped is where the points [N, D] go under conditions [N, C] or [1, C].
func (s *Warped) warped(p, c Points) (Points, error) {
	values := make([]float32, 0, len(p.Values()))
	from, to, under := make([]float64, p.Dim()), make([]float64, p.Dim()), make([]float64, c.Dim())
	for i := range p.Len() {
		widen(from, p.Row(i))
		widen(under, c.Row(i%c.Len())) // as float32 has it: the condition that goes with the point is the one it was warped under
		s.warp.Forward(under, from, to)
		for _, v := range to {
			values = append(values, float32(v))
		}
	}
	return NewPoints(p.Dim(), values)
}

// LogDensityGiven is log p(x|c) [N], in nats, of points x [N, D] under conditions c, one for each
// [N, C] or one for all [1, C]. It errs where the density isn't known.
func (s *Warped) LogDensityGiven(x, c Points) ([]float64, error) {
	exact, err := s.exact()
	if err != nil {
		return nil, err
	}
	if err := s.checkConditions(c, x.Len()); err != nil {
		return nil, err
	}
	if x.Dim() != s.Dim() {
		return nil, fmt.Errorf("data: the points for the density of %s must be of dimension %d, got %d", s.Name(), s.Dim(), x.Dim())
	}
	values, logDets := make([]float32, 0, len(x.Values())), make([]float64, x.Len())
	from, to, under := make([]float64, s.Dim()), make([]float64, s.Dim()), make([]float64, c.Dim())
	for i := range x.Len() {
		widen(from, x.Row(i))
		widen(under, c.Row(i%c.Len()))
		logDets[i] = s.warp.Inverse(under, from, to)
		if math.IsNaN(logDets[i]) || math.IsInf(logDets[i], 0) {
			return nil, fmt.Errorf("data: %s has no density under the condition %v of row %d: its log-determinant is %v", s.Name(), c.Row(i%c.Len()), i%c.Len(), logDets[i])
		}
		for _, v := range to {
			values = append(values, float32(v))
		}
	}
	back, err := NewPoints(s.Dim(), values)
	if err != nil {
		return nil, err
	}
	logs, err := exact.LogDensity(back)
	if err != nil {
		return nil, err
	}
	for i, logDet := range logDets {
		logs[i] += logDet
	}
	return logs, nil
}

// exact is the source's density, or why there is none.
func (s *Warped) exact() (Exact, error) {
	if err := s.broken(); err != nil {
		return nil, err
	}
	exact, ok := s.source.(Exact)
	switch {
	case !ok:
		return nil, fmt.Errorf("data: the density of %s isn't known, for that of %s isn't", s.Name(), s.source.Name())
	case s.warp.Inverse == nil:
		return nil, fmt.Errorf("data: the density of %s isn't known, for its warp has no Inverse", s.Name())
	}
	return exact, nil
}

// checkConditions errs unless there is one condition, or one for each of n points, all of the right
// width and finite.
func (s *Warped) checkConditions(c Points, n int) error {
	switch {
	case c.Dim() != s.ConditionDim():
		return fmt.Errorf("data: conditions of %s must have %d features, got %d", s.Name(), s.ConditionDim(), c.Dim())
	case c.Len() != 1 && c.Len() != n:
		return fmt.Errorf("data: %s: there must be one condition, or one for each of %d points, got %d", s.Name(), n, c.Len())
	}
	if err := c.CheckFinite(); err != nil {
		return fmt.Errorf("data: conditions of %s: %w", s.Name(), err)
	}
	return nil
}

func widen(to []float64, from []float32) {
	for i, v := range from {
		to[i] = float64(v)
	}
}
