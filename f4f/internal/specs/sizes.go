package specs

import (
	"fmt"
	"strings"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// The plan in a file may claim any size. Its weights are counted, and compared with those that the
// file holds, before anything is built from it.

// fits returns an error unless the weights under a scope consist of count numbers.
func fits(weights fit.Snapshot, scope string, count float64) error {
	held := 0
	for path, value := range weights {
		if strings.HasPrefix(path, "/"+scope+"/") {
			held += value.Size()
		}
	}
	if float64(held) != count {
		return fmt.Errorf("%w: its plan needs %.0f numbers for its %s, but it holds %d", fit.ErrCorrupt, count, scope, held)
	}
	return nil
}

// CheckSizes returns an error unless the weights under the scope are as many as the density needs.
func (s Density) CheckSizes(weights fit.Snapshot, scope string) error {
	if s.Image != nil {
		if err := s.Image.Left.CheckSizes(weights, scope+"/"+LeftScope); err != nil {
			return err
		}
		if err := fits(weights, scope+"/"+FlowScope, s.Image.flowWeights()); err != nil {
			return err
		}
	}
	return fits(weights, scope, s.weights())
}

// flowWeights returns the number of weights of the transport's own flow.
func (i Image) flowWeights() float64 {
	return weightCount(i.Architecture, i.Links, i.Left.Dim, 0, i.Recipe, i.Left.Angles())
}

// weights returns the number of the density's weights.
func (s Density) weights() float64 {
	switch {
	case s.Known != nil:
		return 0
	case s.Image != nil:
		return s.Image.flowWeights() + s.Image.Left.weights() + s.noiseWeights()
	}
	return weightCount(s.Architecture, s.Links, s.Dim, s.seenWidth(), s.Recipe, s.Angles()) + s.noiseWeights()
}

// noiseWeights returns the number of weights of the noise that is learned.
func (s Density) noiseWeights() float64 {
	if n := s.learnedNoise(); n != nil {
		return n.flow.Weights()
	}
	return 0
}

// CheckSizes returns an error unless the weights are as many as the transport and its bases need.
func (s Transport) CheckSizes(weights fit.Snapshot, relation *plan.Relation) error {
	if err := s.Left.CheckSizes(weights, LeftScope); err != nil {
		return err
	}
	if err := s.Right.CheckSizes(weights, RightScope); err != nil {
		return err
	}
	if s.Transfer {
		return fits(weights, FlowScope, 0)
	}
	return fits(weights, FlowScope, weightCount(s.Architecture, s.Links, s.Left.Dim, s.SeenWidth(relation), s.Recipe, s.Left.Angles()))
}

// weightCount returns the number of weights of a valid architecture. It is a float64 because it may
// be too large for an int.
func weightCount(a plan.Architecture, links []Link, dim, condition int, r plan.Recipe, angles []int) float64 {
	sum := 0.0
	for _, b := range linked(links, a, dim, condition) {
		if b, ok := b.(interface{ Weights() float64 }); ok { // a permutation has none
			sum += b.Weights()
		}
	}
	if len(links) > 0 {
		return sum
	}
	if a.Embedding > 0 {
		sum += embedded(a, condition).Weights()
		condition = a.Embedding
	}
	if len(angles) > 0 { // what a layer holds depends on where it meets them, and dim is no mere claim
		chain, _ := chainOf(a, dim, condition, r, false, angles)
		for _, b := range chain {
			if b, ok := b.(bijection.Layer); ok {
				sum += b.Weights()
			}
		}
		return sum
	}
	for i := range a.Layers {
		sum += layerOf(a, i, dim, condition, plan.Recipe{}, nil).Weights()
	}
	if a.Mixing == plan.LULinear {
		sum += float64(a.Layers-1) * bijection.LULinear{Dim: dim}.Weights()
	}
	return sum
}
