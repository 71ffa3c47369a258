package specs

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// A file may claim anything of a density that is given.
func TestAGivenDensityOfAFileIsChecked(t *testing.T) {
	pair, err := data.MixturePair(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	good := func() Density {
		k, err := KnownOf(pair.Left())
		if err != nil {
			t.Fatal(err)
		}
		k.Precision = plan.Float32
		return Density{Kind: DensityKind, Name: "good", Dim: 2, Known: k}
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	// The spec survives its file to the bit.
	text, err := json.Marshal(good())
	if err != nil {
		t.Fatal(err)
	}
	var again Density
	if err := json.Unmarshal(text, &again); err != nil || Key(again) != Key(good()) {
		t.Errorf("the spec from JSON is %s, want %s", Key(again), Key(good()))
	}
	for name, test := range map[string]struct {
		change func(s *Density)
		word   string
	}{
		"no kind":                  {func(s *Density) { s.Known.Kind = "" }, `""`},
		"no precision":             {func(s *Density) { s.Known.Precision = "" }, "precision"},
		"another dimension":        {func(s *Density) { s.Dim = 3 }, "dimension 2"},
		"no components":            {func(s *Density) { s.Known.Components = nil }, "component"},
		"a component of no size":   {func(s *Density) { s.Known.Components[1] = Component{Weight: 1} }, "component 1"},
		"a ragged covariance":      {func(s *Density) { s.Known.Components[0].Covariance[1] = []float64{1} }, "component 0"},
		"a negative variance":      {func(s *Density) { s.Known.Components[0].Covariance[0][0] = -1 }, "eigenvalue"},
		"a weight of 0":            {func(s *Density) { s.Known.Components[2].Weight = 0 }, "above 0"},
		"a box of no size":         {func(s *Density) { s.Known.Kind = boxKind }, "corners"},
		"an unregistered function": {func(s *Density) { s.Known.Kind, s.Known.Function = functionKind, "of nobody" }, "of nobody"},
		"two kinds":                {func(s *Density) { s.Image = &Image{} }, "two kinds"},
		"an image of nothing":      {func(s *Density) { s.Known, s.Image = nil, &Image{} }, ""},
		"an image of another size": {func(s *Density) { s.Dim, s.Known, s.Image = 3, nil, &Image{Left: *s} }, "2 features"},
		"an image by no flow":      {func(s *Density) { s.Image, s.Known = &Image{Left: *s}, nil }, "ayer"},
		"conditions":               {func(s *Density) { s.Condition, s.Conditions = 1, &data.Scaler{Mean: []float64{0}, Std: []float64{1}} }, "conditions"},
		"links":                    {func(s *Density) { s.Links = []Link{{Kind: PermutationLink}} }, "links"},
	} {
		s := good()
		test.change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), test.word) {
			t.Errorf("%s: %q isn't in the error: %v", name, test.word, err)
		} else if name != "an unregistered function" && !strings.HasPrefix(name, "an image") && !errors.Is(err, fit.ErrCorrupt) {
			t.Errorf("%s: the file isn't called damaged: %v", name, err)
		}
	}
	// Weights that a density without any can't have are told.
	if err := good().CheckSizes(fit.Snapshot{"/flow/extra": tensors.FromValue([]float32{1})}, FlowScope); !errors.Is(err, fit.ErrCorrupt) {
		t.Errorf("weights of a density that has none give %v", err)
	}
}
