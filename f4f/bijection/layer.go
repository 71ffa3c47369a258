package bijection

// Layer is a Bijection with weights that describes itself. Its methods let a program check a plan,
// check a file against the plan, and warn of points that the layer leaves unchanged. Autoregressive
// and Coupling are layers, and one of your own may be. Package bijectiontest tests that a Layer's
// description agrees with what it does.
type Layer interface {
	Bijection
	// Validate returns an error that names a field that can't work, or nil.
	Validate() error
	// Weights returns the number of weights of a valid layer. It is a float64 because sizes that a
	// file claims may give more than an int can hold. It allocates nothing of that size.
	Weights() float64
	// TailBound returns B if the layer leaves features beyond ±B unchanged, and +Inf if it acts
	// everywhere.
	TailBound() float64
}

// TailBound returns the transformer's TailBound.
func (b Autoregressive) TailBound() float64 { return b.Transformer.TailBound() }

// TailBound returns the transformer's TailBound.
func (b Coupling) TailBound() float64 { return b.Transformer.TailBound() }

// Weights returns the number of the layer's weights.
func (b Autoregressive) Weights() float64 {
	d, h, p := float64(b.Dim), float64(b.Hidden), float64(b.circle().of(b.Transformer, nil).Parameters())
	return linearWeights(d+float64(len(b.Angles)), h) + conditionWeights(b.Condition, h) + blockWeights(b.Blocks, b.Condition, h) + linearWeights(h, d*p)
}

// Weights returns the number of the layer's weights.
func (b Coupling) Weights() float64 {
	h, p := float64(b.Hidden), float64(b.circle().of(b.Transformer, nil).Parameters())
	even := (b.Dim + 1) / 2
	moved, seen := float64(even), float64(max(1, b.Dim-even))
	if b.Odd && b.Dim > 1 {
		moved, seen = seen, moved
	}
	for _, j := range b.Angles {
		if !b.moves(j) {
			seen++ // a network has two inputs for an angle
		}
	}
	return linearWeights(seen+float64(b.Condition), h) + blockWeights(b.Blocks, b.Condition, h) + linearWeights(h, moved*p)
}

// Weights returns the number of the map's weights.
func (b LULinear) Weights() float64 {
	d := float64(b.Dim)
	return 2*d*d + 2*d
}

// Weights returns the number of the embedding network's weights, without those of the wrapped
// bijection.
func (b Embedded) Weights() float64 {
	c, h, w := float64(b.Condition), float64(b.Hidden), float64(b.Width)
	if b.Layers == 0 {
		return linearWeights(c, w)
	}
	return linearWeights(c, h) + float64(b.Layers-1)*linearWeights(h, h) + linearWeights(h, w)
}

// linearWeights returns the number of weights of a linear layer with biases.
func linearWeights(in, out float64) float64 { return in*out + out }

// conditionWeights returns the number of weights that connect a condition to hidden units, 0
// without a condition.
func conditionWeights(condition int, hidden float64) float64 {
	if condition == 0 {
		return 0
	}
	return linearWeights(float64(condition), hidden)
}

// blockWeights returns the number of weights of the residual blocks.
func blockWeights(blocks, condition int, hidden float64) float64 {
	return float64(blocks) * (2*linearWeights(hidden, hidden) + conditionWeights(condition, hidden))
}
