package f4f

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
)

// transportSpec is everything about a transport except its weights. Its file holds it as JSON.
type transportSpec struct {
	Kind         string       `json:"kind"` // transportKind
	Name         string       `json:"name"`
	Left         densitySpec  `json:"left"`
	Right        densitySpec  `json:"right"`
	Transfer     bool         `json:"transfer,omitempty"` // a base transfer: no flow of its own
	Architecture Architecture `json:"architecture"`
	Links        []link       `json:"links,omitempty"` // see link; empty if the Architecture determines the chain
	Recipe       Recipe       `json:"recipe"`
	Training     training     `json:"training"`
	Relation     string       `json:"relation,omitempty"` // of the conditions, as Go code; empty for none
	Among        bool         `json:"among,omitempty"`    // both sides are one conditional distribution
}

const transportKind = "transport"

// validate returns an error if no plan could have made the spec.
func (s transportSpec) validate() error {
	if s.Kind != transportKind {
		return wrongKind(s.Kind)
	}
	for _, base := range []densitySpec{s.Left, s.Right} {
		if err := base.validate(); err != nil {
			return err
		}
	}
	if s.Left.Dim != s.Right.Dim {
		return fmt.Errorf("%w: its bases have %d and %d features", fit.ErrCorrupt, s.Left.Dim, s.Right.Dim)
	}
	if s.Transfer {
		return nil
	}
	if (s.Relation == "") != (s.Left.Condition == 0) || (s.Left.Condition == 0) != (s.Right.Condition == 0) {
		return fmt.Errorf("%w: its bases have conditions of %d and %d features, and its relation is %q", fit.ErrCorrupt, s.Left.Condition, s.Right.Condition, s.Relation)
	}
	if s.Among && (s.Relation == "" || s.Left.Condition != s.Right.Condition) {
		return fmt.Errorf("%w: it is among the conditions of one distribution, and its bases have conditions of %d and %d features", fit.ErrCorrupt, s.Left.Condition, s.Right.Condition)
	}
	if err := s.Architecture.validate(s.Left.Dim, s.Left.Condition); err != nil {
		return err
	}
	return validateLinks(s.Links, s.Architecture, s.Left.Dim)
}

// between returns the transport of the spec as graphs, with the relation that the spec names.
func (s transportSpec) between(relation *Relation) between {
	b := between{left: s.Left.normal(leftScope), right: s.Right.normal(rightScope), relation: relation, among: s.Among}
	if !s.Transfer {
		b.flow = s.bijection(s.seen(relation))
	}
	return b
}

// graphs returns a key of everything that the transport's graphs depend on. It is "" if user
// functions are among them, because a name does not identify a function.
func (s transportSpec) graphs(relation *Relation) string {
	if relation.UserDefined() || s.Architecture.userDefined() || s.Left.Architecture.userDefined() || s.Right.Architecture.userDefined() {
		return ""
	}
	s.Name, s.Left, s.Right, s.Training, s.Recipe = "", s.Left.bare(), s.Right.bare(), training{}, Recipe{Seed: seedOfForm(s.Architecture, s.Recipe)}
	return shapeOf(s)
}

// seen returns the number of features that the flow sees of the conditions.
func (s transportSpec) seen(relation *Relation) int {
	if relation == nil {
		return 0
	}
	return relation.Width(s.Left.Condition, s.Right.Condition)
}

// bijection returns the bijection of the transport's own flow, which sees this many features of the
// conditions.
func (s transportSpec) bijection(seen int) bijection.Bijection {
	if len(s.Links) > 0 {
		return linked(s.Links, s.Architecture, s.Left.Dim, seen)
	}
	return bijectionOf(s.Architecture, s.Left.Dim, seen, s.Recipe, true)
}

// relation returns the relation that the spec names: the library's own, or the given one if the
// spec names it. Without conditions it is nil.
func (s transportSpec) relation(given *Relation) (*Relation, error) {
	known, ok := RelationNamed(s.Relation)
	switch {
	case s.Relation == "" && given == nil:
		return nil, nil
	case given != nil && given.String() != s.Relation:
		return nil, fmt.Errorf("it was trained on %s, not on %s", s.Relation, given)
	case given != nil:
		return given, nil
	case !ok:
		return nil, fmt.Errorf("it was trained on %s, a function that no file holds: load it with LoadTransportOn", s.Relation)
	}
	return &known, nil
}
