package plan

import "fmt"

// ValidateAngles returns an error that names the remedy if the architecture can't have angles among
// its features.
func (a Architecture) ValidateAngles() error {
	kind, _, err := layers.get(string(a.Layer))
	switch {
	case err != nil:
		return err
	case !kind.angles:
		return fmt.Errorf("an angle needs layers that know angles, got layers of kind %q: set LayerKind to Autoregressive or Coupling", a.Layer)
	case a.Transformer.name() != string(Spline):
		return fmt.Errorf("an angle needs the transformer Spline, whose circular form turns the circle, got %q: set Transformer to Spline", a.Transformer.name())
	case a.Mixing == LULinear:
		return fmt.Errorf("a linear map adds an angle to other features, which has no meaning on the circle: set Mixing to Reversal or Permutation, got %q", a.Mixing)
	}
	return nil
}

// ValidateBox returns an error that names the remedy if the architecture does not map the box
// [−TailBound, TailBound] onto itself.
func (a Architecture) ValidateBox() error {
	switch {
	case a.Transformer.name() != string(Spline):
		return fmt.Errorf("a uniform base needs the transformer Spline, which maps the box onto itself, got %q: set Transformer to Spline", a.Transformer.name())
	case a.Mixing == LULinear:
		return fmt.Errorf("a linear map brings points out of the box of a uniform base: set Mixing to Reversal or Permutation, got %q", a.Mixing)
	}
	return nil
}
