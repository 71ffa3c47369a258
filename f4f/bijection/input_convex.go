package bijection

import (
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// inputConvex holds the coefficients of the convex function of a ConvexPotential, as nodes of a
// graph:
//
//	F(x) = ½ xᵀA x + t·x + Σ_l w_l·s(z_l),  z_l = C_lᵀ s(z_{l−1}) + ½(Q_lᵀx)² + W_lᵀx + b_l
//
// There is no C_0. The squares are by unit. s(z) = log(1 + eᶻ) is smooth, convex and increasing, A
// is positive definite, and w_l and C_l have no negative entries, so F is strictly convex. s is
// smooth because training takes third derivatives of F.
type inputConvex struct {
	quadratic *Node // A: [1, D, D], or [batch, D, D] under a condition
	shift     *Node // t: [1, D], or [batch, D]
	layers    []convexUnits
}

// convexUnits is a hidden layer of an inputConvex.
type convexUnits struct {
	root   *Node // Q [D, units]
	weight *Node // W [D, units]
	bias   *Node // b: [1, units], or [batch, units]
	output *Node // w: [1, units], or [batch, units]
	hidden *Node // C [units, units]; nil in the first layer
}

// leastCurvature is the least that an eigenvalue of A can be. It is a power of 2, so that 1 −
// leastCurvature is exact and the layer starts as exactly the identity.
const leastCurvature = 1.0 / 4096

// The units of a layer start with bends of different sharpness, from 1 to sharpest, in a geometric
// series: W and b are standard normal numbers times it, W over √D, and so the bends lie where the
// points are. Q starts alike for all, with the spread firstRoot/√D. With one sharpness for all, a
// transport of Mix3toMix10 in two dimensions was 0.85 % off the optimal map after 6,000 steps
// (L2-UVP, one seed), instead of 0.45 %.
const sharpest, firstRoot = 8, 0.5

// bends initialises a weight [n, units] or bias [1, units] by normal numbers of this spread, times
// the sharpness of each unit.
func bends(scope *model.Scope, spread float64) initializer.VariableInitializer {
	draw := initializer.RandomNormalFn(scope, spread)
	return func(g *Graph, shape shapes.Shape) *Node {
		units := shape.Dim(-1)
		sharpness := make([]float64, units)
		for k := range sharpness {
			sharpness[k] = math.Pow(sharpest, float64(k)/float64(max(units-1, 1)))
		}
		return Mul(draw(g, shape), ConvertDType(Const(g, [][]float64{sharpness}), shape.DType))
	}
}

// function returns F in the graph and the dtype of like [batch, D], under conditions c [batch, C],
// nil for none. Its coefficients are the weights in scope plus, under a condition, the outputs of
// its network.
func (b ConvexPotential) function(scope *model.Scope, like, c *Node) inputConvex {
	d, units := b.Dim, b.Hidden
	weight := func(scope *model.Scope, name string, start initializer.VariableInitializer, dims ...int) *Node {
		return scope.WithInitializer(start).VariableWithShape(name, shapes.Make(like.DType(), dims...)).NodeValue(like.Graph())
	}
	more := b.ofCondition(scope, c)
	root := more.to(ExpandAxes(weight(scope, "root", identityMatrix, d, d), 0))
	square := scaled(times(root, -2, root, -2), 1-leastCurvature)
	f := inputConvex{
		quadratic: Add(square, scaled(identityLike(square), leastCurvature)),
		shift:     more.to(weight(scope, "shift", initializer.Zero, 1, d)),
	}
	for i := range b.Depth {
		of := scope.At("layer_%d", i)
		l := convexUnits{
			root:   weight(of, "root", initializer.RandomNormalFn(scope, firstRoot/math.Sqrt(float64(d))), d, units),
			weight: weight(of, "weight", bends(scope, 1/math.Sqrt(float64(d))), d, units),
			bias:   more.to(weight(of, "bias", bends(scope, 1), 1, units)),
			output: magnitude(more.to(weight(of, "output", initializer.Zero, 1, units))),
		}
		if i > 0 {
			l.hidden = magnitude(weight(of, "hidden", initializer.RandomUniformFn(scope, 0, 2/float64(units)), units, units))
		}
		f.layers = append(f.layers, l)
	}
	return f
}

// identityMatrix initialises a weight [D, D] as the identity.
func identityMatrix(g *Graph, shape shapes.Shape) *Node {
	return ConvertDType(Equal(Iota(g, shape, 0), Iota(g, shape, 1)), shape.DType)
}

// magnitude returns |x|, whose gradient is taken as 1 at 0. So a weight that is 0 at the start
// learns, and can return to 0.
func magnitude(x *Node) *Node { return Where(LessThan(x, filled(x, 0)), Neg(x), x) }

// ofCondition returns what the network of the condition adds to the coefficients, nothing without a
// condition.
func (b ConvexPotential) ofCondition(scope *model.Scope, c *Node) *additions {
	if c == nil {
		return &additions{}
	}
	n := network{in: b.Condition, hidden: b.Hidden, blocks: conditionBlocks, out: int(b.coefficients())}
	n.start = &start{outputs: make([]float64, n.out)}
	return &additions{outputs: transposed(n.apply(scope.At("condition"), transposed(c), nil))}
}

// additions are numbers [batch, all] to add to coefficients, which take them in turn; nil for none.
type additions struct {
	outputs *Node
	taken   int
}

// to returns coefficients [1, …] plus the next of the additions, [batch, …].
func (a *additions) to(x *Node) *Node {
	if a.outputs == nil {
		return x
	}
	dims := append([]int{a.outputs.Shape().Dim(0)}, x.Shape().Dimensions[1:]...)
	from := a.taken
	a.taken += x.Shape().Size()
	return Add(x, Reshape(columns(a.outputs, from, a.taken), dims...))
}

// nodes returns the coefficients in one list, and in is F with such a list in place of its own.
func (f inputConvex) nodes() state {
	all := state{f.quadratic, f.shift}
	for _, l := range f.layers {
		all = append(all, l.root, l.weight, l.bias, l.output)
		if l.hidden != nil {
			all = append(all, l.hidden)
		}
	}
	return all
}

func (f inputConvex) in(nodes state) inputConvex {
	next := func() *Node {
		n := nodes[0]
		nodes = nodes[1:]
		return n
	}
	other := inputConvex{quadratic: next(), shift: next(), layers: make([]convexUnits, len(f.layers))}
	for i, l := range f.layers {
		other.layers[i] = convexUnits{root: next(), weight: next(), bias: next(), output: next()}
		if l.hidden != nil {
			other.layers[i].hidden = next()
		}
	}
	return other
}

// value returns F(x) [batch] at points x [batch, D].
func (f inputConvex) value(x *Node) *Node {
	sum := func(a, b *Node) *Node { return ReduceSum(Mul(a, b), -1) }
	value := Add(scaled(sum(matrixTimes(f.quadratic, x), x), 0.5), sum(BroadcastToShape(f.shift, x.Shape()), x))
	var s *Node // s(z_l) [batch, units]
	for _, l := range f.layers {
		z := Add(Add(times(x, -1, l.weight, -2), scaled(Square(times(x, -1, l.root, -2)), 0.5)), l.bias)
		if s != nil {
			z = Add(z, times(s, -1, l.hidden, -2))
		}
		s = softplus(z)
		value = Add(value, sum(s, BroadcastToShape(l.output, s.Shape())))
	}
	return value
}

// at returns ∇F(x) [batch, D] and ∇²F(x) [batch, D, D] at points x [batch, D]. Both are in closed
// form: with J_l = ∂z_l/∂x [D, units] and the derivative δ_l = ∂F/∂s(z_l) of F by the units of
// layer l,
//
//	∇F  = A x + t + Σ_l J_l (w_l ⊙ s'(z_l))
//	∇²F = A + Σ_l [J_l diag(δ_l ⊙ s''(z_l)) J_lᵀ + Q_l diag(δ_l ⊙ s'(z_l)) Q_lᵀ]
//
// So ∇²F is a sum of positive matrices in floating point too. Its size grows with D, and the
// program doesn't. It may be built in the body of a loop.
func (f inputConvex) at(x *Node) (gradient, hessian *Node) {
	batch, d := x.Shape().Dim(0), x.Shape().Dim(1)
	gradient, hessian = Add(matrixTimes(f.quadratic, x), f.shift), f.quadratic
	n := len(f.layers)
	slopes, jacobians := make([]*Node, n), make([]*Node, n) // s'(z_l) [batch, units], and J_l [batch, D, units]
	var z *Node
	for i, l := range f.layers {
		above, units := z, l.weight.Shape().Dim(1)
		across := func(x *Node) *Node { return Reshape(x, batch, 1, units) } // [batch, units] for every feature
		root := times(x, -1, l.root, -2)
		z = Add(Add(times(x, -1, l.weight, -2), scaled(Square(root), 0.5)), l.bias)
		jacobians[i] = Add(Mul(across(root), ExpandAxes(l.root, 0)), ExpandAxes(l.weight, 0))
		if i > 0 {
			z = Add(z, times(softplus(above), -1, l.hidden, -2))
			through := Mul(jacobians[i-1], across(slopes[i-1])) // ∂s(z_{l−1})/∂x
			jacobians[i] = Add(jacobians[i], DotGeneral(through, []int{2}, nil, l.hidden, []int{0}, nil))
		}
		slopes[i] = Logistic(z)
		gradient = Add(gradient, DotGeneral(jacobians[i], []int{2}, []int{0}, Mul(slopes[i], l.output), []int{1}, []int{0}))
	}
	var through *Node // the part of δ_l that comes from the layers above
	for i := n - 1; i >= 0; i-- {
		l, units := f.layers[i], f.layers[i].weight.Shape().Dim(1)
		δ := l.output
		if through != nil {
			δ = Add(δ, through)
		}
		first := Mul(slopes[i], δ)                // δ_l s'(z_l)
		second := Mul(first, oneMinus(slopes[i])) // δ_l s''(z_l), as s'' = s'(1 − s')
		bent := Mul(jacobians[i], Reshape(second, batch, 1, units))
		hessian = Add(hessian, DotGeneral(bent, []int{2}, []int{0}, jacobians[i], []int{2}, []int{0}))
		squares := Mul(Reshape(l.root, d, 1, units), Reshape(l.root, 1, d, units))
		hessian = Add(hessian, DotGeneral(first, []int{1}, nil, squares, []int{2}, nil))
		if i > 0 {
			through = times(first, -1, l.hidden, -1)
		}
	}
	return gradient, hessian
}

// matrixTimes returns a·x [batch, D] for symmetric matrices a, [1, D, D] or [batch, D, D], and x
// [batch, D].
func matrixTimes(a, x *Node) *Node {
	if a.Shape().Dim(0) == 1 {
		return times(x, -1, Squeeze(a, 0), -2)
	}
	return DotGeneral(a, []int{2}, []int{0}, x, []int{1}, []int{0})
}
