package specs

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/bijection"
)

// Potential returns the convex function F whose gradient the map from left to right is, [batch] at
// points x [batch, D] under the conditions of both sides, and whether there is one. It is a function of
// points as the flow sees them, and so is its gradient.
//
// Among the conditions of one distribution the way back is the gradient of the convex conjugate
// F*(y) = x·y − F(x) at ∇F(x) = y.
func (b Between) Potential() (f LogDensity, ok bool) {
	of, ok := bijection.PotentialOf(b.Flow)
	return func(scope *model.Scope, x, c *Node) *Node {
		cx, cy := b.conditions(c)
		x, _ = b.scaling(false).standardise(scope, x)
		flow := scope.At(FlowScope)
		switch {
		case b.among && b.Way == back:
			seen := b.see(scope, cy, cx)
			from, _ := b.Flow.Inverse(flow, x, seen)
			return Sub(ReduceSum(Mul(from, x), -1), of(flow, from, seen))
		case b.among && b.Way == nowhere:
			return MulScalar(ReduceSum(Square(x), -1), 0.5)
		}
		return of(flow, x, b.seen(scope, cx, cy))
	}, ok
}

// PotentialOfData is Potential, but for a transport with units it is a function whose gradient is the map in
// the data's units: s²F((x − m)/s) + n·x − ½n², with the scale s and the means m and n of the sides. With
// that constant the potentials of both ways among conditions are conjugate.
func (b Between) PotentialOfData() (f LogDensity, ok bool) {
	of, ok := b.Potential()
	if b.units == nil {
		return of, ok
	}
	return func(scope *model.Scope, x, c *Node) *Node {
		to := b.units.right
		scale, mean := Slice(to.row(scope, scalingStd, x), AxisRange(), AxisElem(0)), to.row(scope, scalingMean, x)
		shift := ReduceSum(Mul(mean, Sub(x, MulScalar(mean, 0.5))), -1)
		return Add(Mul(Reshape(Square(scale), 1), of(scope, x, c)), shift)
	}, ok
}

// DistanceNote says that a transport by a convex potential is the optimal map of another distance than
// that in the data's units, and of which. It is "" if it isn't, or if the transport has no potential.
func (s Transport) DistanceNote() string {
	if !s.isPotential() {
		return ""
	}
	const remedy = "For the distance in the data's units set Raw on both bases, without maps of columns, and a TailBound that takes in their points"
	if s.Left.Pipeline != nil || s.Right.Pipeline != nil {
		return "The map is optimal for the squared distance between points as the maps of columns make them, not for that in the data's units. " + remedy + "."
	}
	least, most := math.Inf(1), 0.0
	for j := range s.Left.Dim {
		product := 1.0
		for _, side := range []Density{s.Left, s.Right} {
			if side.Scaler != nil {
				product *= side.Scaler.Std[j]
			}
		}
		least, most = math.Min(least, product), math.Max(most, product)
	}
	if !(most > 1.05*least) {
		return ""
	}
	return fmt.Sprintf("The map is optimal for a squared distance in which each feature is divided by the standard deviations of both sides, as these are standardised, not for that in the data's units. The products of the two differ by a factor of %.3g between features. %s.", most/least, remedy)
}
