package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
)

// Link is one of the maps that a density's flow is a chain of: a learned layer, or what mixes
// features between two. It is for who debugs a flow: package kernelext draws its splines. Points on
// it are in the flow's own units, standardised where the plan says so.
type Link struct {
	density *Density
	i       int
}

// Links are the maps of the flow from the data to the normal distribution, the first applied first
// by Encode.
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

// chain is the flow's bijections, without the network that embeds a condition.
func (d *Density) chain() bijection.Chain {
	if e, ok := d.flow.bijection.(bijection.Embedded); ok {
		return e.Bijection.(bijection.Chain) // Architecture makes no other
	}
	return d.flow.bijection.(bijection.Chain)
}

// with is the density's flow with another chain of the same length in place of its own, so that
// each link finds its weights.
func (d *Density) with(chain bijection.Chain) normal {
	flow := d.flow
	flow.bijection = chain
	if e, ok := d.flow.bijection.(bijection.Embedded); ok {
		e.Bijection = chain
		flow.bijection = e
	}
	return flow
}

// Learned tells whether the link is a learned layer, rather than mixing features.
func (l Link) Learned() bool {
	_, ok := l.layer()
	return ok
}

// layer returns the link's layer, if it is one.
func (l Link) layer() (layer bijection.Layer, ok bool) {
	if l.density == nil {
		return nil, false
	}
	layer, ok = l.density.chain()[l.i].(bijection.Layer)
	return layer, ok
}

// Bound is where the link stops acting, in the flow's units: beyond ±Bound features pass unchanged;
// +Inf where it acts everywhere, as an affine map does, and 0 where it isn't Learned.
func (l Link) Bound() float64 {
	layer, ok := l.layer()
	if !ok {
		return 0
	}
	return layer.TailBound()
}

// String reads as what the link is: "link 2, autoregressive".
func (l Link) String() string {
	if l.density == nil {
		return "no link"
	}
	if l.Learned() {
		return fmt.Sprintf("link %d, %s", l.i, l.density.spec.Architecture.Layer)
	}
	return fmt.Sprintf("link %d, %s", l.i, l.density.spec.Architecture.Mixing)
}

// Enter is where points x [N, D] of the data are when they come to the link.
func (l Link) Enter(x data.Points) (data.Points, error) {
	if l.density == nil {
		return data.Points{}, errNil
	}
	if l.i == 0 && l.density.flow.scaler == "" { // nothing is computed, and GoMLX's Go backend can't run a program that gives back its input
		return x, l.density.checkInput(x)
	}
	chain := slices.Clone(l.density.chain())
	for i := l.i; i < len(chain); i++ {
		chain[i] = bijection.Chain{} // the identity
	}
	flow := l.density.with(chain)
	return l.density.mapped(fmt.Sprintf("to link %d", l.i), x, func(normal) function { return encoding(flow) })
}

// Apply is what the link makes of points u [N, D] that came to it, and the logarithm of the
// absolute determinant of its Jacobian there [N].
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
	flow.scaler = ""
	outputs, err := l.density.run(fmt.Sprintf("link %d", l.i), u, func(normal) function {
		return func(scope *model.Scope, u, c *Node) []*Node {
			v, logDet := flow.encode(scope.At(flowScope), u, c)
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
