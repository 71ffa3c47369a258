package bijection

import (
	"fmt"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// circle says which features of a layer are angles. The values of an angle from −B to B stand for
// the whole circle, so −B and B are one point. The zero value has no angles.
//
// A network sees an angle x as the pair (cos πx/B, sin πx/B), which is continuous where the circle
// is cut, and any other feature as it is. So it has one input for each feature, and one more for
// each angle.
type circle struct {
	bound float64 // B
	is    []bool  // [D], which features are angles; nil if none is
}

// circleOf returns the circle of a layer of dim features, given the numbers of its angles and the
// transformer of its other features.
func circleOf(angles []int, dim int, t Transformer) circle {
	if len(angles) == 0 {
		return circle{}
	}
	c := circle{bound: t.TailBound(), is: make([]bool, dim)}
	for _, j := range angles {
		c.is[j] = true
	}
	return c
}

// validateAngles returns an error unless angles are numbers of different features of a layer whose
// transformer suits them.
func validateAngles(kind string, angles []int, dim int, t Transformer) error {
	for k, j := range angles {
		if j < 0 || j >= dim || slices.Contains(angles[:k], j) {
			return fmt.Errorf("bijection: %s angles must be different features from 0 to %d, got %v", kind, dim-1, angles)
		}
	}
	if _, ok := t.(Spline); len(angles) > 0 && !ok {
		return fmt.Errorf("bijection: %s angles need a Spline as the transformer, got %T", kind, t)
	}
	return nil
}

// none reports whether no feature is an angle.
func (c circle) none() bool { return c.is == nil }

// inputs returns the degrees of a network's inputs for all of dim features.
func (c circle) inputs(dim int) degrees {
	if c.none() {
		return featureDegrees(dim, 1)
	}
	var d degrees
	for i, isAngle := range c.is {
		if d = append(d, i+1); isAngle {
			d = append(d, i+1)
		}
	}
	return d
}

// seen returns what a network sees of features x [n, batch], given their numbers [n].
func (c circle) seen(x *Node, numbers []int) *Node {
	if c.none() {
		return x
	}
	var all []*Node
	for k, i := range numbers {
		each := features(x, k, k+1)
		if c.is[i] {
			all = append(all, c.cos(each), c.sin(each))
		} else {
			all = append(all, each)
		}
	}
	return Concatenate(all, -2)
}

func (c circle) cos(x *Node) *Node { return Cos(scaled(x, math.Pi/c.bound)) }
func (c circle) sin(x *Node) *Node { return Sin(scaled(x, math.Pi/c.bound)) }

// of returns the transformer of features, given their numbers. It is t itself if no feature of the
// layer is an angle.
func (c circle) of(t Transformer, numbers []int) Transformer {
	if c.none() {
		return t
	}
	s := circular{spline: t.(Spline), angles: make([]bool, len(numbers))}
	s.spline.FreeEnds = true
	for k, i := range numbers {
		s.angles[k] = c.is[i]
	}
	return s
}

// at is of in the body of a loop, for the one feature with number i, an int32 scalar.
func (c circle) at(t Transformer, i *Node) Transformer {
	if c.none() {
		return t
	}
	s := circular{spline: t.(Spline), isAngle: c.flag(i)}
	s.spline.FreeEnds = true
	return s
}

// flag returns whether the feature with number i is an angle, as a boolean scalar, in the body of a
// loop.
func (c circle) flag(i *Node) *Node {
	table := make([]int, len(c.is))
	for k, isAngle := range c.is {
		if isAngle {
			table[k] = 1
		}
	}
	return Equal(element(table, i), Const(i.Graph(), int32(1)))
}

// A loop over features needs the same number of inputs for each, whichever feature it comes to. So
// in a layer with angles a loop has pairs of them, of which the second is 0 for a feature that is
// no angle. The weights of that second input are 0 as well.

// rows returns the number of a network's inputs for each feature, as a loop has them.
func (c circle) rows() int {
	if c.none() {
		return 1
	}
	return 2
}

// pairAt returns what a network sees of the feature with number i, x [1, batch], as a loop has it.
func (c circle) pairAt(x, i *Node) *Node {
	if c.none() {
		return x
	}
	flag := BroadcastToShape(c.flag(i), x.Shape())
	return below(Where(flag, c.cos(x), x), Where(flag, c.sin(x), filled(x, 0)))
}

// slopes returns the derivatives of pairs [2D, batch] by their features.
func (c circle) slopes(pairs *Node) *Node {
	var all []*Node
	for i, isAngle := range c.is {
		first, second := features(pairs, 2*i, 2*i+1), features(pairs, 2*i+1, 2*i+2)
		if isAngle {
			all = append(all, scaled(second, -math.Pi/c.bound), scaled(first, math.Pi/c.bound))
		} else {
			all = append(all, filled(first, 1), second)
		}
	}
	return Concatenate(all, -2)
}

// paired returns the weights w [inputs, out] of a network's inputs with rows of zeros where a loop
// has a second input that is 0.
func (c circle) paired(w *Node) *Node {
	if c.none() {
		return w
	}
	var all []*Node
	next := 0
	for _, isAngle := range c.is {
		if isAngle {
			all = append(all, features(w, next, next+2))
			next += 2
		} else {
			all = append(all, below(features(w, next, next+1), filled(features(w, next, next+1), 0)))
			next++
		}
	}
	return Concatenate(all, -2)
}
