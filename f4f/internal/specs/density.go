package specs

import (
	"errors"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Density is everything about a density except its weights. Its file holds it as JSON.
type Density struct {
	Kind         string            `json:"kind"` // DensityKind
	Name         string            `json:"name"` // of the source it was trained on
	Source       string            `json:"source"`
	Dim          int               `json:"dim"`
	Columns      []string          `json:"columns,omitempty"` // the names of the features [D], "" for none; empty if no feature has one
	Condition    int               `json:"condition,omitempty"`
	Architecture plan.Architecture `json:"architecture"`
	Links        []Link            `json:"links,omitempty"` // see Link; empty if the Architecture determines the chain
	Recipe       plan.Recipe       `json:"recipe"`
	// Pipeline and ConditionPipeline map points and conditions on the host, before all else; nil for
	// none.
	Pipeline          *data.Pipeline `json:"pipeline,omitempty"`
	ConditionPipeline *data.Pipeline `json:"conditionPipeline,omitempty"`
	Scaler            *data.Scaler   `json:"scaler,omitempty"`
	// Base is the base distribution of each column [D]; nil if all are normal. A column whose base is
	// the circle is an angle, in radians.
	Base []plan.BaseDistribution `json:"base,omitempty"`
	// ConditionAngles are the numbers of the columns of the condition that are angles, in radians.
	ConditionAngles []int `json:"conditionAngles,omitempty"`
	// Conditions standardises conditions inside the flow.
	Conditions *data.Scaler `json:"conditions,omitempty"`
	// ConditionRange is the least and the greatest value of each feature of the condition in
	// training. It is empty if that is not known.
	ConditionRange [][2]float64 `json:"conditionRange,omitempty"`
	// ConditionColumns are the names of the features of the condition [C], as Columns are those of
	// the points.
	ConditionColumns []string `json:"conditionColumns,omitempty"`
	// Classes are the columns of the condition that hold classes.
	Classes []Classes `json:"classes,omitempty"`
}

// The kinds of flow that a file can hold.
const (
	DensityKind   = "density"
	TransportKind = "transport"
)

// wrongKind returns the error for a file that holds the other kind of flow.
func wrongKind(kind string) error {
	switch kind {
	case DensityKind:
		return errors.New("it holds a density: read it with LoadDensity")
	case TransportKind:
		return errors.New("it holds a transport: read it with LoadTransport")
	}
	return fmt.Errorf("%w: it holds a %q, neither a density nor a transport", fit.ErrCorrupt, kind)
}

// Validate returns an error if no plan could have made the spec.
func (s Density) Validate() error {
	if s.Kind != DensityKind {
		return wrongKind(s.Kind)
	}
	if s.Dim < 1 || s.Condition < 0 {
		return fmt.Errorf("%w: its dimension is %d and its condition's %d", fit.ErrCorrupt, s.Dim, s.Condition)
	}
	if (s.Condition > 0) != (s.Conditions != nil) || len(s.ConditionRange) > 0 && len(s.ConditionRange) != s.Condition {
		return fmt.Errorf("%w: its conditions are not of dimension %d", fit.ErrCorrupt, s.Condition)
	}
	if len(s.Columns) > 0 && len(s.Columns) != s.Dim {
		return fmt.Errorf("%w: it has %d column names for %d features", fit.ErrCorrupt, len(s.Columns), s.Dim)
	}
	if len(s.ConditionColumns) > 0 && len(s.ConditionColumns) != s.Condition {
		return fmt.Errorf("%w: it has %d column names for conditions of %d features", fit.ErrCorrupt, len(s.ConditionColumns), s.Condition)
	}
	for _, scaler := range []struct {
		of  *data.Scaler
		dim int
	}{{s.Scaler, s.Dim}, {s.Conditions, s.Condition}} {
		if scaler.of == nil {
			continue
		}
		if err := scaler.of.Validate(scaler.dim); err != nil {
			return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
		}
	}
	if err := s.validateClasses(); err != nil {
		return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
	}
	for _, pipeline := range []struct {
		of  *data.Pipeline
		dim int
	}{{s.Pipeline, s.Dim}, {s.ConditionPipeline, s.Condition}} {
		if pipeline.of == nil {
			continue
		}
		if err := pipeline.of.Validate(pipeline.dim); err != nil {
			return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
		}
	}
	if err := s.Architecture.Validate(s.Dim, s.Condition); err != nil {
		return err
	}
	if err := s.validateBase(); err != nil {
		return err
	}
	if err := validateConditionAngles(s.ConditionAngles, s.Condition, s.Links); err != nil {
		return err
	}
	return validateLinks(s.Links, s.Architecture, s.Dim)
}

// Normal returns the flow of the spec as graphs, over the weights under a scope.
func (s Density) Normal(scope string) Normal {
	return Normal{
		dim: s.Dim, condition: s.Condition, Bijection: s.Bijection(), base: s.base(), angles: s.Angles(), conditionAngles: s.ConditionAngles,
		Scaler: scalingOf(s.Scaler, scope, ofPoints), conditions: scalingOf(s.Conditions, scope, ofConditions),
	}
}

// GraphsKey returns a key of everything that the density's graphs depend on. It is "" if user
// functions are among them, because a name does not identify a function.
func (s Density) GraphsKey() string {
	if s.Architecture.UserDefined() {
		return ""
	}
	return Key(s.bare())
}

// bare returns the spec without the parts that no graph depends on.
func (s Density) bare() Density {
	s.Name, s.Source, s.Columns, s.Recipe = "", "", nil, plan.Recipe{Seed: SeedOfForm(s.Architecture, s.Recipe)}
	s.ConditionRange, s.ConditionColumns, s.Classes = nil, nil, nil
	s.Pipeline, s.ConditionPipeline = nil, nil
	for _, scaler := range []**data.Scaler{&s.Scaler, &s.Conditions} {
		if *scaler != nil {
			*scaler = &data.Scaler{} // its numbers are inputs of the graphs
		}
	}
	return s
}

// Bijection returns the flow's bijection.
func (s Density) Bijection() bijection.Bijection {
	if len(s.Links) > 0 {
		return linked(s.Links, s.Architecture, s.Dim, s.Condition)
	}
	return bijectionOf(s.Architecture, s.Dim, s.seenWidth(), s.Recipe, false, s.Angles())
}
