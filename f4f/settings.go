package f4f

import (
	"fmt"
	"strings"
)

// settings are what every plan has: its shape, recipe and precision, which are part of its fingerprint, and where it runs and is kept, which aren't.
type settings struct {
	architecture Architecture
	recipe       Recipe
	precision    Precision
	epochsSet    bool   // the epochs were given, rather than the paper's
	backend      string // "" for the best there is
	window       int    // points of a data set on the device at a time; 0 for all, or what the device has room for
	devices      int    // that share a batch; 0 for one
	store        string // folder; "" for the environment's or the user's cache
}

// paperSettings is every plan's start.
var paperSettings = settings{architecture: paperArchitecture, recipe: Paper(), precision: Float32}

// choice is the backend that was chosen.
func (s settings) choice() string { return s.backend }

// validate errs on what can't work for points of dimension dim with conditions of width condition.
func (s settings) validate(dim, condition int) error {
	if err := s.recipe.validate(); err != nil {
		return err
	}
	if err := s.precision.validate(); err != nil {
		return err
	}
	return s.architecture.validate(dim, condition)
}

// String is the calls that make the settings from the paper's: ".Epochs(3).Seed(2)".
func (s settings) String() string {
	var b strings.Builder
	say := func(changed bool, format string, args ...any) {
		if changed {
			fmt.Fprintf(&b, "."+format, args...)
		}
	}
	a, r, pa, pr := s.architecture, s.recipe, paperArchitecture, Paper()
	if fast := Fast(); s.epochsSet && r.WarmUp == fast.WarmUp && r.Beta2 == fast.Beta2 && (r.LearningRate == fast.LearningRate || r.Points == fast.Points) {
		pr = fast
		say(true, "Recipe(f4f.Fast())")
	}
	say(a.Layer != pa.Layer, "Layer(%q)", a.Layer)
	say(a.Layers != pa.Layers, "Layers(%d)", a.Layers)
	say(a.Mixing != pa.Mixing, "Mixing(%q)", a.Mixing)
	say(a.Bins != pa.Bins, "Bins(%d)", a.Bins)
	say(a.TailBound != pa.TailBound, "TailBound(%g)", a.TailBound)
	say(a.Hidden != pa.Hidden, "Hidden(%d)", a.Hidden)
	say(a.Blocks != pa.Blocks, "Blocks(%d)", a.Blocks)
	say(a.Embedding != 0, "Embedding(%d)", a.Embedding)
	say(s.epochsSet && (r.Epochs != pr.Epochs || pr.Epochs == 0), "Epochs(%d)", r.Epochs)
	say(r.Batch != pr.Batch, "Batch(%d)", r.Batch)
	say(r.LearningRate != pr.LearningRate, "LearningRate(%g)", r.LearningRate)
	say(r.WarmUp != pr.WarmUp, "WarmUp(%g)", r.WarmUp)
	say(r.Beta2 != pr.Beta2, "Beta2(%g)", r.Beta2)
	say(r.Clip != pr.Clip, "Clip(%g)", r.Clip)
	say(r.Points != pr.Points, "Points(%d)", r.Points)
	say(r.Validation != pr.Validation, "Validation(%g)", r.Validation)
	say(r.EarlyStop != 0, "EarlyStop(%d)", r.EarlyStop)
	say(r.KeepBest, "KeepBest()")
	say(r.IdentityStart, "IdentityStart()")
	say(r.NearIdentity != pr.NearIdentity && (!r.IdentityStart || r.NearIdentity > 0), "NearIdentity(%g)", r.NearIdentity)
	say(r.Seed != 0, "Seed(%d)", r.Seed)
	say(s.precision != Float32, "Precision(%q)", s.precision)
	say(s.backend != "", "Backend(%q)", s.backend)
	say(s.window != 0, "Window(%d)", s.window)
	say(s.devices != 0, "Devices(%d)", s.devices)
	say(s.store != "", "Store(%q)", s.store)
	return b.String()
}
