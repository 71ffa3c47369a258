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
	// Pipeline and ConditionPipeline map points and conditions on the host, before all else; nil
	// for none.
	Pipeline          *data.Pipeline `json:"pipeline,omitempty"`
	ConditionPipeline *data.Pipeline `json:"conditionPipeline,omitempty"`
	Scaler            *data.Scaler   `json:"scaler,omitempty"`
	// Base is the base distribution of each column [D]; nil if all are normal. A column whose base
	// is the circle is an angle, in radians.
	Base []plan.BaseDistribution `json:"base,omitempty"`
	// Noise are the numbers of the columns of whole numbers whose noise is learned, in order; see
	// noise. It is empty for noise that is uniform.
	Noise []int `json:"noise,omitempty"`
	// NoiseMaps are what MapsKey makes of the noise's columns, in place of the Pipeline in a GraphsKey.
	NoiseMaps string `json:"noiseMaps,omitempty"`
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
	// Known is the density if it is given by a formula or a function. It then has no Architecture.
	Known *Known `json:"known,omitempty"`
	// Image is the transport that makes the density's points. The Architecture is then that of the
	// density on the transport's right, which the image has the scale, the columns and the maps of.
	Image *Image `json:"image,omitempty"`
}

// Image is a transport without conditions, as far as the density of its image depends on it.
type Image struct {
	Left         Density           `json:"left"`
	Architecture plan.Architecture `json:"architecture"`
	Links        []Link            `json:"links,omitempty"`
	Recipe       plan.Recipe       `json:"recipe"`
	Units        *Units            `json:"units,omitempty"` // of the transport
	// LearnsNoise says that the weights of the noise that the right has learned are among the image's.
	// Earlier versions left them out.
	LearnsNoise bool `json:"learnsNoise,omitempty"`
}

// bijection returns the transport's own flow.
func (i Image) bijection() bijection.Bijection {
	if len(i.Links) > 0 {
		return linked(i.Links, i.Architecture, i.Left.Dim, 0)
	}
	return bijectionOf(i.Architecture, i.Left.Dim, 0, i.Recipe, true, i.Left.Angles())
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

// Normal returns the flow of the spec as graphs, over the weights under a scope.
func (s Density) Normal(scope string) Normal {
	scaler := scalingOf(s.Scaler, scope, ofPoints)
	switch {
	case s.Known != nil:
		return Normal{ // points alone may have angles and conditions
			dim: s.Dim, condition: s.Condition, given: s.Known.given(scope), angles: s.Angles(), conditionAngles: s.ConditionAngles,
			Scaler: scaler, conditions: scalingOf(s.Conditions, scope, ofConditions),
		}
	case s.Image != nil:
		left := s.Image.Left.Normal(scope + "/" + LeftScope)
		of := image{left, s.Image.bijection(), left.Scaler, scaler}
		if u := s.Image.Units.scalings(scope+"/"+LeftScope, scope); u != nil {
			of.from, of.to = u.left, u.right
		}
		return Normal{dim: s.Dim, given: of, angles: s.Angles(), noise: s.learnedNoise(), Scaler: scaler}
	}
	return Normal{
		dim: s.Dim, condition: s.Condition, Bijection: s.Bijection(), base: s.base(), angles: s.Angles(), conditionAngles: s.ConditionAngles,
		noise:  s.learnedNoise(),
		Scaler: scaler, conditions: scalingOf(s.Conditions, scope, ofConditions),
	}
}

// learnedNoise returns the noise that the density has learned, nil for none.
func (s Density) learnedNoise() *noise {
	if s.Image != nil && !s.Image.LearnsNoise {
		return nil
	}
	return noiseOf(s.Noise, s.Pipeline, s.Architecture, s.Dim+len(s.Angles()), s.seenWidth())
}

// BaseOf returns the base distribution of column j.
func (s Density) BaseOf(j int) plan.BaseDistribution {
	if s.Base == nil || s.Base[j] == "" {
		return plan.Normal
	}
	return s.Base[j]
}

// Angles returns the numbers of the columns that are angles: those whose base distribution is the
// circle. It is nil if none is.
func (s Density) Angles() []int { return anglesOf(s.Base) }

// base returns the base distribution, in the order in which features leave the flow.
func (s Density) base() base {
	if s.Base == nil {
		return base{}
	}
	b := base{of: make([]plan.BaseDistribution, s.Dim), bound: s.Architecture.TailBound}
	for k, from := range s.order() {
		b.of[k] = s.BaseOf(from)
	}
	return b
}

// order returns the column of each feature that leaves the flow.
func (s Density) order() bijection.Permutation {
	_, order := chainOf(s.Architecture, s.Dim, 0, s.Recipe, false, nil)
	return order
}

// Periods returns the ends of the period of each column that is an angle, in the data's units; see
// data.Pipeline.Periods.
func (s Density) Periods() [][2]float64 {
	if s.Pipeline == nil {
		return nil
	}
	return s.Pipeline.Periods()
}

// seenWidth returns the number of features of a condition as the flow sees it.
func (s Density) seenWidth() int { return s.Condition + len(s.ConditionAngles) }

// GraphsKey returns a key of everything that the density's graphs depend on. It is "" if user
// functions are among them, because a name does not identify a function.
func (s Density) GraphsKey() string {
	if s.HasFunctions() {
		return ""
	}
	return Key(s.bare())
}

// HasFunctions reports whether user functions are in the density's graphs.
func (s Density) HasFunctions() bool {
	if s.Image != nil && (s.Image.Architecture.UserDefined() || s.Image.Left.HasFunctions()) {
		return true
	}
	return s.Architecture.UserDefined() || s.Known.userDefined()
}

// bare returns the spec without the parts that no graph depends on.
func (s Density) bare() Density {
	s.Name, s.Source, s.Columns, s.Recipe = "", "", nil, plan.Recipe{Seed: SeedOfForm(s.Architecture, s.Recipe)}
	s.ConditionRange, s.ConditionColumns, s.Classes = nil, nil, nil
	s.NoiseMaps = MapsKey(s.Noise, s.Pipeline)
	s.Pipeline, s.ConditionPipeline, s.Known = nil, nil, s.Known.bare()
	if s.Image != nil {
		s.Image = &Image{s.Image.Left.bare(), s.Image.Architecture, s.Image.Links, plan.Recipe{Seed: SeedOfForm(s.Image.Architecture, s.Image.Recipe)}, s.Image.Units.bare(), s.Image.LearnsNoise}
	}
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
