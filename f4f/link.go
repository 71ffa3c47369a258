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

// Link is one map of the chain that a density's flow consists of: a learned layer, or the mixing
// between two layers. Use it to debug a flow; package kernelext draws the splines of a Link. The
// points that it takes and returns are in the flow's own units, standardised if the plan says so.
type Link struct {
	density *Density
	i       int
}

// Links returns the maps of the flow from the data to the standard normal, in the order in which
// Encode applies them. It is nil for a nil density.
func (d *Density) Links() []Link {
	if d == nil {
		return nil
	}
	links := make([]Link, len(d.chain()))
	for i := range links {
		links[i] = Link{d, i}
	}
	return links
}

// chain returns the flow's bijections, without the network that embeds a condition.
func (d *Density) chain() bijection.Chain {
	if e, ok := d.flow.Bijection.(bijection.Embedded); ok {
		return e.Bijection.(bijection.Chain) // Architecture makes no other kind
	}
	return d.flow.Bijection.(bijection.Chain)
}

// with returns the density's flow with another chain in place of its own. The chain must have the
// same length, so that each link finds its weights.
func (d *Density) with(chain bijection.Chain) specs.Normal {
	flow := d.flow
	flow.Bijection = chain
	if e, ok := d.flow.Bijection.(bijection.Embedded); ok {
		e.Bijection = chain
		flow.Bijection = e
	}
	return flow
}

// Learned reports whether the link is a learned layer, rather than mixing.
func (l Link) Learned() bool {
	_, ok := l.layer()
	return ok
}

// layer returns the link's layer, and whether it is one.
func (l Link) layer() (layer bijection.Layer, ok bool) {
	if l.density == nil {
		return nil, false
	}
	layer, ok = l.density.chain()[l.i].(bijection.Layer)
	return layer, ok
}

// Bound returns the tail bound of the link in the flow's units: features beyond ±Bound pass
// unchanged. It is +Inf if the layer acts everywhere, as an affine one does, and 0 if the link is
// not Learned.
func (l Link) Bound() float64 {
	layer, ok := l.layer()
	if !ok {
		return 0
	}
	return layer.TailBound()
}

// String describes the link: "link 2, autoregressive".
func (l Link) String() string {
	if l.density == nil {
		return "no link"
	}
	if l.Learned() {
		return fmt.Sprintf("link %d, %s", l.i, l.density.spec.Architecture.Layer)
	}
	return fmt.Sprintf("link %d, %s", l.i, l.density.spec.Architecture.Mixing)
}

// Enter maps points x [N, D] of the data to where they enter the link, in the flow's units.
func (l Link) Enter(x data.Points) (data.Points, error) {
	if l.density == nil {
		return data.Points{}, errNil
	}
	// Nothing is computed here, and GoMLX's Go backend can't run a program that returns its input.
	if l.i == 0 && l.density.flow.Scaler == "" {
		return x, l.density.checkInput(x)
	}
	chain := slices.Clone(l.density.chain())
	for i := l.i; i < len(chain); i++ {
		chain[i] = bijection.Chain{} // the identity
	}
	flow := l.density.with(chain)
	return l.density.mapped(fmt.Sprintf("to link %d", l.i), x, func(specs.Normal) engine.Build { return specs.Encoding(flow) })
}

// Apply applies the link to points u [N, D] that enter it, in the flow's units. It returns their
// images v [N, D] and the log-det of the link there [N], in nats.
func (l Link) Apply(u data.Points) (v data.Points, logDet []float64, err error) {
	if l.density == nil {
		return data.Points{}, nil, errNil
	}
	chain := make(bijection.Chain, len(l.density.chain()))
	for i := range chain {
		chain[i] = bijection.Chain{} // the identity
	}
	chain[l.i] = l.density.chain()[l.i]
	flow := l.density.with(chain)
	flow.Scaler = ""
	outputs, err := l.density.run(fmt.Sprintf("link %d", l.i), u, func(specs.Normal) engine.Build {
		return func(scope *model.Scope, u, c *Node) []*Node {
			v, logDet := flow.Encode(scope.At(specs.FlowScope), u, c)
			return []*Node{v, logDet}
		}
	})
	if err != nil {
		return data.Points{}, nil, err
	}
	if v, err = data.NewPoints(l.density.Dim(), numbers.Narrowed(outputs[0])); err != nil {
		return data.Points{}, nil, fmt.Errorf("f4f: %s: %w", l, err)
	}
	return v, outputs[1], nil
}
