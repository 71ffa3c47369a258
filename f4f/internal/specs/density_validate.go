package specs

import (
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

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
	if err := validateSides(s, s.Scaler, s.Conditions); err != nil {
		return err
	}
	if err := validateClasses(s.Classes, s.Condition); err != nil {
		return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
	}
	if err := validateSides(s, s.Pipeline, s.ConditionPipeline); err != nil {
		return err
	}
	if s.Known != nil || s.Image != nil {
		if err := s.validateGiven(); err != nil {
			return err
		}
	}
	if s.Known == nil && (s.Image == nil || s.Base != nil || s.Image.LearnsNoise) {
		if err := s.Architecture.Validate(s.Dim, s.Condition); err != nil {
			return err
		}
	}
	if err := s.validateBase(); err != nil {
		return err
	}
	if err := s.validateNoise(); err != nil {
		return err
	}
	if err := validateConditionAngles(s.ConditionAngles, s.Condition, s.Links); err != nil {
		return err
	}
	return validateLinks(s.Links, s.Architecture, s.Dim)
}

// validateGiven returns an error unless a density that is given instead of learned is valid.
func (s Density) validateGiven() error {
	if s.Condition > 0 && !s.OnlyPoints() || len(s.Links) > 0 || s.Known != nil && (s.Image != nil || s.Base != nil && !s.OnlyPoints()) {
		return fmt.Errorf("%w: its density is given, and has conditions, links or two kinds", fit.ErrCorrupt)
	}
	if s.Known != nil {
		if bare := (plan.Architecture{TailBound: s.Architecture.TailBound}); s.Architecture != bare || len(s.Noise) > 0 {
			return fmt.Errorf("%w: its density is given, and it has a flow", fit.ErrCorrupt)
		}
		return s.Known.validate(s.Dim)
	}
	i := *s.Image
	if err := i.Left.Validate(); err != nil {
		return err
	}
	if err := i.Left.CheckDensity(); err != nil {
		return fmt.Errorf("%w: the image of its left: %w", fit.ErrCorrupt, err)
	}
	if i.Left.Dim != s.Dim || i.Left.Condition > 0 {
		return fmt.Errorf("%w: it is the image of a density of %d features with a condition of %d, and has %d", fit.ErrCorrupt, i.Left.Dim, i.Left.Condition, s.Dim)
	}
	if err := CheckSides(i.Left, s, i.Architecture, data.Points{}); err != nil {
		return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
	}
	if err := i.Units.validate(s.Dim); err != nil {
		return err
	}
	if err := i.Architecture.Validate(s.Dim, 0); err != nil {
		return err
	}
	return validateLinks(i.Links, i.Architecture, s.Dim)
}

// validateBase returns an error unless the base distributions, which may come from a file, fit the
// architecture.
func (s Density) validateBase() error {
	periods := s.Periods()
	for j := range max(len(periods), len(s.Base)) {
		mapped, based := j < len(periods) && periods[j] != [2]float64{}, j < len(s.Base) && s.Base[j] == plan.Circle
		if mapped != based {
			return fmt.Errorf("%w: column %d is an angle, or it isn't", fit.ErrCorrupt, j)
		}
	}
	if s.Base == nil {
		return nil
	}
	if len(s.Base) != s.Dim || s.Scaler == nil || len(s.Links) > 0 {
		return fmt.Errorf("%w: it has %d base distributions for %d features", fit.ErrCorrupt, len(s.Base), s.Dim)
	}
	if s.OnlyPoints() {
		return plan.ValidateBases(s.Base)
	}
	return s.Architecture.ValidateBase(s.Base)
}

// validateNoise returns an error unless the columns whose noise is learned, which may come from a
// file, are columns of whole numbers, in order, with no maps but those that depend on no data.
func (s Density) validateNoise() error {
	for k, j := range s.Noise {
		maps := s.MapsOf(j)
		sound := j >= 0 && j < s.Dim && (k == 0 || j > s.Noise[k-1]) && len(maps) > 0 && maps[0] == data.Whole
		if !sound || slices.ContainsFunc(maps[1:], func(m data.ColumnMap) bool { return !m.Fixed() }) || !s.Pipeline.WholeCells(j) {
			return fmt.Errorf("%w: it has learned the noise of columns %v, which must be whole numbers, in order, with no maps that are fitted to data", fit.ErrCorrupt, s.Noise)
		}
		if others := s.classColumns(j); slices.ContainsFunc(others, func(j int) bool { return !slices.Contains(s.Noise, j) }) {
			return fmt.Errorf("%w: it has learned the noise of columns %v, and not of all the classes in columns %v", fit.ErrCorrupt, s.Noise, others)
		}
	}
	return nil
}

// validateSides returns an error unless what acts on the points of a density, and what acts on its
// conditions, are valid in their dimensions. nil is for nothing.
func validateSides[T interface{ Validate(dim int) error }](s Density, points, conditions *T) error {
	for _, side := range []struct {
		of  *T
		dim int
	}{{points, s.Dim}, {conditions, s.Condition}} {
		if side.of == nil {
			continue
		}
		if err := (*side.of).Validate(side.dim); err != nil {
			return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
		}
	}
	return nil
}
