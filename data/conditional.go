package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Warp is a family of maps between points, one for each condition, together with the distribution
// of the conditions. NewWarped combines it with a source.
type Warp struct {
	// Name identifies the family. It follows the source's name in text: "rotated by up to 45°".
	Name string
	// ConditionDim is the number of features of a condition, C, at least 1.
	ConditionDim int
	// Draw draws a condition and writes it to c [C].
	Draw func(rng *rand.Rand, c []float64)
	// Forward maps the point x [D] under the condition c [C] and writes the result to y [D]. It is
	// called from one goroutine.
	Forward func(c, x, y []float64)
	// Inverse maps y [D] back, writes the result to x [D], and returns log|det ∂x/∂y|. It may be
	// nil; the density is then unknown.
	Inverse func(c, y, x []float64) (logDet float64)
}

// Warped is a conditional source: the points of another source, each mapped by a warp under a
// condition of its own. Make one by NewWarped, Rotated, Radial or Elliptic.
//
//	x = w(x₀; c),  x₀ ~ source,  c ~ Draw
//	log p(x|c) = log p_source(w⁻¹(x; c)) + log|det ∂w⁻¹/∂x|
type Warped struct {
	source  Source
	warp    Warp
	problem error // why it can't be drawn from, returned when it is first used
}

var _ ConditionalSource = (*Warped)(nil)

// NewWarped returns a source whose points are those of another source, each mapped by w under a
// condition of its own. The density at a condition is known if the source is a Distribution and the
// warp has an inverse. NewWarped itself returns no error: if the warp isn't valid, drawing returns
// the error, and so does Fit.
//
// From a table, n points are drawn without replacement, so plans must not ask for more Samples than
// the table has.
func NewWarped(source Source, w Warp) *Warped {
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

// failed returns a conditional source that returns problem when it is drawn from.
func failed(source Source, w Warp, problem error) *Warped {
	s := NewWarped(source, w)
	if s.problem == nil {
		s.problem = problem
	}
	return s
}

// broken returns the reason why nothing can be drawn, or nil.
func (s *Warped) broken() error {
	const made = "data: a conditional source must be made by NewWarped, Rotated, Radial or Elliptic, got "
	switch {
	case s == nil:
		return errors.New(made + "nil")
	case s.problem == nil && s.source == nil:
		return errors.New(made + "the zero value")
	}
	return s.problem
}

// Name returns the source's name followed by the warp's: "four circles rotated by up to 45°".
func (s *Warped) Name() string {
	switch {
	case s == nil:
		return "nothing"
	case s.source == nil:
		return "nothing " + s.warp.Name
	}
	return s.source.Name() + " " + s.warp.Name
}

// String returns the name.
func (s *Warped) String() string { return s.Name() }

// Dim returns the number of features of a point, D, or 0 if there is no source.
func (s *Warped) Dim() int {
	if s.Unwrap() == nil {
		return 0
	}
	return s.source.Dim()
}

// ConditionDim returns the number of features of a condition, C, or 0 if s is nil.
func (s *Warped) ConditionDim() int {
	if s == nil {
		return 0
	}
	return s.warp.ConditionDim
}

// Unwrap returns the source that is warped, or nil if there is none.
func (s *Warped) Unwrap() Source {
	if s == nil {
		return nil
	}
	return s.source
}

// Sample draws n points [n, D] with random conditions and returns the points alone. It has the same
// errors as SampleWithConditions.
func (s *Warped) Sample(n int, seed uint64) (Points, error) {
	x, _, err := s.SampleWithConditions(n, seed)
	return x, err
}

// SampleWithConditions draws n points x [n, D] and the condition of each, c [n, C]. It returns an
// error if the warp isn't valid or the source returns one.
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

// warped maps points p [N, D] forward under conditions c, [N, C] or [1, C]. They keep their
// weights.
func (s *Warped) warped(p, c Points) (Points, error) {
	values := make([]float32, 0, len(p.Values()))
	from, to, under := make([]float64, p.Dim()), make([]float64, p.Dim()), make([]float64, c.Dim())
	for i := range p.Len() {
		widen(from, p.Row(i))
		// The condition is the one rounded to float32, so that the returned condition is exactly
		// the one that the point was mapped under.
		widen(under, c.Row(i%c.Len()))
		s.warp.Forward(under, from, to)
		for _, v := range to {
			values = append(values, float32(v))
		}
	}
	warped, err := NewPoints(p.Dim(), values)
	warped.weights = p.weights
	return warped, err
}

// LogProbGiven returns log p(x|c) [N], in nats, of points x [N, D] under conditions c: one for
// each point [N, C], or one for all [1, C]. It returns an error if the density isn't known, if the
// shapes don't match, or if the warp's log-det isn't finite.
func (s *Warped) LogProbGiven(x, c Points) ([]float64, error) {
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
			return nil, fmt.Errorf("data: %s has no density under the condition %v of row %d: its log-determinant is %v",
				s.Name(), c.Row(i%c.Len()), i%c.Len(), logDets[i])
		}
		for _, v := range to {
			values = append(values, float32(v))
		}
	}
	back, err := NewPoints(s.Dim(), values)
	if err != nil {
		return nil, err
	}
	logs, err := exact.LogProb(back)
	if err != nil {
		return nil, err
	}
	for i, logDet := range logDets {
		logs[i] += logDet
	}
	return logs, nil
}

// exact returns the source as a Distribution, or an error that says why the density isn't known.
func (s *Warped) exact() (Distribution, error) {
	if err := s.broken(); err != nil {
		return nil, err
	}
	exact, ok := s.source.(Distribution)
	switch {
	case !ok:
		return nil, fmt.Errorf("data: the density of %s isn't known, because that of %s isn't", s.Name(), s.source.Name())
	case s.warp.Inverse == nil:
		return nil, fmt.Errorf("data: the density of %s isn't known, because its warp has no Inverse", s.Name())
	}
	return exact, nil
}

// checkConditions returns an error unless c holds one condition, or one for each of n points, all
// finite and with the right number of features.
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

// widen converts from to float64 and writes the result to to.
func widen(to []float64, from []float32) {
	for i, v := range from {
		to[i] = float64(v)
	}
}
