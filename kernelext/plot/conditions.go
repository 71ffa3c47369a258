package plot

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Condition is a condition and what figures call it: {"15°", data.Point(15.0 / 45)}.
type Condition struct {
	Name  string      // as figures call it
	Value data.Points // [1, C]
}

// Conditions are those of a path [K, C], such as a data.Line, each called by its features as format
// says: Conditions("c = %.2g", path).
func Conditions(format string, path data.Points) []Condition {
	conditions := make([]Condition, path.Len())
	for k := range conditions {
		features := make([]any, path.Dim())
		for j := range features {
			features[j] = path.At(k, j)
		}
		conditions[k] = Condition{fmt.Sprintf(format, features...), path.Slice(k, k+1)}
	}
	return conditions
}

// Method is a way to points that should be distributed as a conditional source is at a condition.
type Method struct {
	Name string                                   // as figures call it
	To   func(c data.Points) (data.Points, error) // the points [N, D] under the condition c [1, C]
}

// ConditionPaths is the colour-coded picture of the ways of points x [N, D] through conditions,
// every point in the colour of where it started (the paper's figure 7): a row for each method, the
// points before and under each condition. A method must keep the order of the points.
func ConditionPaths(x data.Points, conditions []Condition, methods ...Method) (*Figure, error) {
	if err := checkFigure(conditions, methods); err != nil {
		return nil, err
	}
	rows := make([][]Output, len(methods))
	for i, m := range methods {
		var err error
		if rows[i], err = m.under(conditions); err != nil {
			return nil, err
		}
	}
	if len(rows) == 1 {
		return Transport("path", x, rows[0]...) // in rows as even as can be, for a path may be long
	}
	return Paths("path", x, rows...)
}

// ConditionOutside shows what each method makes under each condition, and which of the points are
// out of the true distribution there (the paper's figure 6): a row for each method, with the share
// outside as a number on each panel. The truth must have a density, see metric.Outside.
func ConditionOutside(truth data.ConditionalSource, conditions []Condition, methods ...Method) (*Figure, error) {
	if truth == nil {
		return nil, fmt.Errorf("plot: a figure of points outside needs the true source, got none")
	}
	if err := checkFigure(conditions, methods); err != nil {
		return nil, err
	}
	var sets []Set
	for _, m := range methods {
		for _, c := range conditions {
			at, err := truth.Given(c.Value.Values())
			if err != nil {
				return nil, fmt.Errorf("plot: the truth at %s: %w", c.Name, err)
			}
			exact, ok := at.(data.Distribution)
			if !ok {
				return nil, fmt.Errorf("plot: the density of %s isn't known, so that no point can be told to be outside", at.Name())
			}
			y, err := m.To(c.Value)
			if err != nil {
				return nil, fmt.Errorf("plot: %s at %s: %w", m.Name, c.Name, err)
			}
			outside, err := metric.Outside(exact, y, metric.OutOfDistribution{})
			if err != nil {
				return nil, fmt.Errorf("plot: %s at %s: %w", m.Name, c.Name, err)
			}
			sets = append(sets, Set{Name: titled(m.Name, c.Name), Points: y, Outside: outside})
		}
	}
	return Compare("out of the distribution", len(conditions), sets...)
}

// ConditionFilm is the colour-coded pictures of points x [N, D] and of what a method makes of them
// under each condition, a figure each, all with the same axes. The method must keep the order of
// the points.
func ConditionFilm(x data.Points, conditions []Condition, m Method) ([]*Figure, error) {
	if err := checkFigure(conditions, []Method{m}); err != nil {
		return nil, err
	}
	outputs, err := m.under(conditions)
	if err != nil {
		return nil, err
	}
	return Film("path", x, outputs...)
}

// under returns what the method makes under each of the conditions.
func (m Method) under(conditions []Condition) (outputs []Output, err error) {
	for _, c := range conditions {
		y, err := m.To(c.Value)
		if err != nil {
			return nil, fmt.Errorf("plot: %s at %s: %w", m.Name, c.Name, err)
		}
		outputs = append(outputs, Output{Name: titled(m.Name, c.Name), Points: y})
	}
	return outputs, nil
}

// titled is what a panel is called.
func titled(method, condition string) string {
	if method == "" {
		return condition
	}
	return method + ", " + condition
}

func checkFigure(conditions []Condition, methods []Method) error {
	if len(conditions) == 0 || len(methods) == 0 {
		return fmt.Errorf("plot: a figure under conditions needs some of them and a method, got %d and %d", len(conditions), len(methods))
	}
	for _, c := range conditions {
		if c.Value.Len() != 1 {
			return fmt.Errorf("plot: the condition %q must be a single one, got %d", c.Name, c.Value.Len())
		}
	}
	for _, m := range methods {
		if m.To == nil {
			return fmt.Errorf("plot: the method %q has no function", m.Name)
		}
	}
	return nil
}
