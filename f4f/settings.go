package f4f

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/train"
	"github.com/flowsforflows/flows/f4f/plan"
)

// settings are the settings that all plans have. Architecture, recipe and precision are part of a
// plan's fingerprint; where it runs and is kept is not.
type settings struct {
	architecture Architecture
	recipe       Recipe
	precision    Precision
	epochsSet    bool // the epochs are set; otherwise they follow from the recipe's steps
	place        train.Place
}

// defaultSettings are the settings that every plan starts from.
var defaultSettings = settings{architecture: plan.PaperArchitecture(), recipe: Default(), precision: Float32}

// withTransformer returns the settings with another transformer. They have "" for the default, so
// that plans made before there was a choice keep their fingerprints.
func (s settings) withTransformer(kind Transformer) settings {
	if kind == Spline {
		kind = ""
	}
	s.architecture.Transformer = kind
	return s
}

// stored reports whether the store has a file of the plan's flow, valid or not.
func (s settings) stored(name, print string) bool { return s.place.HasFlow(name, print) }

// choice returns the backend that was set.
func (s settings) choice() string { return s.place.Backend }

// besideOthers returns the settings for one of k flows that are trained side by side. A flow that
// could have two processors of a CPU has one if there aren't two for each: two flows on a processor
// each take less time than one after the other on two.
func (s settings) besideOthers(k int) settings {
	if s.place.Devices == 0 && k > runtime.GOMAXPROCS(0)/2 {
		s.place.Devices = 1
	}
	return s
}

// resolvedFor returns the settings with the recipe for these sources; see plan.Recipe.Resolved.
func (s settings) resolvedFor(paperEpochs int, penalised bool, sources ...data.Source) (settings, error) {
	recipe, err := s.recipe.Resolved(s.epochsSet, paperEpochs, penalised, sources...)
	if err != nil {
		return s, err
	}
	if own := s.architecture.Layer.LearningRate(); own != 0 && s.recipe.LearningRate == 0 {
		recipe.LearningRate = own
	}
	s.recipe, s.epochsSet = recipe, true
	return s, nil
}

// validate returns an error if a setting is not allowed for points of dimension dim and conditions
// of width condition.
func (s settings) validate(dim, condition int) error {
	if err := s.recipe.Validate(); err != nil {
		return err
	}
	if err := s.precision.Validate(); err != nil {
		return err
	}
	return s.architecture.Validate(dim, condition)
}

// tensors returns the data to train on and to validate on as the device takes them, from what the
// flow sees of each source. There are none to validate on unless every source has some.
func (s settings) tensors(seen ...dataset.Seen) (train, held []*tensors.Tensor, err error) {
	scored := math.MaxInt
	for _, rows := range seen {
		scored = min(scored, rows.Validation.Len())
	}
	for _, rows := range seen {
		points, err := rows.TrainRows()
		if err != nil {
			return nil, nil, err
		}
		train = append(train, numbers.Points(s.precision.DType(), points))
		if scored == 0 {
			continue
		}
		if points, err = rows.HeldOutRows(scored); err != nil {
			return nil, nil, err
		}
		held = append(held, numbers.Points(s.precision.DType(), points))
	}
	return train, held, nil
}

// stacks reports whether a plan with these settings can train with others as one program.
func (s settings) stacks() bool {
	return s.place.Window == 0 && s.place.Devices <= 1 && s.stackable()
}

// stackable reports whether the weights of the plan's flow can be stacked with those of other
// flows.
func (s settings) stackable() bool {
	return s.architecture.Stackable()
}

// recipes are the recipes that have a name, with the call that sets them.
var recipes = []struct {
	call   string
	recipe Recipe
}{{"", Default()}, {".Recipe(f4f.Fast())", Fast()}, {".Recipe(f4f.Paper())", Paper()}}

// String returns the calls that make the settings from those that a plan starts from:
// ".Epochs(3).Seed(2)". It starts from the named recipe that needs the fewest changes.
func (s settings) String() string {
	var call string
	var fewest calls
	least := 0
	found := false
	for _, named := range recipes {
		if named.recipe.Tables != s.recipe.Tables { // no call sets Tables
			continue
		}
		changes := s.recipeCalls(named.recipe)
		cost := len(changes)
		if named.call != "" {
			cost++
		}
		if !found || cost < least {
			call, fewest, least, found = named.call, changes, cost, true
		}
	}
	return call + strings.Join(slices.Concat(s.architectureCalls(), fewest, s.otherCalls()), "")
}

// calls collects the calls that make one setting from another.
type calls []string

// say adds a call if changed is set.
func (c *calls) say(changed bool, format string, args ...any) {
	if changed {
		*c = append(*c, fmt.Sprintf("."+format, args...))
	}
}

// architectureCalls returns the calls that make the architecture from the paper's.
func (s settings) architectureCalls() (c calls) {
	a, start := s.architecture, plan.PaperArchitecture()
	c.say(a.Layer != start.Layer, "LayerKind(%q)", a.Layer)
	start = start.WithLayer(a.Layer)
	c.say(a.Layers != start.Layers, "Layers(%d)", a.Layers)
	c.say(a.Mixing != start.Mixing, "Mixing(%q)", a.Mixing)
	c.say(a.Transformer != start.Transformer, "Transformer(%q)", a.Transformer)
	c.say(a.Bins != start.Bins, "Bins(%d)", a.Bins)
	c.say(a.TailBound != start.TailBound, "TailBound(%g)", a.TailBound)
	c.say(a.Hidden != start.Hidden, "Hidden(%d)", a.Hidden)
	c.say(a.Blocks != start.Blocks, "Blocks(%d)", a.Blocks)
	c.say(a.Embedding != 0, "Embedding(%d)", a.Embedding)
	return c
}

// recipeCalls returns the calls that make the recipe from another.
func (s settings) recipeCalls(start Recipe) (c calls) {
	r := s.recipe
	c.say(s.epochsSet && r.Epochs != start.Epochs, "Epochs(%d)", r.Epochs)
	c.say(!s.epochsSet && (r.Steps != start.Steps || start.Epochs != 0), "Steps(%d)", r.Steps)
	c.say(r.Batch != start.Batch, "Batch(%d)", r.Batch)
	c.say(r.LearningRate != start.LearningRate, "LearningRate(%g)", r.LearningRate)
	c.say(r.WarmUp != start.WarmUp, "WarmUp(%g)", r.WarmUp)
	c.say(r.Beta2 != start.Beta2, "Beta2(%g)", r.Beta2)
	c.say(r.ClipNorm != start.ClipNorm, "ClipNorm(%g)", r.ClipNorm)
	c.say(r.Samples != start.Samples, "Samples(%d)", r.Samples)
	c.say(r.Validation != start.Validation, "Validation(%g)", r.Validation)
	c.say(r.EarlyStop != start.EarlyStop, "EarlyStop(%d)", r.EarlyStop)
	c.say(r.KeepBest, "KeepBest()")
	c.say(r.IdentityStart, "IdentityStart()")
	c.say(r.NearIdentity != start.NearIdentity && (!r.IdentityStart || r.NearIdentity > 0), "NearIdentity(%g)", r.NearIdentity)
	c.say(r.Seed != start.Seed, "Seed(%d)", r.Seed)
	c.say(r.Bootstrap != 0, "Bootstrap(%d)", r.Bootstrap)
	return c
}

// otherCalls returns the calls for everything but architecture and recipe.
func (s settings) otherCalls() (c calls) {
	c.say(s.precision != Float32, "Precision(%q)", s.precision)
	c.say(s.place.Backend != "", "Backend(%q)", s.place.Backend)
	c.say(s.place.Window != 0, "Window(%d)", s.place.Window)
	c.say(s.place.Devices != 0, "Devices(%d)", s.place.Devices)
	c.say(s.place.Store != "", "Store(%q)", s.place.Store)
	return c
}
