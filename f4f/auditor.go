package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// Check audits the density at points x [N, D], under the condition of At where there is one: the
// map from data to noise, and back.
func (d *Density) Check(x data.Points) (Audit, error) {
	if d == nil {
		return Audit{}, errNil
	}
	if err := d.checkInput(x); err != nil {
		return Audit{}, err
	}
	s, flow := d.spec, d.flow
	return auditor{
		flow: d.String(), trained: d.trained, dim: s.Dim, bound: s.Architecture.bound(s.Dim, s.Condition), from: s.Scaler,
		run: func(e *engine.Engine, name string, build func(oneWay) function, x, c data.Points) ([][]float64, error) {
			return e.Run(name, func(scope *model.Scope, x, c *Node) []*Node { return build(flow.watched())(scope, x, c) }, x, c)
		},
	}.at(x, d.given)
}

// Check audits the transport at points x [N, D] of the left distribution, under the conditions of
// At where there are any: Forward, and back.
func (t *Transport) Check(x data.Points) (Audit, error) {
	if t == nil {
		return Audit{}, errNil
	}
	c, err := t.checkInput(x)
	if err != nil {
		return Audit{}, err
	}
	acting := t.spec.Architecture
	if t.spec.Transfer {
		acting = t.spec.Left.Architecture
	}
	return auditor{
		flow: t.String(), trained: t.trained, dim: t.Dim(), bound: acting.bound(t.Dim(), t.spec.Left.Condition), from: t.spec.Left.Scaler, to: t.spec.Right.Scaler,
		run: func(e *engine.Engine, name string, build func(oneWay) function, x, c data.Points) ([][]float64, error) {
			by := *t
			by.trained = &trained{engine: e}
			return by.apply(name, x, c, true, func(b between) function {
				return func(scope *model.Scope, x, c *Node) []*Node { return build(b.watched())(scope, x, c) }
			})
		},
	}.at(x, c)
}

// oneWay is a flow in the direction that is audited, as graphs.
type oneWay struct {
	there, back direction
	far         density // of where there leads
	tails       *tails  // of there; back is watched as well, afterwards
}

// watched is the way from data to noise.
func (n normal) watched() oneWay {
	w := oneWay{tails: &tails{}}
	n.bijection = w.tails.watch(n.bijection)
	w.there = func(scope *model.Scope, x, c *Node) (*Node, *Node) { return n.encode(scope.At(flowScope), x, c) }
	w.back = func(scope *model.Scope, z, c *Node) (*Node, *Node) { return n.decode(scope.At(flowScope), z, c) }
	w.far = func(_ *model.Scope, z, _ *Node) *Node { return standardNormalLogProb(z) }
	return w
}

// watched is the way from left to right.
func (b between) watched() oneWay {
	w := oneWay{tails: &tails{}}
	if b.flow == nil {
		b.left.bijection, b.right.bijection = w.tails.watch(b.left.bijection), w.tails.watch(b.right.bijection)
	} else {
		b.flow = w.tails.watch(b.flow)
	}
	w.there, w.far = b.direction(true)
	b.way = b.way.opposite()
	w.back, _ = b.direction(false)
	return w
}

// opposite is the way back.
func (w way) opposite() way {
	switch w {
	case onward:
		return back
	case back:
		return onward
	}
	return w
}

// auditor is an audit to be done, of a density or a transport.
type auditor struct {
	flow     string
	trained  *trained
	dim      int
	bound    float64
	from, to *data.Scaler // of either side, nil for none
	// run applies a function of the flow's graphs, by an engine's weights.
	run func(e *engine.Engine, name string, build func(oneWay) function, x, c data.Points) ([][]float64, error)
}

// mostJacobians is at how many points a Jacobian is worked out, besides those that may not come
// back as they should.
const mostJacobians = 256

// at does the audit at points x [N, D] under conditions [1 or N, C], no points for none.
func (a auditor) at(x, c data.Points) (Audit, error) {
	precision := a.trained.precision()
	f := findings{
		by: a, promise: bijection.PromiseOf(precision.dtype()), x: x, entering: dataset.NewOutside(a.dim), within: dataset.NewOutside(a.dim),
		Audit: Audit{Flow: a.flow, Precision: precision, Points: x.Len(), RoundTrip: nowhereYet, LogDet: nowhereYet, Jacobian: nowhereYet},
	}
	outputs, err := a.run(a.trained.engine, "check", thereAndBack, x, c)
	if err == nil {
		f.look(outputs)
		err = f.lookCloser(c)
	}
	if err != nil {
		return Audit{}, fmt.Errorf("f4f: %s: check: %w", a.flow, err)
	}
	f.warn()
	return f.Audit, nil
}

// thereAndBack is what an audit looks at, [batch, …] each: y and its log-det, x come back and that
// log-det, the log-prob, and by feature whether it is beyond the bound on entering the flow, and on
// entering any layer.
func thereAndBack(w oneWay) function {
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

// sizesOf are the features' sizes [D] that errors are measured by: the scaler's deviations, or 1.
func sizesOf(s *data.Scaler, dim int) []float64 {
	if s != nil {
		return s.Std
	}
	return slices.Repeat([]float64{1}, dim)
}
