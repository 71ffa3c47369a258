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
//	F(x) = ½ xᵀA x + t·x + Σ_l w_l·s_l,  s_l = log(exp u_l + exp v_l),
//	(u_l, v_l) = C_lᵀ s_{l−1} + ½(Q_lᵀx)² + W_lᵀx + b_l
//
// There is no C_0. The squares are by entry. A unit s is the smooth maximum of its two branches u
// and v, which is convex and increasing in both. A is positive definite, and w_l and C_l have no
// negative entries, so F is strictly convex. Units are smooth because training takes third
// derivatives of F.
//
// Units of two branches are those of Hundrieser et al. (arXiv:2604.26942), made smooth. With one
// branch and the softplus log(1 + exp u) as in Amos et al., and 64 units in a layer, regressions
// onto the optimal maps of Mix3toMix10 ended at 0.166 % (L2-UVP) in two dimensions and 2.4 % in
// eight; with two branches and 64 units at 0.060 % and 0.75 %.
type inputConvex struct {
	quadratic *Node // A: [1, D, D], or [batch, D, D] under a condition
	shift     *Node // t: [1, D], or [batch, D]
	layers    []convexUnits
}

// convexUnits is a hidden layer of an inputConvex. The branches u of all units come before the
// branches v.
type convexUnits struct {
	root   *Node // Q [D, 2·units]
	weight *Node // W [D, 2·units]
	bias   *Node // b: [1, 2·units], or [batch, 2·units]
	output *Node // w: [1, units], or [batch, units]
	hidden *Node // C [units, 2·units]; nil in the first layer
}

// leastCurvature is the least that an eigenvalue of A can be. It is a power of 2, so that 1 −
// leastCurvature is exact and the layer starts as exactly the identity.
const leastCurvature = 1.0 / 4096

// The units of a layer start with bends of different sharpness, from 1 to sharpest, in a geometric
// series: W and b are standard normal numbers times it, W over √D, and so the bends lie where the
// points are. Q starts alike for all, with the spread firstRoot/√D. With one sharpness for all, and
// units of one branch, a transport of Mix3toMix10 in two dimensions was 0.85 % off the optimal map
// after 6,000 steps (L2-UVP, one seed), instead of 0.45 %.
const sharpest, firstRoot = 8, 0.5

// bends initialises a weight [n, 2·units] or bias [1, 2·units] by normal numbers of this spread,
// times the sharpness of each unit.
func bends(scope *model.Scope, spread float64) initializer.VariableInitializer {
	draw := initializer.RandomNormalFn(scope, spread)
	return func(g *Graph, shape shapes.Shape) *Node {
		units := shape.Dim(-1) / 2
		sharpness := make([]float64, 2*units)
		for k := range sharpness {
			sharpness[k] = math.Pow(sharpest, float64(k%units)/float64(max(units-1, 1)))
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
			root:   weight(of, "root", initializer.RandomNormalFn(scope, firstRoot/math.Sqrt(float64(d))), d, 2*units),
			weight: weight(of, "weight", bends(scope, 1/math.Sqrt(float64(d))), d, 2*units),
			bias:   more.to(weight(of, "bias", bends(scope, 1), 1, 2*units)),
			output: magnitude(more.to(weight(of, "output", initializer.Zero, 1, units))),
		}
		if i > 0 {
			l.hidden = magnitude(weight(of, "hidden", initializer.RandomUniformFn(scope, 0, 2/float64(units)), units, 2*units))
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

// branches are the branches v of the units of a layer, and by how much u is over v, or what is linear
// in them. Of these two the slopes of the units follow without cutting arrays in halves that hold
// all points, features and branches, or putting their gradients together, which took a third of a step.
type branches struct{ v, over *Node }

// split returns the branches of weights [..., 2·units] that hold u before v.
func split(weight *Node) branches {
	u, v := halves(weight)
	return branches{v, Sub(u, v)}
}

// halves returns the two halves of the last axis of x.
func halves(x *Node) (u, v *Node) {
	n := x.Shape().Dim(-1) / 2
	return columns(x, 0, n), columns(x, n, 2*n)
}

// splitUnits is a layer with its weights split by branch.
type splitUnits struct {
	rootU, rootV         *Node    // Q [D, units]
	weight, bias, hidden branches // hidden is empty in the first layer
}

func (l convexUnits) split() splitUnits {
	s := splitUnits{weight: split(l.weight), bias: split(l.bias)}
	s.rootU, s.rootV = halves(l.root)
	if l.hidden != nil {
		s.hidden = split(l.hidden)
	}
	return s
}

// at returns the branches [batch, units] of a layer at points x [batch, D], and the terms of u and of
// v that are squared, Q_lᵀx [batch, units] each; above is s_{l−1} [batch, units], nil in the first
// layer.
func (l splitUnits) at(x, above *Node) (z branches, rootU, rootV *Node) {
	rootU, rootV = times(x, -1, l.rootU, -2), times(x, -1, l.rootV, -2)
	squareU, squareV := scaled(Square(rootU), 0.5), scaled(Square(rootV), 0.5)
	z.v = Add(Add(times(x, -1, l.weight.v, -2), squareV), l.bias.v)
	z.over = Add(Add(times(x, -1, l.weight.over, -2), Sub(squareU, squareV)), l.bias.over)
	if above != nil {
		z.v = Add(z.v, times(above, -1, l.hidden.v, -2))
		z.over = Add(z.over, times(above, -1, l.hidden.over, -2))
	}
	return z, rootU, rootV
}

// smoothMax returns s = log(exp u + exp v) [batch, units], ∂s/∂u = 1/(1 + exp(v − u)) and ∂s/∂v =
// 1 − ∂s/∂u. It takes the exponential of −|u − v| alone, so that nothing overflows.
func (z branches) smoothMax() (s, byU, byV *Node) {
	zero := filled(z.over, 0)
	first := GreaterThan(z.over, zero)
	small := Exp(Where(first, Neg(z.over), z.over))
	s = Add(z.v, Add(Where(first, z.over, zero), Log1p(small)))
	greater := Div(filled(small, 1), plus(small, 1))
	lesser := Mul(small, greater)
	return s, Where(first, greater, lesser), Where(first, lesser, greater)
}

// at returns ∇F(x) [batch, D] and ∇²F(x) [batch, D, D] at points x [batch, D]. Both are in closed
// form: with J_l = ∂s_l/∂x [D, units], J_l^u and J_l^v those of the branches, p_l = ∂s_l/∂u_l, and
// the derivatives of F by the units of layer l, δ_l = ∂F/∂s_l, and by their branches, β_l =
// (δ_l ⊙ p_l, δ_l ⊙ (1 − p_l)),
//
//	∇F  = A x + t + Σ_l [W_l β_l + Q_l (Q_lᵀx ⊙ β_l)]
//	∇²F = A + Σ_l [(J_l^u − J_l^v) diag(δ_l ⊙ p_l ⊙ (1 − p_l)) (J_l^u − J_l^v)ᵀ + Q_l diag(β_l) Q_lᵀ]
//
// So ∇²F is a sum of positive matrices in floating point too. Its size grows with D, and the
// program doesn't. It may be built in the body of a loop.
func (f inputConvex) at(x *Node) (gradient, hessian *Node) {
	batch := x.Shape().Dim(0)
	across := func(x *Node) *Node { return Reshape(x, batch, 1, x.Shape().Dim(-1)) } // [batch, units] for every feature
	n := len(f.layers)
	all := make([]struct {
		rootU, rootV *Node // Q_lᵀx [batch, units]
		byU, byV     *Node // p_l and 1 − p_l [batch, units]
		apart        *Node // J_l^u − J_l^v [batch, D, units]
	}, n)
	var s, jacobian *Node // s_l, and J_l [batch, D, units]
	for i, l := range f.layers {
		l, p := l.split(), &all[i]
		var z branches
		z, p.rootU, p.rootV = l.at(x, s)
		squareV := Mul(across(p.rootV), ExpandAxes(l.rootV, 0))
		over := Add(Sub(Mul(across(p.rootU), ExpandAxes(l.rootU, 0)), squareV), ExpandAxes(l.weight.over, 0))
		v := Add(squareV, ExpandAxes(l.weight.v, 0)) // J_l^v
		if i > 0 {
			v = Add(v, DotGeneral(jacobian, []int{2}, nil, l.hidden.v, []int{0}, nil))
			over = Add(over, DotGeneral(jacobian, []int{2}, nil, l.hidden.over, []int{0}, nil))
		}
		s, p.byU, p.byV = z.smoothMax()
		p.apart, jacobian = over, Add(v, Mul(over, across(p.byU)))
	}
	gradient, hessian = Add(matrixTimes(f.quadratic, x), f.shift), f.quadratic
	var through *Node // the part of δ_l that comes from the layers above
	for i := n - 1; i >= 0; i-- {
		l, p := f.layers[i], all[i]
		δ := l.output
		if through != nil {
			δ = Add(δ, through)
		}
		byU, byV := Mul(p.byU, δ), Mul(p.byV, δ)
		β := Concatenate([]*Node{byU, byV}, -1)
		rooted := Concatenate([]*Node{Mul(byU, p.rootU), Mul(byV, p.rootV)}, -1)
		gradient = Add(gradient, Add(times(β, -1, l.weight, -1), times(rooted, -1, l.root, -1)))
		squares := Mul(ExpandAxes(l.root, 1), ExpandAxes(l.root, 0)) // [D, D, 2·units]
		hessian = Add(hessian, DotGeneral(β, []int{1}, nil, squares, []int{2}, nil))
		hessian = Add(hessian, gram(p.apart, Mul(byU, p.byV)))
		if i > 0 {
			through = times(β, -1, l.hidden, -1)
		}
	}
	return gradient, hessian
}

// gram returns Σ_k c_k a_k a_kᵀ [batch, D, D] of columns a [batch, D, units] and their weights c
// [batch, units]. Its gradient is stated here: with the gradient G of the result, made symmetric,
// that of a is 2·G·a·c and that of c is aᵀ·G·a by column, from one product for both.
func gram(a, c *Node) *Node {
	var of tap // the gradient of the result
	var moved *Node
	product := func() *Node { // G·a, built where it is first asked for
		if g := of.take(); g != nil {
			g = scaled(Add(g, Transpose(g, 1, 2)), 0.5)
			moved = DotGeneral(g, []int{2}, []int{0}, a, []int{1}, []int{0})
		}
		return moved
	}
	left := IdentityWithCustomGradient(a, func(_, _ *Node) *Node { return scaled(Mul(product(), ExpandAxes(c, 1)), 2) })
	weights := IdentityWithCustomGradient(c, func(_, _ *Node) *Node { return ReduceSum(Mul(product(), a), 1) })
	return of.on(DotGeneral(Mul(left, ExpandAxes(weights, 1)), []int{2}, []int{0}, StopGradient(a), []int{2}, []int{0}))
}

// matrixTimes returns a·x [batch, D] for symmetric matrices a, [1, D, D] or [batch, D, D], and x
// [batch, D].
func matrixTimes(a, x *Node) *Node {
	if a.Shape().Dim(0) == 1 {
		return times(x, -1, Squeeze(a, 0), -2)
	}
	return DotGeneral(a, []int{2}, []int{0}, x, []int{1}, []int{0})
}
