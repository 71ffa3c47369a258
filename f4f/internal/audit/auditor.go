package audit

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/accuracy"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// oneWay is a flow in the direction to audit, as graphs.
type oneWay struct {
	there, back specs.Map
	far         specs.LogDensity // the density where there leads to
	tails       *tails           // records masks for there, and afterwards for back
}

// watchedNormal returns the direction from data to the standard normal, with its layers watched.
func watchedNormal(n specs.Normal) oneWay {
	w := oneWay{tails: &tails{}}
	n.Bijection = w.tails.watch(n.Bijection)
	w.there = func(scope *model.Scope, x, c *Node) (*Node, *Node) { return n.Encode(scope.At(specs.FlowScope), x, c) }
	w.back = func(scope *model.Scope, z, c *Node) (*Node, *Node) { return n.Decode(scope.At(specs.FlowScope), z, c) }
	w.far = func(_ *model.Scope, z, _ *Node) *Node { return specs.StandardNormalLogProb(z) }
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
	b.Way = b.Way.Opposite()
	w.back, _ = b.Direction(false)
	return w
}

// auditor audits a density or a transport.
type auditor struct {
	engine   *engine.Engine
	dim      int
	bound    float64      // the tail bound of the layers
	from, to *data.Scaler // of the two sides; nil for none
	// run runs a function of the flow's graphs, with the weights of an engine.
	run func(e *engine.Engine, name string, build func(oneWay) engine.Build, x, c data.Points) ([][]float64, error)
}

// Density audits the flow of a density at points x [N, D] under conditions c [1 or N, C], or an
// empty c for none: the map from data to the standard normal, and its inverse.
func Density(s specs.Density, flow specs.Normal, e *engine.Engine, x, c data.Points) (Report, error) {
	return auditor{
		engine: e, dim: s.Dim, bound: s.Architecture.Bound(s.Dim, s.Condition), from: s.Scaler,
		run: func(e *engine.Engine, name string, build func(oneWay) engine.Build, x, c data.Points) ([][]float64, error) {
			return e.Run(name, func(scope *model.Scope, x, c *Node) []*Node { return build(watchedNormal(flow))(scope, x, c) }, x, c)
		},
	}.at(x, c)
}

// Transport audits a transport from left to right, and its inverse, at points x [N, D] under
// the conditions of both sides c [1 or N, C_x+C_y], or an empty c for none.
func Transport(s specs.Transport, flow specs.Between, e *engine.Engine, x, c data.Points) (Report, error) {
	acting := s.Architecture
	if s.Transfer {
		acting = s.Left.Architecture
	}
	return auditor{
		engine: e, dim: s.Left.Dim, bound: acting.Bound(s.Left.Dim, s.Left.Condition), from: s.Left.Scaler, to: s.Right.Scaler,
		run: func(e *engine.Engine, name string, build func(oneWay) engine.Build, x, c data.Points) ([][]float64, error) {
			return flow.Run(e, name, x, c, true, func(b specs.Between) engine.Build {
				return func(scope *model.Scope, x, c *Node) []*Node { return build(watchedBetween(b))(scope, x, c) }
			})
		},
	}.at(x, c)
}

// mostJacobians is the number of points to compute a Jacobian at, in addition to those that do not
// come back within the tolerance.
const mostJacobians = 256

// at audits the flow at points x [N, D] under conditions c [1 or N, C], or an empty c for none.
func (a auditor) at(x, c data.Points) (Report, error) {
	f := findings{
		by: a, tolerance: accuracy.Of(a.engine.DType()), x: x, entering: dataset.NewTailCount(a.dim), within: dataset.NewTailCount(a.dim),
		Report: Report{RoundTrip: nowhereYet, LogDet: nowhereYet, Jacobian: nowhereYet},
	}
	outputs, err := a.run(a.engine, "check", thereAndBack, x, c)
	if err == nil {
		f.look(outputs)
		err = f.lookCloser(c)
	}
	if err != nil {
		return Report{}, err
	}
	f.warn()
	return f.Report, nil
}

// thereAndBack builds what an audit looks at, [batch, …] each: y and its log-det, the returned x
// and its log-det, the log-prob, and for each feature whether it is beyond the bound where it
// enters the flow, and where it enters any layer.
func thereAndBack(w oneWay) engine.Build {
	return func(scope *model.Scope, x, c *Node) []*Node {
		y, logDet := w.there(scope, x, c)
		beyond := ZerosLike(x)
		inTails := beyond
		for i, mask := range w.tails.masks {
			mask := ConvertDType(mask, x.DType())
			if inTails = Max(inTails, mask); i == 0 {
				beyond = mask
			}
		}
		logProb := Add(w.far(scope, y, c), logDet)
		returned, backLogDet := w.back(scope, y, c)
		return []*Node{y, logDet, returned, backLogDet, logProb, beyond, inTails}
	}
}

// sizesOf returns the sizes of features [D] that errors are relative to: the scaler's standard
// deviations, or 1.
func sizesOf(s *data.Scaler, dim int) []float64 {
	if s != nil {
		return s.Std
	}
	return slices.Repeat([]float64{1}, dim)
}
