package plan

import "fmt"

// ValidateBase returns an error that names the remedy if the architecture's layers can't map onto
// these base distributions of the columns, or if one of them is not valid.
func (a Architecture) ValidateBase(base []BaseDistribution) error {
	if err := ValidateBases(base); err != nil {
		return err
	}
	for _, d := range base {
		if what := bounded[d]; what != "" {
			if err := a.validateBounded(what); err != nil {
				return err
			}
		}
	}
	return nil
}

// bounded holds the base distributions that end at the tail bound, with what a column is that has
// one. Layers must map the range within the bound onto itself.
var bounded = map[BaseDistribution]string{Circle: "an angle", Uniform: "a column in the box of a uniform base"}

// Bounded returns how messages call a column with this base distribution, such as "an angle", if
// the distribution ends at the tail bound. It returns "" for any other distribution.
func (d BaseDistribution) Bounded() string { return bounded[d] }

// validateBounded returns an error unless layers map the range within the tail bound onto itself.
func (a Architecture) validateBounded(what string) error {
	kind, _, err := layers.get(string(a.Layer))
	switch {
	case err != nil:
		return err
	case !kind.bounded:
		return fmt.Errorf("%s needs layers that keep it within its ends: set LayerKind to Autoregressive or Coupling, got %q", what, a.Layer)
	case a.Transformer.name() != string(Spline):
		return fmt.Errorf("%s needs a transformer that keeps it within its ends: set Transformer to Spline, got %q", what, a.Transformer.name())
	case a.Mixing == LULinear:
		return fmt.Errorf("%s can't be added to other features, which a linear map does: set Mixing to Reversal, Permutation or InOrder, got %#v", what, a.Mixing)
	}
	return nil
}

// ValidateBases returns an error unless all base distributions are of a kind that there is.
func ValidateBases(base []BaseDistribution) error {
	for _, d := range base {
		if err := d.Validate(); err != nil {
			return err
		}
	}
	return nil
}
