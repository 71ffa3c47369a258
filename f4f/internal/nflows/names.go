package nflows

import (
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// The names of the parts of a flow in nflows 0.14's state dict, and of a transport in flows4flows'.
const (
	nflowsTransform = "_transform."        // of a Flow: its chain
	nflowsBase      = "_distribution."     // of a Flow: what it maps onto
	nflowsLogZ      = "_log_z"             // of a StandardNormal; nflows 0.14 leaves it out
	nflowsLeft      = "base_flow_left."    // of a flow for flow: its bases, the right one twice
	nflowsRight     = "base_flow_right."   //
	nflowsPenalty   = "distance_object."   // of a flow for flow: the penalty's weight
	nflowsMade      = "autoregressive_net" // of an autoregressive layer: its network
	nflowsNet       = "transform_net"      // of a coupling layer: its network
	nflowsTailBound = "tail_bound"         // of a file's metadata: a state dict does not hold it
)

// nflowsLinear is one linear layer of a learned layer's network: its names in this package and in
// nflows, and its size. Our weights are [in, out] and those of nflows [out, in].
type nflowsLinear struct {
	ours, theirs string
	in, out      int
	// Whether inputs and outputs are hidden units. nflows has these in its own order; here they are
	// in the order of their degrees.
	fromHidden, toHidden bool
	// condition is the number of inputs, the last ones, that are the condition.
	condition int
	// fromDegrees and toDegrees are the degrees of inputs and outputs in our order. They are nil if
	// nothing is masked.
	fromDegrees, toDegrees []int
}

// nflowsLinears returns the linear layers of a learned layer's network.
func nflowsLinears(layer bijection.Bijection) []nflowsLinear {
	switch b := layer.(type) {
	case bijection.Autoregressive:
		hidden, p := b.HiddenDegrees(), b.Transformer.Parameters()
		var features, outputs []int
		for i := range b.Dim {
			features = append(features, i+1)
			outputs = append(outputs, slices.Repeat([]int{i + 1}, p)...)
		}
		return networkLinears(b.Dim, b.Dim*p, b.Hidden, b.Blocks, b.Condition, true, features, hidden, outputs)
	case bijection.Coupling:
		moved, seen := couplingSplit(b)
		return networkLinears(len(seen)+b.Condition, len(moved)*b.Transformer.Parameters(), b.Hidden, b.Blocks, b.Condition, false, nil, nil, nil)
	}
	return nil
}

// networkLinears returns the linear layers of a network of these sizes and degrees.
func networkLinears(in, out, hidden, blocks, condition int, masked bool, features, degrees, outputs []int) []nflowsLinear {
	ofCondition := func(ours, theirs string) nflowsLinear {
		return nflowsLinear{ours: ours, theirs: theirs, in: condition, out: hidden, toHidden: true, condition: condition}
	}
	first := nflowsLinear{ours: "initial", theirs: "initial_layer", in: in, out: hidden, toHidden: true, fromDegrees: features, toDegrees: degrees}
	if !masked {
		first.condition = condition // it comes after the features
	}
	all := []nflowsLinear{first}
	if masked && condition > 0 {
		all = append(all, ofCondition("condition", "context_layer"))
	}
	for i := range blocks {
		ours, theirs := fmt.Sprintf("block_%d/", i), fmt.Sprintf("blocks.%d.", i)
		for k := range 2 {
			all = append(all, nflowsLinear{ours: fmt.Sprintf("%slinear_%d", ours, k), theirs: fmt.Sprintf("%slinear_layers.%d", theirs, k),
				in: hidden, out: hidden, fromHidden: true, toHidden: true, fromDegrees: degrees, toDegrees: degrees})
		}
		if condition > 0 {
			all = append(all, ofCondition(ours+"condition", theirs+"context_layer"))
		}
	}
	return append(all, nflowsLinear{
		ours: "final", theirs: "final_layer", in: hidden, out: out,
		fromHidden: true, fromDegrees: degrees, toDegrees: outputs,
	})
}

// couplingSplit returns the features that a coupling layer transforms and those that it leaves as
// they are. nflows has no such layer for points of one feature.
func couplingSplit(b bijection.Coupling) (moved, seen []int) {
	for i := range b.Dim {
		if i%2 == 1 == b.Odd {
			moved = append(moved, i)
		} else {
			seen = append(seen, i)
		}
	}
	return moved, seen
}

// inTurn returns where each of our hidden units, in ascending order of degree, stands in nflows.
// nflows assigns the degrees in turn: 1, 2, …, 1, 2, …
func inTurn(degrees []int) []int {
	least, most := degrees[0], degrees[len(degrees)-1]
	theirs := make([]int, len(degrees))
	for i := range theirs {
		theirs[i] = least + i%(most-least+1)
	}
	return byDegree(theirs)
}

// byDegree returns the positions of the units in ascending order of their degrees. Units of the
// same degree keep their order.
func byDegree(degrees []int) []int {
	order := make([]int, len(degrees))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return degrees[a] - degrees[b] })
	return order
}

// there returns where our unit i stands in nflows. order is the order of the hidden units, or nil.
func there(order []int, hidden bool, i int) int {
	if !hidden || order == nil {
		return i
	}
	return order[i]
}

// open reports whether output j may depend on input i: whether the degree of the input is at most
// that of the output, or less than it in the network's last layer.
func (l nflowsLinear) open(i, j int) bool {
	if l.toHidden {
		return l.fromDegrees[i] <= l.toDegrees[j]
	}
	return l.fromDegrees[i] < l.toDegrees[j]
}
