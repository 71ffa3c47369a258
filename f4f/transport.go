package f4f

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Transport is a map of one distribution onto another, either way: a trained flow for flow (Between), or the composition of two
// densities through the normal distribution (BaseTransfer). Its methods may be called from several goroutines; it holds no resource
// that needs closing.
type Transport struct {
	*trained
	spec        transportSpec
	flow        between
	left, right *Density
}

// Left is the density of the distribution that Forward starts from.
func (t *Transport) Left() *Density { return t.left }

// Right is the density of the distribution that Forward arrives at.
func (t *Transport) Right() *Density { return t.right }

// Dim is the number of features of a point, D.
func (t *Transport) Dim() int { return t.spec.Left.Dim }

// Forward maps points x [N, D] of the left distribution to the right one.
func (t *Transport) Forward(x data.Points) (y data.Points, err error) {
	return t.mapped("forward", x, t.flow.forward)
}

// Inverse maps points y [N, D] of the right distribution to the left one; it undoes Forward.
func (t *Transport) Inverse(y data.Points) (x data.Points, err error) {
	return t.mapped("inverse", y, t.flow.inverse)
}

// LogProb is the log-density [N], in nats, at points y [N, D] on the right, of what the left density becomes under Forward:
// log p_left(f⁻¹(y)) + log|det ∂f⁻¹/∂y|.
func (t *Transport) LogProb(y data.Points) ([]float64, error) {
	return t.logProb("log-prob right", y, t.flow.inverse, t.flow.leftLogProb)
}

// LogProbLeft is the log-density [N], in nats, at points x [N, D] on the left, of what the right density becomes under Inverse:
// log p_right(f(x)) + log|det ∂f/∂x|.
func (t *Transport) LogProbLeft(x data.Points) ([]float64, error) {
	return t.logProb("log-prob left", x, t.flow.forward, t.flow.rightLogProb)
}

// Displacement is how far Forward moves points x [N, D] on average, in the data's units.
func (t *Transport) Displacement(x data.Points) (metric.Distance, error) {
	y, err := t.Forward(x)
	if err != nil {
		return metric.Distance{}, err
	}
	return metric.Displacement(x, y)
}

// Save writes the transport to one safetensors file, its bases included: the weights by name, the plan and how the training went as readable
// JSON in its metadata. It replaces path atomically.
func (t *Transport) Save(path string) error { return t.save(path, t.spec) }

// String reads as what it is.
func (t *Transport) String() string {
	if t.spec.Transfer {
		return "base transfer " + t.spec.Name
	}
	return "transport " + t.spec.Name
}

func (t *Transport) mapped(name string, x data.Points, f direction) (data.Points, error) {
	outputs, err := t.run(name, x, func(scope *model.Scope, x, _ *Node) []*Node {
		y, _ := f(scope, x)
		return []*Node{y}
	})
	if err != nil {
		return data.Points{}, err
	}
	return data.NewPoints(t.Dim(), outputs[0])
}

func (t *Transport) logProb(name string, x data.Points, f direction, far density) ([]float64, error) {
	outputs, err := t.run(name, x, func(scope *model.Scope, x, _ *Node) []*Node {
		y, logDet := f(scope, x)
		return []*Node{Add(far(scope, y), logDet)}
	})
	if err != nil {
		return nil, err
	}
	return widen(outputs[0]), nil
}

func (t *Transport) run(name string, x data.Points, build function) ([][]float32, error) {
	if err := checkPoints("points", x, t.Dim()); err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	outputs, err := t.engine.run(name, build, x, data.Points{})
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return outputs, nil
}

// between is a transport as graphs, over the scopes of its flow and its bases.
type between struct {
	left, right normal
	flow        bijection.Bijection // nil for a base transfer, which has no flow of its own
}

// direction is one direction of a transport: points [batch, D] to points [batch, D] and their log-det [batch].
type direction func(scope *model.Scope, x *Node) (y, logDet *Node)

// density is the log-density [batch] of a base at points [batch, D].
type density func(scope *model.Scope, x *Node) *Node

// forward is f_γ: left to right, through the scalers of either side; for a base transfer f_right ∘ f_left⁻¹.
func (b between) forward(scope *model.Scope, x *Node) (y, logDet *Node) {
	if b.flow == nil {
		return throughNormal(scope, x, b.left, b.right, leftScope, rightScope)
	}
	x, in := standardise(b.left.scaler, x)
	y, logDet = b.flow.Forward(scope.At(flowScope), x, nil)
	y, out := restore(b.right.scaler, y)
	return y, AddScalar(logDet, in+out)
}

// inverse is f_γ⁻¹: right to left.
func (b between) inverse(scope *model.Scope, y *Node) (x, logDet *Node) {
	if b.flow == nil {
		return throughNormal(scope, y, b.right, b.left, rightScope, leftScope)
	}
	y, in := standardise(b.right.scaler, y)
	x, logDet = b.flow.Inverse(scope.At(flowScope), y, nil)
	x, out := restore(b.left.scaler, x)
	return x, AddScalar(logDet, in+out)
}

// throughNormal encodes points by one density and decodes them by another.
func throughNormal(scope *model.Scope, x *Node, from, to normal, fromScope, toScope string) (y, logDet *Node) {
	z, in := from.encode(scope.At("%s", fromScope), x, nil)
	y, out := to.decode(scope.At("%s", toScope), z, nil)
	return y, Add(in, out)
}

func (b between) leftLogProb(scope *model.Scope, x *Node) *Node {
	return b.left.logProb(scope.At(leftScope), x, nil)
}

func (b between) rightLogProb(scope *model.Scope, y *Node) *Node {
	return b.right.logProb(scope.At(rightScope), y, nil)
}

// transportSpec is all that a transport is, but its weights: what its file holds as JSON.
type transportSpec struct {
	Kind         string       `json:"kind"` // transportKind
	Name         string       `json:"name"`
	Left         densitySpec  `json:"left"`
	Right        densitySpec  `json:"right"`
	Transfer     bool         `json:"transfer,omitempty"` // a base transfer: no flow of its own
	Architecture Architecture `json:"architecture"`
	Recipe       Recipe       `json:"recipe"`
	Training     training     `json:"training"`
}

const transportKind = "transport"

// validate errs on a spec that no plan could have made.
func (s transportSpec) validate() error {
	if s.Kind != transportKind {
		return fmt.Errorf("%w: it holds a %q, not a %q", fit.ErrCorrupt, s.Kind, transportKind)
	}
	for _, base := range []densitySpec{s.Left, s.Right} {
		if err := base.validate(); err != nil {
			return err
		}
	}
	if s.Left.Dim != s.Right.Dim {
		return fmt.Errorf("%w: its bases have %d and %d features", fit.ErrCorrupt, s.Left.Dim, s.Right.Dim)
	}
	if s.Transfer {
		return nil
	}
	return s.Architecture.validate(s.Left.Dim, 0)
}

// between is the spec as graphs.
func (s transportSpec) between() between {
	b := between{left: s.Left.normal(), right: s.Right.normal()}
	if !s.Transfer {
		b.flow = s.Architecture.bijection(s.Left.Dim, 0, s.Recipe.Seed, true)
	}
	return b
}
