package audit

import (
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// oneWay is a flow in the direction to audit, as graphs.
type oneWay struct {
	there, back specs.Map
	far         specs.LogDensity // the density where there leads to
	tails       *tails           // records masks for there, and afterwards for back
}

// watchedNormal returns the direction from data to the base distribution, with its layers watched.
func watchedNormal(n specs.Normal) oneWay {
	w := oneWay{tails: &tails{}}
	n.Bijection = w.tails.watch(n.Bijection)
	w.there = func(scope *model.Scope, x, c *Node) (*Node, *Node) { return n.Encode(scope.At(specs.FlowScope), x, c) }
	w.back = func(scope *model.Scope, z, c *Node) (*Node, *Node) { return n.Decode(scope.At(specs.FlowScope), z, c) }
	w.far = func(_ *model.Scope, z, _ *Node) *Node { return n.BaseLogProb(z) }
	return w
}

// watchedBetween returns the direction from left to right, with its layers watched.
func watchedBetween(b specs.Between) oneWay {
	w := oneWay{tails: &tails{}}
	if b.Flow == nil {
		b.Left.Bijection, b.Right.Bijection = w.tails.watch(b.Left.Bijection), w.tails.watch(b.Right.Bijection)
	} else {
		b.Flow = w.tails.watch(b.Flow)
	}
	w.there, w.far = b.Direction(true)
	if !b.Right.HasDensity() { // then the map and its log-det alone are looked at
		w.far = func(_ *model.Scope, y, _ *Node) *Node { return ReduceSum(ZerosLike(y), -1) }
	}
	b.Way = b.Way.Opposite()
	w.back, _ = b.Direction(false)
	return w
}

// auditor audits a density or a transport.
type auditor struct {
	engine   *engine.Engine
	dim      int
	bound    float64                      // the tail bound of the layers
	from, to *data.Scaler                 // of the two sides; nil for none
	mapped   func(j int) []data.ColumnMap // the maps of a feature that points have passed
	// fromTurns and toTurns are what a whole turn of each feature is on the two sides, 0 for one that
	// is no angle; nil for no angles.
	fromTurns, toTurns []float64
	// run runs a function of the flow's graphs, with the weights of an engine.
	run func(e *engine.Engine, name string, build func(oneWay) engine.Build, x, c data.Points) ([][]float64, error)
}

// sizesOf returns the sizes of features [D] that errors are relative to: the scaler's standard
// deviations, or 1.
func sizesOf(s *data.Scaler, dim int) []float64 {
	if s != nil {
		return s.Std
	}
	return slices.Repeat([]float64{1}, dim)
}

// shortest returns a difference of two values of feature j without the whole turns in it.
func shortest(difference float64, turns []float64, j int) float64 {
	if turns == nil || turns[j] == 0 {
		return difference
	}
	return math.Remainder(difference, turns[j])
}

// differenceStep is half the step of the central differences of a Jacobian, relative to the size of
// a feature. Where the slope of a map changes within the step, as a spline's does at a knot, the
// difference is off, and fineStep tells whether the log-det is.
const differenceStep, fineStep = 1e-6, 1e-8

// moved runs a function of rows of x, and of a step for each of them [rows, D].
func (a auditor) moved(e *engine.Engine, name string, x, c data.Points, rows []int, steps []float32,
	build func(w oneWay, scope *model.Scope, x, step, c *Node) *Node) ([]float64, error) {
	x, err := x.Pick(rows...)
	if err == nil && c.Len() > 1 {
		c, err = c.Pick(rows...)
	}
	if err != nil {
		return nil, err
	}
	by, err := data.NewPoints(a.dim, steps)
	if err == nil {
		x, err = x.HStack(by)
	}
	if err != nil {
		return nil, err
	}
	dim := a.dim
	outputs, err := a.run(e, name, func(w oneWay) engine.Build {
		return func(scope *model.Scope, rows, c *Node) []*Node {
			x, step := specs.SplitCondition(rows, dim)
			return []*Node{build(w, scope, x, step, c)}
		}
	}, x, c)
	if err != nil {
		return nil, err
	}
	return outputs[0], nil
}

// jacobians returns the Jacobians of the map at rows of x, by central differences in float64 of half
// this step. Both sides are measured in the sizes of their features.
func (a auditor) jacobians(reference *engine.Engine, x, c data.Points, rows []int, half float64) ([]*mat.Dense, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	from, to, d := sizesOf(a.from, a.dim), sizesOf(a.to, a.dim), a.dim
	// Each row is moved along each feature in turn.
	var each []int
	steps := make([]float32, len(rows)*d*d)
	for n, i := range rows {
		for j := range d {
			each = append(each, i)
			steps[(n*d+j)*d+j] = float32(half * from[j])
		}
	}
	changes, err := a.moved(reference, "differences", x, c, each, steps, func(w oneWay, scope *model.Scope, x, step, c *Node) *Node {
		up, _ := w.there(scope, Add(x, step), c)
		down, _ := w.there(scope, Sub(x, step), c)
		return Sub(up, down)
	})
	if err != nil {
		return nil, err
	}
	jacobians := make([]*mat.Dense, len(rows))
	for n, i := range rows {
		jacobians[n] = mat.NewDense(d, d, nil)
		for j := range d {
			// The step after rounding: far from 0 it is not exactly the step asked for.
			at, step := x.At(i, j), float64(steps[(n*d+j)*d+j])
			moved := ((at + step) - (at - step)) / from[j]
			for k := range d {
				jacobians[n].Set(k, j, shortest(changes[(n*d+j)*d+k], a.toTurns, k)/to[k]/moved)
			}
		}
	}
	return jacobians, nil
}
