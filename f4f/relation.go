package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// Relation is what a transport sees of the conditions on its two sides (section 3.3). Difference,
// Both and Shared are the paper's; RelationFunc makes any other.
type Relation struct {
	name  string
	own   bool                      // made by RelationFunc: see is the user's, which no file can hold
	width func(left, right int) int // of what the flow sees, from the widths of the conditions
	see   func(cx, cy *Node) *Node  // [batch, C] each to [batch, width], from scaled conditions
	less  func(cx, cy *Node) *Node  // which of two conditions comes first, [batch] booleans; nil for the first feature that differs
	order string                    // the name of less
}

// The relations of the paper.
var (
	// Difference lets the flow see c_y − c_x, for conditions of one width.
	Difference = newRelation("Difference", leftWidth, func(cx, cy *Node) *Node { return Sub(cy, cx) })
	// Both lets the flow see c_x and c_y, side by side.
	Both = newRelation("Both", bothWidths, func(cx, cy *Node) *Node { return Concatenate([]*Node{cx, cy}, -1) })
	// Shared is for points that keep their condition, c = c_x = c_y.
	Shared = newRelation("Shared", leftWidth, func(cx, _ *Node) *Node { return cx })
)

// relations are the library's own, which a file tells of by name.
var relations = []Relation{Difference, Both, Shared}

func newRelation(name string, width func(left, right int) int, see func(cx, cy *Node) *Node) Relation {
	return Relation{name: name, width: width, see: see}
}

func leftWidth(left, _ int) int      { return left }
func bothWidths(left, right int) int { return left + right }

// RelationFunc lets the flow see what the function builds of the conditions, [batch, width] from
// [batch, C] each, scaled to mean 0 and standard deviation 1; they are nodes of a GoMLX graph,
// *graph.Node of github.com/gomlx/gomlx/core/graph. The name stands for the function in the plan's
// fingerprint: give another function another name.
func RelationFunc(name string, width int, see func(cx, cy *Node) *Node) Relation {
	r := newRelation(name, func(int, int) int { return width }, see)
	r.own = true
	return r
}

// Ordered replaces the order of conditions that decides, where both sides are one distribution,
// which way the flow runs: forward from the condition that is less. less gives a boolean for each
// pair [batch], and must never hold both ways round.
func (r Relation) Ordered(name string, less func(cx, cy *Node) *Node) Relation {
	r.order, r.less = name, less
	return r
}

// String is the code that makes the relation.
func (r Relation) String() string {
	s := "f4f." + r.name
	if r.own {
		s = fmt.Sprintf("f4f.RelationFunc(%q, %d, …)", r.name, r.width(0, 0))
	}
	if r.order != "" {
		s += fmt.Sprintf(".Ordered(%q, …)", r.order)
	}
	return s
}

// foreign tells whether the relation, nil for none, has functions of the user's, which nothing but
// their names tells apart.
func (r *Relation) foreign() bool { return r != nil && (r.own || r.less != nil) }

func relationNames() (names []string) {
	for _, r := range relations {
		names = append(names, r.name)
	}
	return names
}

// relationByName is the relation that a file tells of, by its String.
func relationByName(text string) (r Relation, known bool) {
	for _, r := range relations {
		if r.String() == text {
			return r, true
		}
	}
	return Relation{}, false
}

// validate errs on a relation that can't work between conditions of these widths.
func (r Relation) validate(left, right int) error {
	switch {
	case left == 0 || right == 0:
		return fmt.Errorf("On needs bases with conditions, got conditions of %d features on the left and %d on the right", left, right)
	case r.see == nil || r.width == nil || r.name == "":
		return fmt.Errorf("On needs Difference, Both, Shared or a RelationFunc with a name and a function")
	case r.own && slices.Contains(relationNames(), r.name):
		return fmt.Errorf("the name of a RelationFunc must be another than %s, which are taken, got %q", joined(relationNames(), "and"), r.name)
	case (r.name == Difference.name || r.name == Shared.name) && left != right:
		return fmt.Errorf("%s needs conditions of one width, got %d features on the left and %d on the right", r, left, right)
	case r.width(left, right) < 1:
		return fmt.Errorf("what the flow sees of the conditions must be at least 1 feature wide, got %d", r.width(left, right))
	}
	return nil
}

// comesFirst tells for each pair [batch] whether the one condition [batch, C] is less than the
// other: by the first feature in which they differ.
func (r Relation) comesFirst(one, other *Node) *Node {
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
