package plan

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// Relation says what a transport sees of the conditions on its two sides (section 3.3). Difference,
// Both and Shared are the relations of the paper; RelationFunc makes another one. The flow sees
// conditions standardised, those of each side by the mean and the standard deviation of the
// training conditions of its own base.
type Relation struct {
	name    string
	own     bool                      // made by RelationFunc: seen is a user function, which no file can hold
	widthOf func(left, right int) int // number of features that the flow sees, from the widths of the conditions
	seen    func(cx, cy *Node) *Node  // from scaled conditions [batch, C] each to what the flow sees [batch, width]
	less    func(cx, cy *Node) *Node  // whether cx comes before cy, [batch] booleans; nil to compare the first feature that differs
	order   string                    // the name of less
}

// The relations of the paper.
var (
	// Difference lets the flow see c_y − c_x. Both conditions must have the same width.
	Difference = newRelation("Difference", leftWidth, func(cx, cy *Node) *Node { return Sub(cy, cx) })
	// Both lets the flow see c_x and c_y, side by side.
	Both = newRelation("Both", bothWidths, func(cx, cy *Node) *Node { return Concatenate([]*Node{cx, cy}, -1) })
	// Shared is for points that keep their condition, c = c_x = c_y, which the flow sees. Both
	// conditions must have the same width.
	Shared = newRelation("Shared", leftWidth, func(cx, _ *Node) *Node { return cx })
)

// relations holds the library's own relations, which files name.
var relations = []Relation{Difference, Both, Shared}

// newRelation returns one of the library's own relations.
func newRelation(name string, width func(left, right int) int, see func(cx, cy *Node) *Node) Relation {
	return Relation{name: name, widthOf: width, seen: see}
}

func leftWidth(left, _ int) int      { return left }
func bothWidths(left, right int) int { return left + right }

// RelationFunc returns a relation in which the flow sees what see builds from the conditions. see
// gets cx and cy, [batch, C] each, scaled to mean 0 and standard deviation 1, and returns [batch,
// width]. They are nodes of a GoMLX graph, *graph.Node of github.com/gomlx/gomlx/core/graph. The
// name stands for the function in the plan's fingerprint: give a different function a different
// name.
func RelationFunc(name string, width int, see func(cx, cy *Node) *Node) Relation {
	r := newRelation(name, func(int, int) int { return width }, see)
	r.own = true
	return r
}

// Ordered sets the order of conditions. If both sides are one conditional distribution, the order
// decides which way the flow runs: forward from the condition that is less. less returns a boolean
// for each pair of conditions, [batch]. It must never hold both for a pair and for the pair
// swapped. The name stands for less in the plan's fingerprint: give a different function a
// different name. Without Ordered, conditions are compared by the first feature in which they
// differ.
func (r Relation) Ordered(name string, less func(cx, cy *Node) *Node) Relation {
	r.order, r.less = name, less
	return r
}

// String returns the Go code that makes the relation.
func (r Relation) String() string {
	s := "f4f." + r.name
	if r.own {
		s = fmt.Sprintf("f4f.RelationFunc(%q, %d, …)", r.name, r.Width(0, 0))
	}
	if r.order != "" {
		s += fmt.Sprintf(".Ordered(%q, …)", r.order)
	}
	return s
}

// Width returns the number of features that the flow sees, given those of the conditions on the two
// sides. It is 0 for the zero value.
func (r Relation) Width(left, right int) int {
	if r.widthOf == nil {
		return 0
	}
	return r.widthOf(left, right)
}

// See returns what the flow sees [batch, Width] of scaled conditions cx and cy [batch, C].
func (r Relation) See(cx, cy *Node) *Node { return r.seen(cx, cy) }

// KeepsCondition reports whether points keep their condition, as under Shared. It is false for nil.
func (r *Relation) KeepsCondition() bool { return r != nil && r.name == Shared.name }

// UserDefined reports whether the relation, nil for none, contains user functions, which only their
// names tell apart.
func (r *Relation) UserDefined() bool { return r != nil && (r.own || r.less != nil) }

// relationNames returns the names of the library's own relations.
func relationNames() (names []string) {
	for _, r := range relations {
		names = append(names, r.name)
	}
	return names
}

// RelationNamed returns the library's own relation whose String is text, which is how files name
// it. known is false if there is none.
func RelationNamed(text string) (r Relation, known bool) {
	for _, r := range relations {
		if r.String() == text {
			return r, true
		}
	}
	return Relation{}, false
}

// Validate returns an error if the relation does not work between conditions of these widths.
func (r Relation) Validate(left, right int) error {
	switch {
	case left == 0 || right == 0:
		return fmt.Errorf("the relation of On needs bases with conditions, got conditions of %d features on the left and %d on the right", left, right)
	case r.seen == nil || r.widthOf == nil || r.name == "":
		return fmt.Errorf("the relation of On must be Difference, Both, Shared or a RelationFunc with a name and a function")
	case r.own && slices.Contains(relationNames(), r.name):
		return fmt.Errorf("the name of a RelationFunc must differ from %s, which are taken, got %q", joined(relationNames(), "and"), r.name)
	case (r.name == Difference.name || r.name == Shared.name) && left != right:
		return fmt.Errorf("%s needs conditions of one width, got %d features on the left and %d on the right", r, left, right)
	case r.Width(left, right) < 1:
		return fmt.Errorf("what the flow sees of the conditions must be at least 1 feature wide, got %d", r.Width(left, right))
	}
	return nil
}

// ComesFirst reports for each pair of conditions, [batch, C] each, whether one is less than other,
// as booleans [batch]. By default it compares the first feature in which they differ.
func (r Relation) ComesFirst(one, other *Node) *Node {
	if r.less != nil {
		return r.less(one, other)
	}
	width := one.Shape().Dim(1)
	column := func(c *Node, j int) *Node { return Squeeze(Slice(c, AxisRange(), AxisRange(j, j+1)), -1) }
	first := LessThan(column(one, width-1), column(other, width-1))
	for j := width - 2; j >= 0; j-- {
		a, b := column(one, j), column(other, j)
		first = LogicalOr(LessThan(a, b), LogicalAnd(Equal(a, b), first))
	}
	return first
}
