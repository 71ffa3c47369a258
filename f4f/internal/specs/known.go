package specs

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Known is a density that is given by a formula or a function instead of being learned: it has a
// log-density and a source of its points, and no map to a base distribution. Its numbers are inputs
// of the graphs, as a scaler's are. A distribution of which there are points alone is one too; see
// OnlyPoints.
type Known struct {
	Kind      string         `json:"kind"`      // one of those below
	Precision plan.Precision `json:"precision"` // of the graphs: there are no weights to tell it
	// Components are those of a mixture of normals.
	Components []Component `json:"components,omitempty"`
	// Low and High are the corners of a box.
	Low  []float64 `json:"low,omitempty"`
	High []float64 `json:"high,omitempty"`
	// Function is the name of a plan.GivenDensity.
	Function string `json:"function,omitempty"`
}

// Component is a component of a mixture of normals.
type Component struct {
	Weight     float64     `json:"weight"`
	Mean       []float64   `json:"mean"`       // [D]
	Covariance [][]float64 `json:"covariance"` // [D, D]
}

// The kinds of a known density.
const (
	mixtureKind  = "mixture" // of normals; a normal is one of a single component
	boxKind      = "box"
	functionKind = "function"
	pointsKind   = "points" // no density at all
)

// KnownOf returns a source's density. It returns an error if the source has none that graphs can
// compute.
func KnownOf(s data.Source) (*Known, error) {
	switch s := s.(type) {
	case data.Gaussian:
		normal, err := data.NewNormal(make([]float64, max(s.Dim(), 0)), nil)
		if err != nil {
			return nil, err
		}
		return KnownOf(normal)
	case *data.Normal:
		mixture, err := data.NewMixture(nil, s)
		if err != nil {
			return nil, err
		}
		return KnownOf(mixture)
	case *data.Mixture:
		if s.Dim() == 0 {
			return nil, errors.New("a mixture must be made by data.NewMixture, got none")
		}
		k := &Known{Kind: mixtureKind}
		for i, c := range s.Components() {
			of := Component{Weight: s.Weights()[i], Mean: c.Mean()}
			for j := range c.Dim() {
				of.Covariance = append(of.Covariance, mat.Row(nil, j, c.Covariance()))
			}
			k.Components = append(k.Components, of)
		}
		return k, nil
	case *data.Box:
		if s.Dim() == 0 {
			return nil, errors.New("a box must be made by data.NewBox, got none")
		}
		return &Known{Kind: boxKind, Low: s.Low(), High: s.High()}, nil
	case plan.GivenDensity:
		_, _, err := plan.DensityNamed(s.Name())
		return &Known{Kind: functionKind, Function: s.Name()}, err
	}
	return nil, fmt.Errorf("a density that is given must be a *data.Normal, data.Gaussian, *data.Mixture or *data.Box, a DensityFunc or a trained *Density, got a %T: learn it with Base, or give its log-density by DensityFunc", s)
}

// source returns what draws the density's points.
func (k *Known) source() (data.Source, error) {
	switch k.Kind {
	case mixtureKind:
		weights, components := make([]float64, len(k.Components)), make([]*data.Normal, len(k.Components))
		for i, c := range k.Components {
			d := len(c.Mean)
			if len(c.Covariance) != d || slices.ContainsFunc(c.Covariance, func(row []float64) bool { return len(row) != d }) {
				return nil, fmt.Errorf("%w: the covariance of its component %d isn't of dimension %d", fit.ErrCorrupt, i, d)
			}
			if d == 0 {
				return nil, fmt.Errorf("%w: its component %d has no features", fit.ErrCorrupt, i)
			}
			normal, err := data.NewNormal(c.Mean, mat.NewSymDense(d, slices.Concat(c.Covariance...)))
			if err != nil {
				return nil, fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
			}
			weights[i], components[i] = c.Weight, normal
		}
		if len(components) == 1 { // the same points as before, whatever the source was
			return components[0], nil
		}
		mixture, err := data.NewMixture(weights, components...)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
		}
		return mixture, nil
	case boxKind:
		box, err := data.NewBox(k.Low, k.High)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
		}
		return box, nil
	case functionKind:
		s, _, err := plan.DensityNamed(k.Function)
		return s, err
	case pointsKind:
		return nil, ErrNoDensity
	}
	return nil, fmt.Errorf("%w: its density is a %q", fit.ErrCorrupt, k.Kind)
}

// scaler returns the means and standard deviations of the features; for a function, those of some
// of its points.
func (k *Known) scaler() (scaler data.Scaler, err error) {
	s, err := k.source()
	if err != nil {
		return scaler, err
	}
	if of, ok := s.(interface {
		Mean() []float64
		Covariance() *mat.SymDense
	}); ok {
		return scalerOf(of.Mean(), func(j int) float64 { return of.Covariance().At(j, j) }), nil
	}
	if k.Kind == boxKind {
		middle := make([]float64, len(k.Low))
		for j := range middle {
			middle[j] = k.Low[j] + (k.High[j]-k.Low[j])/2
		}
		return scalerOf(middle, func(j int) float64 { w := k.High[j] - k.Low[j]; return w * w / 12 }), nil
	}
	const draws = 1 << 14
	x, err := s.Sample(draws, 0)
	if err != nil {
		return scaler, err
	}
	return data.FitScaler(x)
}

// validate returns an error unless the density, which may come from a file, has points of dimension
// dim.
func (k *Known) validate(dim int) error {
	if err := k.Precision.Validate(); err != nil {
		return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
	}
	if k.Kind == pointsKind {
		if k.Function != "" || len(k.Components)+len(k.Low)+len(k.High) > 0 {
			return fmt.Errorf("%w: it has points alone, and a density", fit.ErrCorrupt)
		}
		return nil
	}
	s, err := k.source()
	if err != nil {
		return err
	}
	if s.Dim() != dim {
		return fmt.Errorf("%w: its density is of dimension %d, and its points of %d", fit.ErrCorrupt, s.Dim(), dim)
	}
	return nil
}

// userDefined reports whether the density is a user function.
func (k *Known) userDefined() bool { return k != nil && k.Kind == functionKind }

// bare returns the density without its numbers, which no graph depends on. It is nil for nil.
func (k *Known) bare() *Known {
	if k == nil {
		return nil
	}
	return &Known{Kind: k.Kind, Function: k.Function, Components: make([]Component, len(k.Components))}
}

// scalerOf returns the scaler of these means and variances.
func scalerOf(mean []float64, variance func(j int) float64) data.Scaler {
	scaler := data.Scaler{Mean: mean, Std: make([]float64, len(mean))}
	for j := range mean {
		scaler.Std[j] = math.Sqrt(variance(j))
	}
	return scaler
}
