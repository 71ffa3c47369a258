package specs

import (
	"errors"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

func TestUnitsAreOfAPotentialAndOfOneScale(t *testing.T) {
	side := func(s data.Source) Density {
		known, err := KnownDensity(s, plan.Float32, false)
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	transport := func(layer plan.LayerKind, left, right data.Scaler) Transport {
		return Transport{
			Kind: TransportKind, Left: side(data.Gaussian(2)), Right: side(data.Gaussian(2)),
			Architecture: plan.PaperArchitecture().WithLayer(layer), Units: &Units{left, right},
		}
	}
	scaler := func(mean, std []float64) data.Scaler { return data.Scaler{Mean: mean, Std: std} }
	sound := scaler([]float64{1, 2}, []float64{3, 3})
	for name, c := range map[string]struct {
		of Transport
		ok bool
	}{
		"sound":                   {transport(plan.ConvexPotential, sound, scaler([]float64{-1, 0}, []float64{3, 3})), true},
		"of a spline":             {transport(plan.Autoregressive, sound, sound), false},
		"two scales":              {transport(plan.ConvexPotential, sound, scaler([]float64{1, 2}, []float64{3, 4})), false},
		"a scale for each side":   {transport(plan.ConvexPotential, sound, scaler([]float64{1, 2}, []float64{4, 4})), false},
		"a scale of 0":            {transport(plan.ConvexPotential, scaler([]float64{1, 2}, []float64{0, 0}), scaler([]float64{1, 2}, []float64{0, 0})), false},
		"of three features":       {transport(plan.ConvexPotential, scaler([]float64{1, 2, 3}, []float64{3, 3, 3}), sound), false},
		"between standardised":    {func() Transport { s := transport(plan.ConvexPotential, sound, sound); s.Left.Scaler = &sound; return s }(), false},
		"without numbers, a file": {transport(plan.ConvexPotential, data.Scaler{}, data.Scaler{}), false},
	} {
		if err := c.of.Validate(); (err == nil) != c.ok || err != nil && !errors.Is(err, fit.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
