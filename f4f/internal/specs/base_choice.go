package specs

import (
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
// architecture goes between, have their angles and their boxes in the same columns.
func CheckSides(left, right Density, a plan.Architecture, names data.Points) error {
	for j := range left.Dim {
		l, r := left.BaseOf(j), right.BaseOf(j)
		for _, bounded := range []struct {
			of   plan.BaseDistribution
			what string
		}{{plan.Circle, "an angle"}, {plan.Uniform, "in the box of a uniform base"}} {
			if (l == bounded.of) == (r == bounded.of) {
				continue
			}
			has, lacks := "left", "right"
			if r == bounded.of {
				has, lacks = lacks, has
			}
			return fmt.Errorf("column %s is %s on the %s (%s) and not on the %s (%s): make both bases alike there", names.ColumnTitle(j), bounded.what, has, map[string]string{"left": left.Name, "right": right.Name}[has], lacks, map[string]string{"left": left.Name, "right": right.Name}[lacks])
		}
		if l != plan.Circle && l != plan.Uniform {
			continue
		}
		if b := a.TailBound; left.Architecture.TailBound != b || right.Architecture.TailBound != b {
			return fmt.Errorf("column %s is %s, so the transport and both bases must have one TailBound, got %g between bases of %g and %g", names.ColumnTitle(j), map[plan.BaseDistribution]string{plan.Circle: "an angle", plan.Uniform: "in a box"}[l],
				b, left.Architecture.TailBound, right.Architecture.TailBound)
		}
	}
	return ValidateBase(a, left.Base)
}
