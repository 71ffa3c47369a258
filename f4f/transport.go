package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Transport maps one distribution onto another, in both directions. It is a trained flow for flow
// (Between), or the composition of two densities through their base distribution (BaseTransfer).
// Its methods may be called from several goroutines. It needs no closing.
type Transport struct {
	*trained
	spec        specs.Transport
	flow        specs.Between
	left, right *Density
	cx, cy      data.Points // the conditions set by At; empty if there are none
	strict      bool        // a condition outside the range of training is an error
}

// At returns the transport from points under the conditions cx to points under the conditions cy.
// Each is one row that holds for all points, or one row for each. The result shares everything else
// with t. If both sides are one conditional distribution, At(cx, cy) and At(cy, cx) undo each other
// up to rounding. At checks nothing: the methods that evaluate do, and return an error if a
// conditional transport was given no conditions.
func (t *Transport) At(cx, cy data.Points) *Transport {
	if t == nil {
		return nil // methods of a nil transport return an error
	}
	at := *t
	at.cx, at.cy = cx, cy
	at.left, at.right = t.left.At(cx), t.right.At(cy)
	return &at
}

// Strict returns the transport with strict conditions: for a condition outside the range of its
// bases' training, or of a class that it did not have, it returns an error that wraps
// ErrOutsideRange, where t logs a warning and extrapolates. See Density.Strict. The result shares
// everything else with t.
func (t *Transport) Strict() *Transport {
	if t == nil {
		return nil
	}
	strict := *t
	strict.strict = true
	strict.left, strict.right = t.left.Strict(), t.right.Strict()
	return &strict
}

// Left returns the density of the left distribution, which Forward starts from, under the condition
// set by At. It is nil for a nil transport.
func (t *Transport) Left() *Density {
	if t == nil {
		return nil
	}
	return t.left
}

// Right returns the density of the right distribution, which Forward leads to, under the condition
// set by At. It is nil for a nil transport.
func (t *Transport) Right() *Density {
	if t == nil {
		return nil
	}
	return t.right
}

// Dim returns the number of features of a point, D. It is 0 for a nil transport.
func (t *Transport) Dim() int { return t.Left().Dim() }

// Periods returns the ends of the period of each column [D] that is an angle on the right, where
// Forward leads to, as Density.Periods does; Left().Periods() returns those on the left. It is nil
// if no column is an angle.
func (t *Transport) Periods() [][2]float64 { return t.Right().Periods() }

// Forward maps points x [N, D] of the left distribution to the right one. The images keep the
// weights of the points, and columns that are angles have their periods (data.Points.Periods). It
// returns an error if points or conditions do not fit the transport, and if an image is not finite.
//
// Where a column has noise (data.Whole, or the value of a data.Spike), the map is random: the value
// is spread by noise, uniform or learned (VariationalNoise), which is the same at each call for the
// same points, all together. (Points.Repeat gives several draws for each.) The image on the other side
// is a whole number, or the spike's value, and what led to it is lost. So Inverse of such an image gives other points of the left, not x: the features that
// depend on the column differ too, and only the distribution is that of the left.
func (t *Transport) Forward(x data.Points) (y data.Points, err error) {
	if t == nil {
		return data.Points{}, errNil
	}
	y, _, err = t.mapped("forward", x, true, false)
	return y, err
}

// Inverse maps points y [N, D] of the right distribution to the left one. It undoes Forward up to
// rounding, unless a column has noise (see Forward), and returns the same errors.
func (t *Transport) Inverse(y data.Points) (x data.Points, err error) {
	if t == nil {
		return data.Points{}, errNil
	}
	x, _, err = t.mapped("inverse", y, false, false)
	return x, err
}

// ForwardLogDet maps points x [N, D] as Forward does, and also returns log|det ∂f/∂x| [N], in nats. Where
// a column has noise, ∂x is of the noise in place of the whole number, over the noise's density.
func (t *Transport) ForwardLogDet(x data.Points) (y data.Points, logDet []float64, err error) {
	if t == nil {
		return data.Points{}, nil, errNil
	}
	return t.mapped("forward and log-det", x, true, true)
}

// InverseLogDet maps points y [N, D] as Inverse does, and also returns log|det ∂f⁻¹/∂y| [N], in
// nats. It is minus the log-det of Forward at the result, unless a column has noise: then ∂y is of the
// noise in place of the whole number, over the noise's density, and the result forgets it.
func (t *Transport) InverseLogDet(y data.Points) (x data.Points, logDet []float64, err error) {
	if t == nil {
		return data.Points{}, nil, errNil
	}
	return t.mapped("inverse and log-det", y, false, true)
}

// Path maps points x [N, D] from their conditions cx, one row for all or one for each, to each
// condition of a path [K, C] in turn. It returns K sets of points [N, D], one for each condition.
// The path may be a data.Line. An empty path is an error.
func (t *Transport) Path(x, cx, path data.Points) ([]data.Points, error) {
	if t == nil {
		return nil, errNil
	}
	if path.Len() == 0 {
		return nil, fmt.Errorf("f4f: %s: a path must have at least 1 condition, got none", t)
	}
	images := make([]data.Points, path.Len())
	for k := range images {
		var err error
		if images[k], err = t.At(cx, path.Slice(k, k+1)).Forward(x); err != nil {
			return nil, fmt.Errorf("%w (condition %d)", err, k)
		}
	}
	return images, nil
}

// LogProb returns the log-density [N], in nats, of points y [N, D] on the right, under the left
// density transported by Forward: log p_left(f⁻¹(y)) + log|det ∂f⁻¹/∂y|. Where columns of the right have
// noise it is the log of a probability, as that of Density.LogProb is. Where columns of the left have noise,
// p_left is the density of points with noise; Forward gives whole numbers the noise that they were trained
// with, uniform or learned, which is that of p_left as far as the bounds of the left are tight. It returns
// an error that wraps ErrNoDensity if the left is points alone.
func (t *Transport) LogProb(y data.Points) ([]float64, error) {
	if t == nil {
		return nil, errNil
	}
	if err := t.left.checkDensity(); err != nil {
		return nil, err
	}
	return t.logProb(y, false)
}

// LogProbLeft returns the log-density [N], in nats, of points x [N, D] on the left, under the right
// density transported by Inverse: log p_right(f(x)) + log|det ∂f/∂x|. Where columns of the left have noise
// it is the log of a probability, as that of Density.LogProb is. It returns an error that wraps
// ErrNoDensity if the right is points alone.
func (t *Transport) LogProbLeft(x data.Points) ([]float64, error) {
	if t == nil {
		return nil, errNil
	}
	if err := t.right.checkDensity(); err != nil {
		return nil, err
	}
	return t.logProb(x, true)
}

// LogProbBound returns a lower bound of log P(y) [N] on the right, in nats, in expectation over draws of
// the noise that columns of the right have (data.Whole, data.Spike), as Density.LogProbBound does. Without
// noise on the right it is LogProb. It returns an error if draws isn't at least 1, and the errors of LogProb.
func (t *Transport) LogProbBound(y data.Points, draws int, seed uint64) ([]float64, error) {
	if t == nil {
		return nil, errNil
	}
	if err := t.left.checkDensity(); err != nil {
		return nil, err
	}
	return t.logProbBound(y, false, draws, seed)
}

// LogProbLeftBound returns a lower bound of log P(x) [N] on the left, in nats, in expectation over draws of
// the noise that columns of the left have, as LogProbBound does for the right. It returns an error if draws
// isn't at least 1, and the errors of LogProbLeft.
func (t *Transport) LogProbLeftBound(x data.Points, draws int, seed uint64) ([]float64, error) {
	if t == nil {
		return nil, errNil
	}
	if err := t.right.checkDensity(); err != nil {
		return nil, err
	}
	return t.logProbBound(x, true, draws, seed)
}

// Displacement returns how far Forward moves points x [N, D] on average, in the data's units. An
// angle moves the shorter way around the circle. It is an error if an angle has another period on
// the left than on the right.
func (t *Transport) Displacement(x data.Points) (metric.Distance, error) {
	y, err := t.Forward(x)
	if err != nil {
		return metric.Distance{}, err
	}
	return metric.Displacement(t.spec.Left.OnCircle(x, x), y)
}

// Nearest returns images y [N, D] of points x [N, D] with each angle moved by whole turns to the
// value nearest to that of x, as data.Nearest does. Then y − x is the shorter way around the
// circle. Without angles it returns y. It returns an error if the shapes differ, or if an angle has
// another period on the left than on the right.
func (t *Transport) Nearest(x, y data.Points) (data.Points, error) {
	if t == nil {
		return data.Points{}, errNil
	}
	near, err := t.spec.Nearest(x, y)
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return near, nil
}

// Save writes the transport and its bases to one safetensors file. It holds the weights by name
// and, as readable JSON in its metadata, the plan and the history of the training. Save replaces
// path atomically.
func (t *Transport) Save(path string) error {
	if t == nil {
		return errNil
	}
	return t.save(path, t.spec, flowfile.Notes{Flow: t.notes, Left: t.left.notes, Right: t.right.notes})
}

// Notes returns what you should know about the transport and its training, as Density.Notes does.
// The notes on its bases are those of Left and Right.
func (t *Transport) Notes() []string {
	if t == nil {
		return nil
	}
	return slices.Clone(t.notes)
}

// allNotes returns the notes on the transport and on its bases, each once.
func (t *Transport) allNotes() []string {
	return flowfile.Notes{Flow: t.notes, Left: t.left.notes, Right: t.right.notes}.All()
}

// take sets the notes on the transport and on its bases.
func (t *Transport) take(n flowfile.Notes) {
	n = n.Bounded()
	t.notes, t.left.notes, t.right.notes = n.Flow, n.Left, n.Right
}

// String describes the transport: "transport ring → star".
func (t *Transport) String() string {
	if t == nil {
		return "no transport"
	}
	if t.spec.Transfer {
		return "base transfer " + t.spec.Name
	}
	return "transport " + t.spec.Name
}

// mapped maps points [N, D] from left to right, or from right to left. It also returns the log-dets
// [N] if withLogDet is set.
func (t *Transport) mapped(name string, x data.Points, leftToRight, withLogDet bool) (y data.Points, logDet []float64, err error) {
	u, entered, c, err := t.enter(x, leftToRight)
	if err != nil {
		return data.Points{}, nil, err
	}
	outputs, err := t.flow.Run(t.engine, name, u, c, leftToRight, func(b specs.Between) engine.Build {
		f := b.Noisily(leftToRight)
		return func(scope *model.Scope, x, c *Node) []*Node {
			y, logDet := f(scope, x, c)
			if withLogDet {
				return []*Node{y, logDet}
			}
			return []*Node{y}
		}
	})
	if err != nil {
		return data.Points{}, nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	_, to := t.sides(leftToRight)
	var left []float64
	if y, err = data.NewPoints(t.Dim(), numbers.Narrowed(outputs[0])); err == nil {
		y, left, err = to.Leave(y)
	}
	if err == nil {
		err = specs.CheckImages(x, y)
	}
	if err == nil && withLogDet {
		logDet = specs.Added(specs.Added(outputs[1], entered), left)
		err = specs.CheckLogDets(x, logDet)
	}
	if err != nil {
		return data.Points{}, nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return to.OnCircle(to.Named(y, x), x), logDet, nil
}

// sides returns the base that points come from and the one that they go to.
func (t *Transport) sides(leftToRight bool) (from, to specs.Density) {
	if leftToRight {
		return t.spec.Left, t.spec.Right
	}
	return t.spec.Right, t.spec.Left
}

// logProb returns log p_far(f(x)) + log|det ∂f/∂x| [N] at points x [N, D] of the left, or of the right.
func (t *Transport) logProb(x data.Points, leftToRight bool) ([]float64, error) {
	c, err := t.checkInput(x, leftToRight)
	if err != nil {
		return nil, err
	}
	from, _ := t.sides(leftToRight)
	logProbs, err := from.LogProbs(x, c, t.logProbsOf(leftToRight, false), t.logProbsOf(leftToRight, true))
	if err == nil {
		err = from.CheckLogProbs(x, logProbs)
	}
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return logProbs, nil
}

// logProbBound returns lower bounds of what logProb returns, by draws of the noise.
func (t *Transport) logProbBound(x data.Points, leftToRight bool, draws int, seed uint64) ([]float64, error) {
	c, err := t.checkInput(x, leftToRight)
	if err != nil {
		return nil, err
	}
	if err := specs.CheckDraws(draws); err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	from, _ := t.sides(leftToRight)
	if !from.AddsNoise() {
		return t.logProb(x, leftToRight)
	}
	bounds, err := from.Bounds(x, c, draws, seed, t.logProbsOf(leftToRight, true))
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return bounds, nil
}

// logProbsOf returns the function that evaluates log p_far(f(u)) + log|det ∂f/∂u| [N] at points u
// [N, D] of one side, in the units that the flow sees. If byNoise is set, uniform noise of u becomes
// the noise that the side has learned, and the result is less the log-density of that.
func (t *Transport) logProbsOf(leftToRight, byNoise bool) specs.Evaluation {
	name := "log-prob right"
	if leftToRight {
		name = "log-prob left"
	}
	if byNoise {
		name += " by noise"
	}
	return func(u, c data.Points) ([]float64, error) {
		outputs, err := t.flow.Run(t.engine, name, u, c, leftToRight, func(b specs.Between) engine.Build {
			f, far := b.Direction(leftToRight)
			if byNoise {
				f = b.Noisily(leftToRight)
			}
			return func(scope *model.Scope, x, c *Node) []*Node {
				y, logDet := f(scope, x, c)
				return []*Node{Add(far(scope, y, c), logDet)}
			}
		})
		if err != nil {
			return nil, err
		}
		return outputs[0], nil
	}
}

// enter checks points x [N, D] of the left, or of the right, and the conditions, and maps them to
// the units that the flow sees. logDets are log|det ∂u/∂x| [N], nil for zeros, and c is as
// checkInput returns it.
func (t *Transport) enter(x data.Points, left bool) (u data.Points, logDets []float64, c data.Points, err error) {
	if c, err = t.checkInput(x, left); err != nil {
		return u, nil, c, err
	}
	from, _ := t.sides(left)
	if u, logDets, err = from.Enter(x); err != nil {
		return u, nil, c, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return u, logDets, c, nil
}

// checkInput returns an error unless points of the left, or of the right, and the conditions fit
// the transport. It returns the conditions of both sides as the method conditions does.
func (t *Transport) checkInput(x data.Points, left bool) (c data.Points, err error) {
	from, _ := t.sides(left)
	if err = from.CheckPoints(x); err == nil {
		c, err = t.conditions(x.Len())
	}
	if err != nil {
		return c, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return c, nil
}

// conditions checks the conditions set by At and returns them side by side, [1 or n, C_x+C_y], in
// the units that the flow sees. The result is empty if the transport has none.
func (t *Transport) conditions(n int) (data.Points, error) {
	for _, side := range []struct {
		name string
		spec specs.Density
		c    data.Points
	}{{"left", t.spec.Left, t.cx}, {"right", t.spec.Right, t.cy}} {
		if err := side.spec.CheckCondition(side.c, n, t.strict); err != nil {
			return data.Points{}, fmt.Errorf("%s: %w", side.name, err)
		}
	}
	cx, cy := t.cx, t.cy
	if t.spec.Relation == Shared.String() && !sameConditions(cx, cy) {
		return data.Points{}, fmt.Errorf("under Shared a point keeps its condition: both sides must be given the same one")
	}
	if cx.Len() == 0 {
		return data.Points{}, nil
	}
	cx, err := t.spec.Left.EnterCondition(cx)
	if err == nil {
		cy, err = t.spec.Right.EnterCondition(cy)
	}
	if err != nil {
		return data.Points{}, err
	}
	if cx.Len() != cy.Len() {
		if cx, err = specs.RowsOf(cx, n); err == nil {
			cy, err = specs.RowsOf(cy, n)
		}
		if err != nil {
			return data.Points{}, err
		}
	}
	return cx.HStack(cy)
}

func sameConditions(cx, cy data.Points) bool { return slices.Equal(cx.Values(), cy.Values()) }
