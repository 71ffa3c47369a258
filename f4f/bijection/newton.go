package bijection

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// mostNewtonSteps bounds the steps of Newton's method. A trained potential takes 4 to 15, and one
// with sharp bends takes more.
const mostNewtonSteps = 200

// leastNewtonStep is the share of a Newton step that isn't tried any more. Where no larger one makes
// the residual smaller, rounding is most of it, or the method has failed.
const leastNewtonStep = 1.0 / (1 << 14)

// solve returns x [batch, D], where ∇F(x) = y, and whether each has converged, [batch, 1]. It has
// no gradient.
//
// Each step of Newton's method, x − t·∇²F(x)⁻¹(∇F(x) − y), is damped by each point's own t: t is
// halved where the residual |∇F(x) − y| doesn't become smaller as it should, and doubled, up to 1,
// where it does. The residual has no other local minimum than 0, as ∇²F is positive definite, so
// this converges from anywhere. It starts from y, which is mostly farther out than x: from nearer
// points it takes fewer steps, but where ∇F grows fast, a step outwards is too long, and some points
// far from the data don't arrive.
//
// Where F bends sharply, rounding x alone makes a residual that hides what the other directions
// still lack, so that no t makes it smaller. There whole steps follow for as long as each is less
// than half as long as the one before. The loop ends when every point is done: with the residual down
// to rounding, or where no step helps any more. A point has converged if its residual is small, or
// the next step.
func (f inputConvex) solve(y *Node) (x, converged *Node) {
	if !canSolve(y.Graph()) {
		panic(fmt.Errorf("bijection: the inverse of a convex potential needs loops, which this backend doesn't have: use the backends of package f4f/backend, and export ONNX models without the functions that need the inverse"))
	}
	tight, enough := newtonTolerance(y.DType())
	const (
		atX = iota
		atResidual
		atStep
		atShare
		atBusy
		atY
		atF
	)
	// arrived returns the residual at x, the whole Newton step from there, and |residual|², which
	// is [batch, 1].
	residual := func(f inputConvex, x, y *Node) (residual, step *Node) {
		reached, hessian := f.at(x)
		inverse, _ := invertDefinite(hessian)
		residual = Sub(reached, y)
		return residual, matrixTimes(inverse, residual)
	}
	size := func(x *Node) *Node { return rowSums(Square(x)) } // |x|² [batch, 1]
	unit := func(x, y *Node) *Node { return plus(Add(size(x), size(y)), 1) }
	first, step := residual(f, y, y)
	s := append(state{y, first, step, filled(size(y), 1), filled(size(y), 1), y}, f.nodes()...)
	going := func(s state) *Node {
		busy := s[atBusy]
		count := DotGeneral(busy, []int{0}, nil, busy, []int{0}, nil) // [1, 1]
		return GreaterThan(Reshape(count), Reshape(number(count, 0)))
	}
	s = loopWhile(0, mostNewtonSteps, s, going, func(_ *Node, s state) {
		f := f.in(s[atF:])
		share := s[atShare]
		stalled := LessThan(share, filled(share, 2*leastNewtonStep)) // for good
		x := Sub(s[atX], Mul(s[atStep], Where(stalled, filled(share, 1), share)))
		found, step := residual(f, x, s[atY])
		nearer := LessThan(size(step), scaled(size(s[atStep]), 0.25))
		smaller := LessThan(size(found), Mul(size(s[atResidual]), oneMinus(scaled(share, 0.5))))
		better := LogicalOr(LogicalAnd(stalled, nearer), LogicalAnd(LogicalNot(stalled), smaller))
		wide := BroadcastToShape(better, x.Shape())
		s[atX], s[atResidual], s[atStep] = Where(wide, x, s[atX]), Where(wide, found, s[atResidual]), Where(wide, step, s[atStep])
		s[atShare] = Where(stalled, share, Where(better, Min(scaled(share, 2), filled(share, 1)), scaled(share, 0.5)))
		left, unit := size(s[atResidual]), unit(s[atX], s[atY])
		// At the limit of rounding a step may not help any more.
		needed := LogicalOr(better, GreaterThan(left, scaled(unit, enough*enough)))
		possible := LogicalAnd(needed, LogicalOr(better, LogicalNot(stalled)))
		busy := LogicalAnd(possible, GreaterThan(left, scaled(unit, tight*tight)))
		s[atBusy] = ConvertDType(busy, x.DType())
	})
	limit := scaled(unit(s[atX], y), enough*enough) // infinite where a square overflows
	small := func(x *Node) *Node { return LessThan(size(x), limit) }
	return s[atX], LogicalAnd(LogicalOr(small(s[atResidual]), small(s[atStep])), IsFinite(limit))
}

// newtonTolerance returns residuals, relative to the size of x and y. One that is tight is no
// larger than rounding makes it. One that is enough is accepted where no step makes it smaller.
func newtonTolerance(dtype dtypes.DType) (tight, enough float64) {
	epsilon := float64(math.Nextafter32(1, 2)) - 1
	if dtype == dtypes.Float64 {
		epsilon = math.Nextafter(1, 2) - 1
	}
	return 2 * epsilon, 256 * epsilon
}

// canSolve reports whether solve can be built in a graph where it is being built.
func canSolve(g *Graph) bool {
	return g.IsMainFunc() && g.Backend().Capabilities().Functions || loops(g)
}
