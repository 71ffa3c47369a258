package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/accuracy"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/engine"
)

// Check audits the density's flow at points x [N, D], under the condition set by At: the map from
// data to the standard normal, and its inverse.
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

// Check audits the transport at points x [N, D] of the left distribution, under the conditions set
// by At: Forward, and its inverse.
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
		flow: t.String(), trained: t.trained, dim: t.Dim(), bound: acting.bound(t.Dim(), t.spec.Left.Condition),
		from: t.spec.Left.Scaler, to: t.spec.Right.Scaler,
		run: func(e *engine.Engine, name string, build func(oneWay) function, x, c data.Points) ([][]float64, error) {
			by := *t
			by.trained = &trained{engine: e}
			return by.apply(name, x, c, true, func(b between) function {
				return func(scope *model.Scope, x, c *Node) []*Node { return build(b.watched())(scope, x, c) }
			})
		},
	}.at(x, c)
}

// oneWay is a flow in the direction to audit, as graphs.
type oneWay struct {
	there, back direction
	far         density // the density where there leads to
	tails       *tails  // records masks for there, and afterwards for back
}

// watched returns the direction from data to the standard normal, with its layers watched.
func (n normal) watched() oneWay {
	w := oneWay{tails: &tails{}}
	n.bijection = w.tails.watch(n.bijection)
	w.there = func(scope *model.Scope, x, c *Node) (*Node, *Node) { return n.encode(scope.At(flowScope), x, c) }
	w.back = func(scope *model.Scope, z, c *Node) (*Node, *Node) { return n.decode(scope.At(flowScope), z, c) }
	w.far = func(_ *model.Scope, z, _ *Node) *Node { return standardNormalLogProb(z) }
	return w
}

// watched returns the direction from left to right, with its layers watched.
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

// opposite returns the way back.
func (w way) opposite() way {
	switch w {
	case onward:
		return back
	case back:
		return onward
	}
	return w
}

// auditor audits a density or a transport.
type auditor struct {
	flow     string
	trained  *trained
	dim      int
	bound    float64
	from, to *data.Scaler // of the two sides; nil for none
	// run runs a function of the flow's graphs, with the weights of an engine.
	run func(e *engine.Engine, name string, build func(oneWay) function, x, c data.Points) ([][]float64, error)
}

// mostJacobians is the number of points to compute a Jacobian at, in addition to those that do not
// come back within the promise.
const mostJacobians = 256

// at audits the flow at points x [N, D] under conditions c [1 or N, C], or an empty c for none.
func (a auditor) at(x, c data.Points) (Audit, error) {
	precision := a.trained.precision()
	f := findings{
		by: a, promise: accuracy.Of(precision.dtype()), x: x, entering: dataset.NewTailCount(a.dim), within: dataset.NewTailCount(a.dim),
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

// thereAndBack builds what an audit looks at, [batch, …] each: y and its log-det, the returned x
// and its log-det, the log-prob, and for each feature whether it is beyond the bound where it
// enters the flow, and where it enters any layer.
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

// sizesOf returns the sizes of features [D] that errors are relative to: the scaler's standard
// deviations, or 1.
func sizesOf(s *data.Scaler, dim int) []float64 {
	if s != nil {
		return s.Std
	}
	return slices.Repeat([]float64{1}, dim)
}
