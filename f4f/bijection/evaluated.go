package bijection

import (
	"errors"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// Forward returns y and log ∂y/∂x, both shaped like x [n, batch], for parameters [n, 3·Bins−1,
// batch].
func (s Spline) Forward(x, parameters *Node) (y, logDerivative *Node) {
	e := s.withDefaults().evaluate(x, parameters, false)
	return e.results(Add(e.low, Mul(e.height, e.share())), e.logSlope())
}

// Inverse returns x and log ∂x/∂y, both shaped like y [n, batch], for parameters [n, 3·Bins−1,
// batch].
func (s Spline) Inverse(y, parameters *Node) (x, logDerivative *Node) {
	_, x, logDerivative = s.inverse(y, parameters)
	return x, logDerivative
}

// InverseGradient returns the gradient of Inverse at y, in closed form.
func (s Spline) InverseGradient(y, parameters *Node) func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node) {
	e, _, _ := s.inverse(y, parameters)
	return func(ofX, ofLogDerivative *Node) (ofY *Node, ofParameters func() *Node) {
		g := e.by(ofX, ofLogDerivative)
		return g.value, func() *Node { return g.ofParameters(e) }
	}
}

// inverse is Inverse, and returns the evaluation that its gradient needs as well.
func (s Spline) inverse(y, parameters *Node) (e *evaluated, x, logDerivative *Node) {
	e = s.withDefaults().evaluate(y, parameters, true)
	x, logDerivative = e.results(Add(e.left, Mul(e.ξ, e.width)), Neg(e.logSlope()))
	return e, x, logDerivative
}

// evaluated is an evaluation of a spline, with what its gradient needs. The gradient is defined by
// hand. It takes fewer operations than the graph's own, and the number of operations is what a step
// of a small flow spends its time on. It is a first derivative only: the nodes that it is made of
// have no right gradient.
type evaluated struct {
	spline Spline
	point
	parameters            *Node // [n, 3K−1, batch]
	found                 found
	inside                *Node // whether each value is within the bound
	value                 *Node // the value, which is the result beyond the bound
	inverse               bool
	result, logDerivative tap

	last gradients // from the last backward pass
}

// gradients are the gradients of a spline's value and of the fields of its bin, [n, batch] each.
type gradients struct {
	value *Node
	bin   bin // gradients of its fields
}

// evaluate returns the evaluation of the spline at values [n, batch], for parameters [n, 3K−1,
// batch]. It searches for bins by height if inverse is true, else by width. It panics if the
// parameters have another shape.
func (s Spline) evaluate(values, parameters *Node, inverse bool) *evaluated {
	n, batch := values.Shape().Dim(0), values.Shape().Dim(1)
	if parameters.Shape().CheckDims(n, s.Parameters(), batch) != nil {
		panic(fmt.Errorf("bijection: a spline of %d bins needs parameters [%d, %d, %d] for values %s, got %s", s.Bins, n, s.Parameters(), batch, values.Shape(), parameters.Shape()))
	}
	e := &evaluated{
		spline: s, parameters: parameters, inverse: inverse,
		inside: LessOrEqual(Abs(values), number(values, s.Bound)),
	}
	e.value = IdentityWithCustomGradient(values, func(_, _ *Node) *Node { return e.gradient().value })
	parameters = IdentityWithCustomGradient(parameters, func(_, _ *Node) *Node {
		if e.result.gradient == nil && e.logDerivative.gradient == nil { // the gradient of the parameters is always built before that of the value
			panic(errors.New("bijection: a spline has no second derivatives, but the gradient of one of its gradients was requested"))
		}
		return e.gradient().ofParameters(e)
	})
	// The values are clipped because results for values beyond the bound, which Where discards,
	// must be finite too: otherwise they poison gradients. All that follows depends on e.value and
	// on parameters. So the gradient function of one of these is called, whichever result and
	// whichever input a gradient is requested for. What the graph would have computed for the nodes
	// between is not used.
	clipped := within(e.value, -s.Bound, s.Bound)
	e.found = s.find(StopGradient(clipped), parameters, inverse)
	field := func(i int) *Node { return Squeeze(SliceAxis(e.found.picked, 1, AxisElem(i)), 1) }
	b := bin{width: field(0), height: field(1), left: field(2), low: field(3), start: field(4), end: field(5)}
	if inverse {
		e.point = b.solve(clipped)
	} else {
		e.point = b.at(clipped)
	}
	return e
}

// ofParameters returns the gradient of the parameters [n, 3K−1, batch].
func (g gradients) ofParameters(e *evaluated) *Node {
	b := g.bin
	fields := Stack([]*Node{b.width, b.height, b.left, b.low, b.start, b.end}, 1)
	if e.spline.trained {
		fields = materialised(fields)
	}
	return e.found.gradient(e.spline, e.parameters, fields)
}

// by returns the gradients that result from gradients [n, batch] at the result and at the
// log-derivative, nil for none.
func (e *evaluated) by(result, logDerivative *Node) gradients {
	e.result.gradient, e.logDerivative.gradient = result, logDerivative
	return e.gradient()
}

// results returns the spline's results within the bound and the identity's beyond it, and records
// the gradients that arrive at both.
func (e *evaluated) results(there, logDerivative *Node) (result, logOfIt *Node) {
	return e.result.on(Where(e.inside, there, e.value)), e.logDerivative.on(Where(e.inside, logDerivative, filled(logDerivative, 0)))
}

// gradient propagates the gradients that arrive at the results to the value and to the fields of
// its bin. Each backward pass calls it at most once for each of the two.
//
// With q the share of eq. 4, y = low + height·q(ξ, s, δ_k, δ_{k+1}) and l = log ∂y/∂x. Let a be the
// gradient of q and b that of l: the gradients of all fields follow from these two. The inverse
// returns x = left + width·ξ and −l. There ξ is defined implicitly by q = η, so a is chosen such
// that the gradient of ξ vanishes.
func (e *evaluated) gradient() gradients {
	there, ofLog := e.result.take(), e.logDerivative.take()
	if there == nil && ofLog == nil {
		return e.last
	}
	zero := filled(e.ξ, 0)
	v, b := zero, zero
	if there != nil {
		v = Where(e.inside, there, zero)
	} else {
		there = zero
	}
	if ofLog != nil {
		b = Where(e.inside, ofLog, zero)
	}

	over := func(x *Node) *Node { return Div(filled(x, 1), x) }
	overWidth, overHeight, overDenominator, overCurve := over(e.width), over(e.height), over(e.denominator), over(e.curve)
	overSlope := Mul(e.width, overHeight)
	right, turn := oneMinus(e.ξ), oneMinus(scaled(e.ξ, 2)) // 1−ξ and 1−2ξ
	numerator, overSquare := e.numerator(), Square(overDenominator)
	twice := scaled(Mul(e.mixed, overDenominator), 2) // 2ξ(1−ξ)/β

	logByξ := scaled(Sub(
		Mul(Add(Sub(Mul(e.end, e.ξ), Mul(e.start, right)), Mul(e.slope, turn)), overCurve),
		Mul(Mul(e.rest, turn), overDenominator)), 2) // ∂l/∂ξ
	var a, ofξ *Node // the gradient that left and width receive through ξ = (x − left)/width
	if e.inverse {
		b = Neg(b)
		ofξ = Neg(Mul(v, e.width))
		a = Mul(Sub(ofξ, Mul(b, logByξ)), Mul(Mul(Square(e.denominator), overCurve), overSlope))
	} else {
		a = Mul(v, e.height)
		ofξ = Add(Mul(a, Mul(Mul(e.slope, e.curve), overSquare)), Mul(b, logByξ)) // ∂q/∂ξ = s·curve/β²
	}
	ofSlope := Add(
		Mul(a, Mul(Sub(Mul(Square(e.ξ), e.denominator), Mul(numerator, oneMinus(scaled(e.mixed, 2)))), overSquare)),
		Mul(b, Add(
			scaled(overSlope, 2),
			scaled(Sub(Mul(e.mixed, overCurve), Mul(oneMinus(scaled(e.mixed, 2)), overDenominator)), 2))))
	g := bin{
		width:  Neg(Mul(Add(Mul(ofξ, e.ξ), Mul(ofSlope, e.slope)), overWidth)),
		height: Add(Mul(Mul(a, Mul(numerator, overDenominator)), overHeight), Mul(ofSlope, overWidth)),
		left:   Neg(Mul(ofξ, overWidth)),
		low:    Mul(a, overHeight),
		start:  Add(Mul(a, Mul(Mul(e.mixed, Sub(e.denominator, numerator)), overSquare)), Mul(b, Sub(Mul(Square(right), overCurve), twice))),
		end:    Sub(Mul(b, Sub(Mul(Square(e.ξ), overCurve), twice)), Mul(a, Mul(Mul(numerator, e.mixed), overSquare))),
	}
	ofValue := g.left
	if e.inverse {
		ofValue = g.low
	}
	e.last = gradients{Where(e.inside, Neg(ofValue), there), g}
	return e.last
}
