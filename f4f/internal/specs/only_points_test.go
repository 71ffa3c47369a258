package specs

import (
	"errors"
	"testing"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// A file of points alone may claim anything else.
func TestSpecsOfPointsAloneHaveNothingElse(t *testing.T) {
	good := func() Density {
		return Density{Kind: DensityKind, Name: "good", Dim: 2, Architecture: plan.PaperArchitecture()}.WithOnlyPoints(plan.Float32)
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(s *Density){
		"a function":       func(s *Density) { s.Known.Function = "bell" },
		"a box":            func(s *Density) { s.Known.Low = []float64{0, 0} },
		"a flow":           func(s *Density) { s.Architecture.Layers = 1_000_000_000 },
		"learned noise":    func(s *Density) { s.Noise = []int{0} },
		"no precision":     func(s *Density) { s.Known.Precision = "" },
		"an image of them": func(s *Density) { s.Known, s.Image = nil, &Image{Left: good(), Architecture: plan.PaperArchitecture()} },
		"unknown base":     func(s *Density) { s.Base = []plan.BaseDistribution{"cone", "cone"} },
	} {
		s := good()
		change(&s)
		if err := s.Validate(); err == nil {
			t.Errorf("%s is valid", name)
		}
	}
	for name, s := range map[string]Transport{
		"through a base distribution": {Kind: TransportKind, Left: good(), Right: good(), Transfer: true},
		"without any density":         {Kind: TransportKind, Left: good(), Right: good(), Architecture: plan.PaperArchitecture()},
	} {
		if err := s.Validate(); !errors.Is(err, fit.ErrCorrupt) {
			t.Errorf("a transport %s: got %v", name, err)
		}
	}
}
