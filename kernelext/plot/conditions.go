package plot

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Condition is a condition and its name in figures: {"15°", data.Point(15.0 / 45)}.
type Condition struct {
	Name  string      // its name in figures
	Value data.Points // [1, C]
}

// Conditions returns the conditions of a path [K, C], such as a data.Line. format makes the name of
// each from its features: Conditions("c = %.2g", path).
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

// Method makes points that should follow a conditional source at a given condition.
type Method struct {
	Name string                                   // its name in figures
	To   func(c data.Points) (data.Points, error) // returns points [N, D] for the condition c [1, C]
}

// ConditionPaths returns the colour-coded figure of points x [N, D] on their way through conditions
// (the paper's figure 7). Each method has a row: the points before, and under each condition. Every
// point has the colour of the place where it started, so a method must keep the order of the
// points.
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
		return Transport("path", x, rows[0]...) // which breaks a long path into even rows
	}
	return Paths("path", x, rows...)
}

// ConditionOutside shows what each method makes under each condition, and marks the points that lie
// outside the true distribution there (the paper's figure 6). Each method has a row, and each
// panel's title gives the share outside, in percent. The truth must have a known density; see
// metric.Outside.
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
				return nil, fmt.Errorf("plot: the density of %s must be known to tell which points are outside", at.Name())
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

// ConditionFrames returns a figure for each condition: points x [N, D] beside what a method makes
// of them there, in the colours of where they started. All figures have the same axes. The method
// must keep the order of the points.
func ConditionFrames(x data.Points, conditions []Condition, m Method) ([]*Figure, error) {
	if err := checkFigure(conditions, []Method{m}); err != nil {
		return nil, err
	}
	outputs, err := m.under(conditions)
	if err != nil {
		return nil, err
	}
	return Frames("path", x, outputs...)
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

// titled returns the title of a panel.
func titled(method, condition string) string {
	if method == "" {
		return condition
	}
	return method + ", " + condition
}

func checkFigure(conditions []Condition, methods []Method) error {
	if len(conditions) == 0 || len(methods) == 0 {
		return fmt.Errorf("plot: a figure needs at least one condition and one method, got %d and %d", len(conditions), len(methods))
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
