package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// Layer is one map of the chain that a density's flow consists of: a learned layer, or the mixing
// between two of them. Use it to debug a flow; package kernelext draws the splines of a Layer. The
// points that it takes and returns are in the flow's own units: after the maps of Column, and
// standardised if the plan says so.
type Layer struct {
	density *Density
	i       int
}

// Layers returns the maps of the flow from the data to the base distribution, in the order in which
// Encode applies them: learned layers and the mixing between them, so there are more of them than
// Architecture().Layers. It is nil for a nil density, and for one that is given (see Known).
func (d *Density) Layers() []Layer {
	if d == nil || d.spec.IsGiven() {
		return nil
	}
	layers := make([]Layer, len(d.chain()))
	for i := range layers {
		layers[i] = Layer{d, i}
	}
	return layers
}

// chain returns the flow's bijections, without the network that embeds a condition.
func (d *Density) chain() bijection.Chain {
	if e, ok := d.flow.Bijection.(bijection.Embedded); ok {
		return e.Bijection.(bijection.Chain) // Architecture makes no other kind
	}
	return d.flow.Bijection.(bijection.Chain)
}

// with returns the density's flow with another chain in place of its own. The chain must have the
// same length, so that each layer finds its weights.
func (d *Density) with(chain bijection.Chain) specs.Normal {
	flow := d.flow
	flow.Bijection = chain
	if e, ok := d.flow.Bijection.(bijection.Embedded); ok {
		e.Bijection = chain
		flow.Bijection = e
	}
	return flow
}

// Learned reports whether the layer is learned, rather than mixing.
func (l Layer) Learned() bool {
	_, ok := l.learned()
	return ok
}

// learned returns the layer's bijection if it is a learned one.
func (l Layer) learned() (layer bijection.Layer, ok bool) {
	if l.density == nil {
		return nil, false
	}
	layer, ok = l.density.chain()[l.i].(bijection.Layer)
	return layer, ok
}

// TailBound returns the tail bound of the layer in the flow's units: features beyond ±TailBound
// pass unchanged. It is +Inf if the layer acts everywhere, as an affine one does, and 0 if the
// layer is not Learned.
func (l Layer) TailBound() float64 {
	layer, ok := l.learned()
	if !ok {
		return 0
	}
	return layer.TailBound()
}

// String describes the layer: "layer 2, autoregressive".
func (l Layer) String() string {
	if l.density == nil {
		return "no layer"
	}
	if l.Learned() {
		return fmt.Sprintf("layer %d, %s", l.i, l.density.spec.Architecture.Layer)
	}
	return fmt.Sprintf("layer %d, %s", l.i, l.density.spec.Architecture.Mixing)
}

// Enter maps points x [N, D] of the data to where they enter the layer, in the flow's units.
func (l Layer) Enter(x data.Points) (data.Points, error) {
	if l.density == nil {
		return data.Points{}, errNil
	}
	u, c, err := l.density.enter(x)
	// Nothing is computed in the second case, and GoMLX's Go backend can't run a program that
	// returns its input.
	if err != nil || l.i == 0 && l.density.flow.Scaler == "" && !l.density.flow.LearnsNoise() {
		return u, err
	}
	chain := slices.Clone(l.density.chain())
	for i := l.i; i < len(chain); i++ {
		chain[i] = bijection.Chain{} // the identity
	}
	flow := l.density.with(chain)
	return l.density.mapped(fmt.Sprintf("to layer %d", l.i), u, c, func(specs.Normal) engine.Build { return specs.Encoding(flow) })
}

// Apply applies the layer to points u [N, D] that enter it, in the flow's units. It returns their
// images v [N, D] and the log-det of the layer there [N], in nats.
func (l Layer) Apply(u data.Points) (v data.Points, logDet []float64, err error) {
	if l.density == nil {
		return data.Points{}, nil, errNil
	}
	if err := l.density.checkInput(u); err != nil {
		return data.Points{}, nil, err
	}
	c, err := l.density.spec.EnterCondition(l.density.given)
	if err != nil {
		return data.Points{}, nil, fmt.Errorf("f4f: %s: %w", l.density, err)
	}
	chain := make(bijection.Chain, len(l.density.chain()))
	for i := range chain {
		chain[i] = bijection.Chain{} // the identity
	}
	chain[l.i] = l.density.chain()[l.i]
	flow := l.density.with(chain)
	flow.Scaler = ""
	outputs, err := l.density.run(fmt.Sprintf("layer %d", l.i), u, c, func(specs.Normal) engine.Build {
		return func(scope *model.Scope, u, c *Node) []*Node {
			v, logDet := flow.Encode(scope.At(specs.FlowScope), u, c)
			return []*Node{v, logDet}
		}
	})
	if err != nil {
		return data.Points{}, nil, err
	}
	if v, err = data.NewPoints(l.density.Dim(), numbers.Narrowed(outputs[0])); err == nil {
		v, err = v.WithWeightsOf(u)
	}
	if err != nil {
		return data.Points{}, nil, fmt.Errorf("f4f: %s: %w", l, err)
	}
	return v, outputs[1], nil
}
