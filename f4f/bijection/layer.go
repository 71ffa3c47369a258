package bijection

// Layer is a Bijection that learns and describes itself: what a program must know of a layer to
// check a plan, to hold a file against it, and to tell of points that the layer doesn't act on.
// Autoregressive and Coupling are layers, and a user's own may be. Package bijectiontest holds what
// a Layer says of itself to what it does.
type Layer interface {
	Bijection
	// Validate errs when a field can't work, naming it.
	Validate() error
	// Weights returns how many numbers the weights of a valid layer are, as a float64: of sizes that a
	// file claims they may be too many for an int. It makes nothing of that size.
	Weights() float64
	// TailBound returns B where the layer leaves features beyond ±B unchanged, +Inf where it acts
	// everywhere.
	TailBound() float64
}

// TailBound returns that of the transformer.
func (b Autoregressive) TailBound() float64 { return b.Transformer.TailBound() }

// TailBound returns that of the transformer.
func (b Coupling) TailBound() float64 { return b.Transformer.TailBound() }

// Weights returns how many numbers the layer's weights are.
func (b Autoregressive) Weights() float64 {
	d, h, p := float64(b.Dim), float64(b.Hidden), float64(b.Transformer.Parameters())
	return linearWeights(d, h) + conditionWeights(b.Condition, h) + blockWeights(b.Blocks, b.Condition, h) + linearWeights(h, d*p)
}

// Weights returns how many numbers the layer's weights are.
func (b Coupling) Weights() float64 {
	d, h, p := float64(b.Dim), float64(b.Hidden), float64(b.Transformer.Parameters())
	moved := float64((b.Dim + 1) / 2)
	seen := max(1, d-moved)
	if b.Odd && b.Dim > 1 {
		moved, seen = seen, moved
	}
	return linearWeights(seen+float64(b.Condition), h) + blockWeights(b.Blocks, b.Condition, h) + linearWeights(h, moved*p)
}

// Weights returns how many numbers the map's weights are.
func (b LULinear) Weights() float64 {
	d := float64(b.Dim)
	return 2*d*d + 2*d
}

// Weights returns how many numbers the weights of the network are, without those of the bijection.
func (b Embedded) Weights() float64 {
	c, h, w := float64(b.Condition), float64(b.Hidden), float64(b.Width)
	if b.Layers == 0 {
		return linearWeights(c, w)
	}
	return linearWeights(c, h) + float64(b.Layers-1)*linearWeights(h, h) + linearWeights(h, w)
}

// linearWeights is those of an affine layer.
func linearWeights(in, out float64) float64 { return in*out + out }

// conditionWeights is those of what a condition adds to so many hidden units.
func conditionWeights(condition int, hidden float64) float64 {
	if condition == 0 {
		return 0
	}
	return linearWeights(float64(condition), hidden)
}

// blockWeights is those of residual blocks.
func blockWeights(blocks, condition int, hidden float64) float64 {
	return float64(blocks) * (2*linearWeights(hidden, hidden) + conditionWeights(condition, hidden))
}
