package f4f

import (
	"errors"
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// BetweenPlan is a plan for a flow for flow: a transport from the left distribution to the right
// one. Between returns one. Each method returns a changed copy, and Fit trains the transport.
// String returns the Go code that makes the plan.
type BetweenPlan struct {
	settings
	left, right BasePlan
	goal        specs.Goal
	isResolved  bool      // resolved has returned the plan
	relation    *Relation // of the conditions; nil for none
}

// The paper's numbers of epochs for transports.
const transportEpochs, conditionalTransportEpochs = 20, 12

// Between returns a plan to map the distribution of the left base onto that of the right one, by
// the recipe Default. Fit first trains the bases that the store lacks. Their weights are frozen
// while the transport is trained. Settings of the transport do not change its bases: set them on
// each plan. A side may be given instead of learned (see Known), and one of the two may have points
// alone (see PointsOf).
//
// Where the bases standardise their points, the transport sees points standardised by the scaler of
// the left base and makes points standardised by that of the right one. Its TailBound is in these
// units. Where bases have maps of columns (BasePlan.Column), these come first: the transport acts
// between points mapped by the left's maps and points mapped by the right's. Penalties measure the
// distance between the mapped points, Transport.Displacement that in the data's units.
func Between(left, right BasePlan) BetweenPlan {
	direction := Alternate
	switch { // the only one where there is a density to map to
	case right.onlyPoints:
		direction = InverseOnly
	case left.onlyPoints:
		direction = ForwardOnly
	}
	return BetweenPlan{settings: defaultSettings, left: left, right: right, goal: specs.Goal{Direction: direction}}
}

// Direction sets the direction of training: Alternate (the default), ForwardOnly, InverseOnly,
// BothWays or ByEpochs(n). Onto points alone (see PointsOf) it is InverseOnly, and from them
// ForwardOnly, by default, and any other is an error. Among the conditions of one distribution (see
// On) every step trains both ways, and any other direction than Alternate is an error.
func (p BetweenPlan) Direction(d Direction) BetweenPlan { p.goal.Direction = d; return p }

// On sets what the transport sees of the conditions on its two sides: Difference, Both, Shared or a
// RelationFunc. Conditional bases need a relation, and a relation needs conditional bases. If both
// sides are the same plan, the transport moves points among the conditions of one distribution,
// unless the relation is Shared.
func (p BetweenPlan) On(r Relation) BetweenPlan { p.relation = &r; return p }

// Penalty adds a penalty to the loss, a price on the distance that points are moved. Several
// penalties add up.
func (p BetweenPlan) Penalty(price Penalty) BetweenPlan {
	p.goal.Penalties = append(p.goal.Penalties[:len(p.goal.Penalties):len(p.goal.Penalties)], price)
	return p
}

// PenaltyOnly trains with the penalties alone, without the likelihood. The result shows how little
// the flow would move points if it had nowhere to take them: the lower bound in the paper's table
// 1.
func (p BetweenPlan) PenaltyOnly() BetweenPlan { p.goal.PenaltyOnly = true; return p }

// String returns the Go code that makes the plan, with the names of its sources in place of the
// sources.
func (p BetweenPlan) String() string {
	s := fmt.Sprintf("f4f.Between(%s, %s)%s", p.left, p.right, p.settings)
	if p.relation != nil {
		s += fmt.Sprintf(".On(%s)", *p.relation)
	}
	if p.goal.Direction != Alternate {
		s += fmt.Sprintf(".Direction(%s)", p.goal.Direction)
	}
	for _, price := range p.goal.Penalties {
		s += fmt.Sprintf(".Penalty(%s)", price)
	}
	if p.goal.PenaltyOnly {
		s += ".PenaltyOnly()"
	}
	return s
}

// name returns the name of the transport in events and in the store.
func (p BetweenPlan) name() string { return p.left.source.Name() + " → " + p.right.source.Name() }

// bases returns the plans that must be trained before the transport.
func (p BetweenPlan) bases() []BasePlan { return []BasePlan{p.left, p.right} }

// processors returns how many processors a fit keeps busy on a CPU.
func (p BetweenPlan) processors() int {
	if p.left.source == nil || p.right.source == nil {
		return 1 // Fit returns an error for it
	}
	return p.place.Processors(p.recipe, p.left.source, p.right.source)
}

// Fingerprint returns a hash of what the plan trains: its bases, architecture, recipe, direction,
// penalties and relation. Plans that agree in these have the same fingerprint, wherever they run
// and keep their flows. The precision counts as part of the bases. It returns an error if the plan
// is not valid.
func (p BetweenPlan) Fingerprint() (string, error) {
	p, err := p.resolved()
	if err != nil {
		return "", err
	}
	left, err := p.left.Fingerprint()
	if err != nil {
		return "", err
	}
	right, err := p.right.Fingerprint()
	if err != nil {
		return "", err
	}
	spec, _, err := p.outline(p.left.outline(), p.right.outline())
	if err != nil {
		return "", err
	}
	return flowfile.Fingerprint(struct {
		Kind, Left, Right string
		Architecture      Architecture
		Recipe            Recipe
		Training          specs.Training
		Relation          string
		Units             bool `json:",omitempty"` // transports without were trained before there were any
	}{specs.TransportKind, left, right, p.architecture, p.recipe, p.goal.Training(), p.relationName(), spec.Units != nil})
}

// relationName returns the relation as Go code, or "" if there is none.
func (p BetweenPlan) relationName() string {
	if p.relation == nil {
		return ""
	}
	return p.relation.String()
}

// among reports whether both sides are one conditional distribution: the same plan, with a relation
// other than Shared.
func (p BetweenPlan) among() (bool, error) {
	if p.relation == nil || p.relation.KeepsCondition() {
		return false, nil
	}
	left, err := p.left.Fingerprint()
	if err != nil {
		return false, err
	}
	right, err := p.right.Fingerprint()
	return left == right, err
}

// shape returns the key shared by plans that can train as one program, or "" if p must train alone.
// A plan with user functions trains alone, because these might look at more than their own rows. So
// does one with a side that is given.
func (p BetweenPlan) shape() string {
	p, err := p.resolved()
	if err != nil || !p.stacks() || !p.left.stackable() || !p.right.stackable() || !p.left.isLearned() || !p.right.isLearned() || p.relation.UserDefined() {
		return ""
	}
	for _, price := range p.goal.Penalties {
		if price.UserDefined() {
			return ""
		}
	}
	among, err := p.among()
	if err != nil {
		return ""
	}
	recipe := p.recipe
	recipe.Seed, recipe.Bootstrap = 0, 0
	return specs.Key(struct {
		Kind, Backend string
		Left, Right   specs.Form
		Architecture  Architecture
		Seed          uint64
		Recipe        Recipe
		Training      specs.Training
		Relation      string
		Among         bool
		Precision     Precision
	}{
		specs.TransportKind, p.place.Backend, p.left.form(), p.right.form(), p.architecture, specs.SeedOfForm(p.architecture, p.recipe),
		recipe, p.goal.Training(), p.relationName(), among, p.precision,
	})
}

// resolved returns the plan with the defaults that depend on the sources filled in. It returns an
// error if the plan is not valid. A plan that resolved has returned it returns as it is.
func (p BetweenPlan) resolved() (BetweenPlan, error) {
	if p.isResolved {
		return p, nil
	}
	var err error
	if p.left, err = p.left.completed(); err != nil {
		return p, fmt.Errorf("%w (left)", err)
	}
	if p.right, err = p.right.completed(); err != nil {
		return p, fmt.Errorf("%w (right)", err)
	}
	wrong := func(err error) (BetweenPlan, error) {
		return p, fmt.Errorf("f4f: transport %s: %w", p.name(), err)
	}
	l, r := p.left.source, p.right.source
	if p.left.onlyPoints && p.right.onlyPoints {
		return wrong(errors.New("one side at least must have a density, got PointsOf for both: learn one with Base, or give it by Known"))
	}
	if l.Dim() != r.Dim() {
		return wrong(fmt.Errorf("left and right must have the same dimension, got %d and %d", l.Dim(), r.Dim()))
	}
	if p.left.precision != p.precision || p.right.precision != p.precision {
		return wrong(fmt.Errorf("a transport and its bases must have the same precision, got %q between bases of %q and %q: set Precision of each", p.precision, p.left.precision, p.right.precision))
	}
	cl, cr, width := dataset.ConditionDim(l), dataset.ConditionDim(r), 0
	switch {
	case p.relation != nil:
		if err := p.relation.Validate(cl, cr); err != nil {
			return wrong(err)
		}
		width = p.relation.Width(cl+len(p.left.conditionAngles), cr+len(p.right.conditionAngles))
	case cl > 0 || cr > 0:
		return wrong(fmt.Errorf("bases with conditions (of %d and %d features) need On: Difference, Both or Shared", cl, cr))
	}
	epochs := transportEpochs
	if p.relation != nil {
		epochs = conditionalTransportEpochs
	}
	if p.settings, err = p.settings.resolvedFor(epochs, len(p.goal.Penalties) > 0, l, r); err != nil {
		return wrong(err)
	}
	if err := p.settings.validate(l.Dim(), width); err != nil {
		return wrong(err)
	}
	for _, side := range []*BasePlan{&p.left, &p.right} {
		if side.onlyPoints { // they have no bound of their own
			side.architecture.TailBound = p.architecture.TailBound
		}
	}
	if err := p.checkBases(); err != nil {
		return wrong(err)
	}
	if p.left, err = p.left.resolved(); err != nil {
		return p, err
	}
	if p.right, err = p.right.resolved(); err != nil {
		return p, err
	}
	if p.relation.KeepsCondition() && !slices.Equal(dataset.Maps{Conditions: p.left.maps.Conditions}.Texts(), dataset.Maps{Conditions: p.right.maps.Conditions}.Texts()) {
		return wrong(fmt.Errorf("under Shared the conditions of both sides pass the same maps: set ConditionColumn alike on both bases"))
	}
	among, err := p.among()
	switch {
	case err != nil:
		return p, err
	case among && p.goal.Direction != Alternate:
		return wrong(fmt.Errorf("direction must be Alternate (the default) among the conditions of one distribution, where every step trains both ways: leave Direction alone, got %s", p.goal.Direction))
	case among && p.recipe.Batch%2 != 0:
		return wrong(fmt.Errorf("among the conditions of one distribution a batch is paired up and must be even, got %d", p.recipe.Batch))
	}
	if err := p.goal.Direction.Validate(); err != nil {
		return wrong(err)
	}
	switch d := p.goal.Direction; {
	case p.right.onlyPoints && d != InverseOnly:
		return wrong(fmt.Errorf("the right has points alone, and no density for images to be likely under: leave Direction alone or set InverseOnly, got %s; or learn the right with Base", d))
	case p.left.onlyPoints && d != ForwardOnly:
		return wrong(fmt.Errorf("the left has points alone, and no density for images to be likely under: leave Direction alone or set ForwardOnly, got %s; or learn the left with Base", d))
	}
	turns, together := 1, 1
	if among {
		together = 2
	} else if p.goal.Direction == Alternate {
		turns = 2
	}
	if err := p.place.Validate(p.recipe.Batch, turns, together); err != nil {
		return wrong(err)
	}
	for _, price := range p.goal.Penalties {
		if err := price.Validate(); err != nil {
			return wrong(err)
		}
	}
	if p.goal.PenaltyOnly && len(p.goal.Penalties) == 0 {
		return wrong(fmt.Errorf("PenaltyOnly needs a penalty, got none"))
	}
	p.isResolved = true
	return p, nil
}

// checkBases returns an error unless the base distributions of both sides allow a map between them.
func (p BetweenPlan) checkBases() error {
	if p.left.base == nil && p.right.base == nil {
		return nil
	}
	x, _, err := dataset.Columns(p.left.source)
	if err != nil {
		return err
	}
	return specs.CheckSides(p.left.outline(), p.right.outline(), p.architecture, x)
}

// leftSalt and rightSalt make the seeds of the two sides' draws differ, so that a map of a
// distribution onto itself does not get the same points on either side.
const leftSalt, rightSalt = 0x6c656674, 0x7269676874 // "left", "right"

// side is one of the two distributions that a transport is trained on.
type side struct {
	plan BasePlan
	base specs.Density
	salt uint64
}

// sides returns the distributions to train on: left and right, or one of them if both are one
// conditional distribution.
func (p BetweenPlan) sides(spec specs.Transport) []side {
	both := []side{{p.left, spec.Left, leftSalt}, {p.right, spec.Right, rightSalt}}
	if spec.Among {
		return both[:1]
	}
	return both
}

// outline returns the spec of the transport between two bases, and a function that builds its
// training problem without data and weights.
func (p BetweenPlan) outline(left, right specs.Density) (spec specs.Transport, objective func() fit.Problem, err error) {
	among, err := p.among()
	if err != nil {
		return spec, nil, err
	}
	spec = specs.Transport{
		Kind: specs.TransportKind, Name: p.name(), Left: left, Right: right,
		Architecture: p.architecture, Recipe: p.recipe, Training: p.goal.Training(), Relation: p.relationName(), Among: among,
	}
	if spec.TakesUnits() {
		spec.Units = specs.NoUnits(left.Dim)
	}
	goal, flow := p.goal, spec.Between(p.relation) // not p: compiled graphs outlive the training, and need no data
	return spec, func() fit.Problem { return goal.Problem(flow) }, nil
}
