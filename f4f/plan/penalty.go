package plan

import (
	"fmt"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// Penalty is a price on how a transport moves a point. It is added to the loss, so that points move
// no further than they need to (section 3.2). L1 and L2 return the usual ones; PenaltyFunc returns
// any other.
type Penalty struct {
	name     string
	own      bool // price is a user function
	weight   float64
	annealed bool
	price    func(x, y *Node) *Node // from [batch, D] each to [batch]
}

// L1 returns the penalty weight · Σ_d |y_d − x_d|, averaged over points, in the units of
// PenaltyFunc. It is the paper's, which uses weight 1.
func L1(weight float64) Penalty {
	return Penalty{name: "L1", weight: weight, price: func(x, y *Node) *Node { return ReduceSum(Abs(Sub(y, x)), -1) }}
}

// L2 returns the penalty weight · Σ_d (y_d − x_d)², averaged over points, in the units of
// PenaltyFunc.
func L2(weight float64) Penalty {
	return Penalty{name: "L2", weight: weight, price: func(x, y *Node) *Node { return ReduceSum(Square(Sub(y, x)), -1) }}
}

// PenaltyFunc returns the penalty weight · price(x, y), averaged over points. price builds the
// price of each point [batch] from the points before the move, x [batch, D], and after it, y
// [batch, D], both in the data's units or, in columns with maps (BasePlan.Column), in the units of
// the mapped column. An angle is in radians, and y is moved by whole turns to the value nearest to
// x, so that y − x is the shorter way around the circle. They are nodes of a GoMLX graph,
// *graph.Node of github.com/gomlx/gomlx/core/graph. price must not build a gradient of y, because
// flows have no second derivatives. The name stands for the function in the plan's fingerprint:
// give a different function a different name.
func PenaltyFunc(name string, weight float64, price func(x, y *Node) *Node) Penalty {
	return Penalty{name: name, own: true, weight: weight, price: price}
}

// Annealed returns the penalty with a weight that falls to zero over the training by a cosine. The
// penalty then guides the map early on, and the likelihood alone decides at the end.
func (p Penalty) Annealed() Penalty { p.annealed = true; return p }

// String returns the Go code that makes the penalty.
func (p Penalty) String() string {
	s := fmt.Sprintf("f4f.%s(%g)", p.name, p.weight)
	if p.own {
		s = fmt.Sprintf("f4f.PenaltyFunc(%q, %g, …)", p.name, p.weight)
	}
	if p.annealed {
		s += ".Annealed()"
	}
	return s
}

// penalties are the names of the library's own penalties.
var penalties = []string{"L1", "L2"}

// Validate returns an error if the penalty's name, weight or function is not allowed.
func (p Penalty) Validate() error {
	switch {
	case p.price == nil || p.name == "":
		return fmt.Errorf("a penalty needs a name and a function: use L1, L2 or PenaltyFunc")
	case p.own && slices.Contains(penalties, p.name):
		return fmt.Errorf("the name of a PenaltyFunc must differ from %s, which are taken, got %q", joined(penalties, "and"), p.name)
	case !(p.weight >= 0) || math.IsInf(p.weight, 0):
		return fmt.Errorf("the weight of penalty %s must be at least 0 and finite, got %g", p.name, p.weight)
	}
	return nil
}

// Price returns the price [batch] of moving points from x to y, [batch, D] each, before the weight.
// It panics if the function of a PenaltyFunc returns another shape.
func (p Penalty) Price(x, y *Node) *Node {
	prices := p.price(x, y)
	if prices.Rank() != 1 || prices.Shape().Dim(0) != x.Shape().Dim(0) {
		panic(fmt.Errorf("penalty %s must give a price for each of %d points, got %s", p.name, x.Shape().Dim(0), prices.Shape()))
	}
	return prices
}

// Cost returns prices, or their mean, times the weight that the penalty has after a share progress
// of the training, a scalar from 0 to 1. nil stands for the full weight.
func (p Penalty) Cost(prices, progress *Node) *Node {
	cost := MulScalar(prices, p.weight)
	if p.annealed && progress != nil {
		cost = Mul(cost, MulScalar(OnePlus(Cos(MulScalar(progress, math.Pi))), 0.5))
	}
	return cost
}

// UserDefined reports whether the price is a user function, which only its name tells apart.
func (p Penalty) UserDefined() bool { return p.own }
