package audit

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/accuracy"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// Density audits the flow of a density at points x [N, D] under conditions c [1 or N, C], or an
// empty c for none: the map from data to the base distribution, and its inverse.
func Density(s specs.Density, flow specs.Normal, e *engine.Engine, x, c data.Points) (Report, error) {
	return auditor{
		engine: e, dim: s.Dim, bound: s.Architecture.Bound(s.Dim, s.Condition), from: s.Scaler, mapped: s.MapsOf, fromTurns: s.Turns(), toTurns: s.BaseTurns(),
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
	from, to := s.Left.Scaler, s.Right.Scaler
	if s.Units != nil {
		from, to = &s.Units.Left, &s.Units.Right
	}
	return auditor{
		engine: e, dim: s.Left.Dim, bound: acting.Bound(s.Left.Dim, s.Left.Condition), from: from, to: to, mapped: s.Left.MapsOf,
		fromTurns: s.Left.Turns(), toTurns: s.Right.Turns(),
		run: func(e *engine.Engine, name string, build func(oneWay) engine.Build, x, c data.Points) ([][]float64, error) {
			return flow.Run(e, name, x, c, true, func(b specs.Between) engine.Build {
				return func(scope *model.Scope, x, c *Node) []*Node { return build(watchedBetween(b))(scope, x, c) }
			})
		},
	}.at(x, c)
}

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
