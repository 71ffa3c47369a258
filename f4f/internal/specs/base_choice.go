package specs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/plan"
)

// BaseChoice is a plan's choice of the base distribution of some columns.
type BaseChoice struct {
	Of      plan.BaseDistribution
	Columns []string // names, or numbers of columns without one, as text; empty for all columns
}

// String returns the arguments of a plan's BaseDistribution as Go code.
func (c BaseChoice) String() string {
	parts := []string{c.Of.String()}
	for _, name := range c.Columns {
		parts = append(parts, strconv.Quote(name))
	}
	return strings.Join(parts, ", ")
}

// ResolveBase returns the base distribution of each column of points x [N, D], of which only the
// columns count, or nil if all are normal. A later choice replaces an earlier one for the same
// column; angles have the circle. It returns an error if a choice is not valid, if there is no such
// column, or if an angle is given another base.
func ResolveBase(choices []BaseChoice, angles []int, x data.Points) ([]plan.BaseDistribution, error) {
	base := slices.Repeat([]plan.BaseDistribution{plan.Normal}, x.Dim())
	for _, c := range choices {
		if err := c.Of.Validate(); err != nil {
			return nil, err
		}
		if c.Of == plan.Circle {
			return nil, fmt.Errorf("a base distribution must be Normal, Uniform or StudentT(ν); angles have the circle by themselves, got %q", string(c.Of))
		}
		if len(c.Columns) == 0 {
			for j := range base {
				base[j] = c.Of
			}
		}
		for _, name := range c.Columns {
			j, err := x.ColumnNumber(name)
			if err != nil {
				return nil, err
			}
			if slices.Contains(angles, j) {
				return nil, fmt.Errorf("column %s is an angle, whose base distribution is uniform on the circle: leave it out of BaseDistribution, got %s", x.ColumnTitle(j), c.Of)
			}
			base[j] = c.Of
		}
	}
	normal := true
	for j := range base {
		if slices.Contains(angles, j) {
			base[j] = plan.Circle
		}
		if base[j] == "" {
			base[j] = plan.Normal
		}
		normal = normal && base[j] == plan.Normal
	}
	if normal {
		return nil, nil
	}
	return base, nil
}

// CheckSides returns an error that names the column unless two bases, which a transport of this
// architecture goes between, have their angles and their boxes in the same columns. names has the
// names of the columns.
func CheckSides(left, right Density, a plan.Architecture, names data.Points) error {
	for j := range left.Dim {
		l, r := left.BaseOf(j).Bounded(), right.BaseOf(j).Bounded()
		switch bounds := [3]float64{a.TailBound, left.Architecture.TailBound, right.Architecture.TailBound}; {
		case l != r:
			return fmt.Errorf("column %s is %s on the left (%s) and %s on the right (%s): make both bases alike there",
				names.ColumnTitle(j), cmp.Or(l, "ordinary"), left.Name, cmp.Or(r, "ordinary"), right.Name)
		case l != "" && (bounds[0] != bounds[1] || bounds[0] != bounds[2]):
			return fmt.Errorf("column %s is %s, so the transport and both bases must have one TailBound, got %g between bases of %g and %g",
				names.ColumnTitle(j), l, bounds[0], bounds[1], bounds[2])
		}
	}
	return a.ValidateBase(left.Base)
}
