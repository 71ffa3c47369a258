package specs

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Transport is everything about a transport except its weights. Its file holds it as JSON.
type Transport struct {
	Kind         string            `json:"kind"` // TransportKind
	Name         string            `json:"name"`
	Left         Density           `json:"left"`
	Right        Density           `json:"right"`
	Transfer     bool              `json:"transfer,omitempty"` // a base transfer: no flow of its own
	Architecture plan.Architecture `json:"architecture"`
	Links        []Link            `json:"links,omitempty"` // see Link; empty if the Architecture determines the chain
	Recipe       plan.Recipe       `json:"recipe"`
	Training     Training          `json:"training"`
	Relation     string            `json:"relation,omitempty"` // of the conditions, as Go code; empty for none
	Among        bool              `json:"among,omitempty"`    // both sides are one conditional distribution
	Units        *Units            `json:"units,omitempty"`
}

// Validate returns an error if no plan could have made the spec.
func (s Transport) Validate() error {
	if s.Kind != TransportKind {
		return wrongKind(s.Kind)
	}
	for _, base := range []Density{s.Left, s.Right} {
		if err := base.Validate(); err != nil {
			return err
		}
	}
	if s.Left.Dim != s.Right.Dim {
		return fmt.Errorf("%w: its bases have %d and %d features", fit.ErrCorrupt, s.Left.Dim, s.Right.Dim)
	}
	if s.Transfer {
		if s.Left.IsGiven() || s.Right.IsGiven() {
			return fmt.Errorf("%w: it goes through a base distribution, and a side has no map there", fit.ErrCorrupt)
		}
		if !SameBase(s.Left, s.Right) {
			return fmt.Errorf("%w: its bases have the base distributions %s and %s", fit.ErrCorrupt, s.Left.BaseText(), s.Right.BaseText())
		}
		return nil
	}
	if s.Left.OnlyPoints() && s.Right.OnlyPoints() {
		return fmt.Errorf("%w: neither of its sides has a density", fit.ErrCorrupt)
	}
	if err := CheckSides(s.Left, s.Right, s.Architecture, data.Points{}); err != nil {
		return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
	}
	if (s.Relation == "") != (s.Left.Condition == 0) || (s.Left.Condition == 0) != (s.Right.Condition == 0) {
		return fmt.Errorf("%w: its bases have conditions of %d and %d features, and its relation is %q", fit.ErrCorrupt, s.Left.Condition, s.Right.Condition, s.Relation)
	}
	if s.Among && (s.Relation == "" || s.Left.Condition != s.Right.Condition) {
		return fmt.Errorf("%w: it is among the conditions of one distribution, and its bases have conditions of %d and %d features", fit.ErrCorrupt, s.Left.Condition, s.Right.Condition)
	}
	if err := s.Architecture.Validate(s.Left.Dim, s.Left.Condition); err != nil {
		return err
	}
	if s.Units != nil && !s.TakesUnits() {
		return fmt.Errorf("%w: it has units of its own, and is no convex potential or has sides that are standardised", fit.ErrCorrupt)
	}
	if err := s.Units.validate(s.Left.Dim); err != nil {
		return err
	}
	return validateLinks(s.Links, s.Architecture, s.Left.Dim)
}

// Between returns the transport of the spec as graphs, with the relation that the spec names.
func (s Transport) Between(relation *plan.Relation) Between {
	b := Between{Left: s.Left.Normal(LeftScope), Right: s.Right.Normal(RightScope), Relation: relation, among: s.Among}
	b.units = s.Units.scalings(LeftScope, RightScope)
	if !s.Transfer {
		b.Flow = s.Bijection(s.SeenWidth(relation))
	}
	return b
}

// GraphsKey returns a key of everything that the transport's graphs depend on. It is "" if user
// functions are among them, because a name does not identify a function.
func (s Transport) GraphsKey(relation *plan.Relation) string {
	if relation.UserDefined() || s.Architecture.UserDefined() || s.Left.HasFunctions() || s.Right.HasFunctions() {
		return ""
	}
	s.Name, s.Left, s.Right, s.Training, s.Recipe = "", s.Left.bare(), s.Right.bare(), Training{}, plan.Recipe{Seed: SeedOfForm(s.Architecture, s.Recipe)}
	s.Units = s.Units.bare()
	return Key(s)
}

// Image returns the density of the right of a transport without conditions, under its left density
// transported. Its points have the columns, the maps and the scale of the right.
func (s Transport) Image() Density {
	d := s.Right
	d.Name, d.Source, d.Recipe, d.Links, d.Known = "("+s.Name+")", "", plan.Recipe{}, nil, nil
	d.Image = &Image{s.Left, s.Architecture, s.Links, s.Recipe, s.Units, s.Right.learnedNoise() != nil}
	return d
}

// SeenWidth returns the number of features that the flow sees of the conditions.
func (s Transport) SeenWidth(relation *plan.Relation) int {
	if relation == nil {
		return 0
	}
	return relation.Width(s.Left.seenWidth(), s.Right.seenWidth())
}

// Bijection returns the bijection of the transport's own flow, which sees this many features of the
// conditions.
func (s Transport) Bijection(seen int) bijection.Bijection {
	if len(s.Links) > 0 {
		return linked(s.Links, s.Architecture, s.Left.Dim, seen)
	}
	return bijectionOf(s.Architecture, s.Left.Dim, seen, s.Recipe, true, s.Left.Angles())
}

// ResolveRelation returns the relation that the spec names: the library's own, or the given one if
// the spec names it. Without conditions it is nil.
func (s Transport) ResolveRelation(given *plan.Relation) (*plan.Relation, error) {
	known, ok := plan.RelationNamed(s.Relation)
	switch {
	case s.Relation == "" && given == nil:
		return nil, nil
	case given != nil && given.String() != s.Relation:
		return nil, fmt.Errorf("it was trained on %s, not on %s", s.Relation, given)
	case given != nil:
		return given, nil
	case !ok:
		return nil, fmt.Errorf("it was trained on %s, a function that no file holds: load it with LoadTransportOn, or give it to LoadEnsemble", s.Relation)
	}
	return &known, nil
}

// Nearest returns points y [N, D] of the right with their angles moved by whole turns to where they
// are nearest to those of points x [N, D] of the left, so that y − x is the way on the circle. It
// returns an error if an angle has another period on the left than on the right.
func (s Transport) Nearest(x, y data.Points) (data.Points, error) {
	from, to := s.Left.OnCircle(x, x), s.Right.OnCircle(y, y)
	periods, err := data.CommonPeriods(from, to)
	if err != nil {
		return y, err
	}
	if periods == nil {
		periods = s.Left.Periods() // of another dimension than the points: an error
	}
	return data.Nearest(x, y, periods)
}
