package f4f

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Transport maps one distribution onto another, in both directions. It is a trained flow for flow
// (Between), or the composition of two densities through the standard normal (BaseTransfer). Its
// methods may be called from several goroutines. It needs no closing.
type Transport struct {
	*trained
	spec        transportSpec
	flow        between
	left, right *Density
	cx, cy      data.Points // the conditions set by At; empty if there are none
	strict      bool        // a condition outside the range of training is an error
}

// At returns the transport from points under the conditions cx to points under the conditions cy.
// Each is one row that holds for all points, or one row for each. The result shares everything else
// with t. If both sides are one conditional distribution, At(cx, cy) and At(cy, cx) undo each other
// exactly.
func (t *Transport) At(cx, cy data.Points) *Transport {
	if t == nil {
		return nil // methods of a nil transport return an error
	}
	at := *t
	at.cx, at.cy = cx, cy
	at.left, at.right = t.left.At(cx), t.right.At(cy)
	return &at
}

// Strict returns the transport with strict conditions: for a condition outside the range of its
// bases' training it returns an error that wraps ErrOutsideRange, where t logs a warning and
// extrapolates. The result shares everything else with t.
func (t *Transport) Strict() *Transport {
	if t == nil {
		return nil
	}
	strict := *t
	strict.strict = true
	strict.left, strict.right = t.left.Strict(), t.right.Strict()
	return &strict
}

// Left returns the density of the left distribution, which Forward starts from, under the condition
// set by At. It is nil for a nil transport.
func (t *Transport) Left() *Density {
	if t == nil {
		return nil
	}
	return t.left
}

// Right returns the density of the right distribution, which Forward leads to, under the condition
// set by At. It is nil for a nil transport.
func (t *Transport) Right() *Density {
	if t == nil {
		return nil
	}
	return t.right
}

// Dim returns the number of features of a point, D. It is 0 for a nil transport.
func (t *Transport) Dim() int { return t.Left().Dim() }

// Forward maps points x [N, D] of the left distribution to the right one. It returns an error if
// points or conditions do not fit the transport, and if an image is not finite.
func (t *Transport) Forward(x data.Points) (y data.Points, err error) {
	if t == nil {
		return data.Points{}, errNil
	}
	return t.mapped("forward", x, true)
}

// Inverse maps points y [N, D] of the right distribution to the left one. It undoes Forward, and
// returns the same errors.
func (t *Transport) Inverse(y data.Points) (x data.Points, err error) {
	if t == nil {
		return data.Points{}, errNil
	}
	return t.mapped("inverse", y, false)
}

// Frames maps points x [N, D] from their conditions cx, one row for all or one for each, to each
// condition of a path [K, C] in turn. It returns K frames [N, D], one for each condition. The path
// may be a data.Line. An empty path is an error.
func (t *Transport) Frames(x, cx, path data.Points) ([]data.Points, error) {
	if t == nil {
		return nil, errNil
	}
	if path.Len() == 0 {
		return nil, fmt.Errorf("f4f: %s: a path must have at least 1 condition, got none", t)
	}
	frames := make([]data.Points, path.Len())
	for k := range frames {
		var err error
		if frames[k], err = t.At(cx, path.Slice(k, k+1)).Forward(x); err != nil {
			return nil, fmt.Errorf("%w (frame %d)", err, k)
		}
	}
	return frames, nil
}

// LogProb returns the log-density [N], in nats, of points y [N, D] on the right, under the left
// density transported by Forward: log p_left(f⁻¹(y)) + log|det ∂f⁻¹/∂y|.
func (t *Transport) LogProb(y data.Points) ([]float64, error) {
	if t == nil {
		return nil, errNil
	}
	return t.logProb("log-prob right", y, false)
}

// LogProbLeft returns the log-density [N], in nats, of points x [N, D] on the left, under the right
// density transported by Inverse: log p_right(f(x)) + log|det ∂f/∂x|.
func (t *Transport) LogProbLeft(x data.Points) ([]float64, error) {
	if t == nil {
		return nil, errNil
	}
	return t.logProb("log-prob left", x, true)
}

// Displacement returns how far Forward moves points x [N, D] on average, in the data's units.
func (t *Transport) Displacement(x data.Points) (metric.Distance, error) {
	y, err := t.Forward(x)
	if err != nil {
		return metric.Distance{}, err
	}
	return metric.Displacement(x, y)
}

// Save writes the transport and its bases to one safetensors file. It holds the weights by name
// and, as readable JSON in its metadata, the plan and the history of the training. Save replaces
// path atomically.
func (t *Transport) Save(path string) error {
	if t == nil {
		return errNil
	}
	return t.save(path, t.spec, flowfile.Notes{Flow: t.notes, Left: t.left.notes, Right: t.right.notes})
}

// Notes returns what you should know about the transport and its training, as Density.Notes does.
// The notes on its bases are those of Left and Right.
func (t *Transport) Notes() []string {
	if t == nil {
		return nil
	}
	return slices.Clone(t.notes)
}

// allNotes returns the notes on the transport and on its bases, each once.
func (t *Transport) allNotes() []string {
	return flowfile.Notes{Flow: t.notes, Left: t.left.notes, Right: t.right.notes}.All()
}

// take sets the notes on the transport and on its bases.
func (t *Transport) take(n flowfile.Notes) {
	n = n.Bounded()
	t.notes, t.left.notes, t.right.notes = n.Flow, n.Left, n.Right
}

// String describes the transport: "transport ring → star".
func (t *Transport) String() string {
	if t == nil {
		return "no transport"
	}
	if t.spec.Transfer {
		return "base transfer " + t.spec.Name
	}
	return "transport " + t.spec.Name
}

// mapped maps points [N, D] from left to right, or from right to left.
func (t *Transport) mapped(name string, x data.Points, leftToRight bool) (data.Points, error) {
	outputs, err := t.run(name, x, leftToRight, func(b between) function {
		f, _ := b.direction(leftToRight)
		return func(scope *model.Scope, x, c *Node) []*Node {
			y, _ := f(scope, x, c)
			return []*Node{y}
		}
	})
	if err != nil {
		return data.Points{}, err
	}
	y, err := data.NewPoints(t.Dim(), numbers.Narrowed(outputs[0]))
	if err == nil {
		err = checkImages(x, y)
	}
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return y, nil
}

// logProb returns log p_far(f(x)) + log|det ∂f/∂x| [N] at points x [N, D].
func (t *Transport) logProb(name string, x data.Points, leftToRight bool) ([]float64, error) {
	outputs, err := t.run(name, x, leftToRight, func(b between) function {
		f, far := b.direction(leftToRight)
		return func(scope *model.Scope, x, c *Node) []*Node {
			y, logDet := f(scope, x, c)
			return []*Node{Add(far(scope, y, c), logDet)}
		}
	})
	if err != nil {
		return nil, err
	}
	logProbs := outputs[0]
	if err := checkLogProbs(x, logProbs); err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return logProbs, nil
}

// run checks points and conditions, then runs a function of them.
func (t *Transport) run(name string, x data.Points, leftToRight bool, build func(b between) function) ([][]float64, error) {
	c, err := t.checkInput(x)
	if err != nil {
		return nil, err
	}
	outputs, err := t.apply(name, x, c, leftToRight, build)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return outputs, nil
}

// checkInput returns an error unless the points and the conditions fit the transport. It returns
// the conditions of both sides as the method conditions does.
func (t *Transport) checkInput(x data.Points) (c data.Points, err error) {
	if err = checkPoints("points", x, t.Dim()); err == nil {
		c, err = t.conditions(x.Len())
	}
	if err != nil {
		return c, fmt.Errorf("f4f: %s: %w", t, err)
	}
	return c, nil
}

// apply runs a function of points and of the conditions of both sides.
func (t *Transport) apply(name string, x, c data.Points, leftToRight bool, build func(b between) function) ([][]float64, error) {
	if t.flow.among {
		return t.amongRows(name, x, c, leftToRight, build)
	}
	return t.engine.Run(name, build(t.flow), x, c)
}

// conditions checks the conditions set by At and returns them side by side, [1 or n, C_x+C_y]. The
// result is empty if the transport has none.
func (t *Transport) conditions(n int) (data.Points, error) {
	for _, side := range []struct {
		name string
		spec densitySpec
		c    data.Points
	}{{"left", t.spec.Left, t.cx}, {"right", t.spec.Right, t.cy}} {
		if err := side.spec.checkCondition(side.c, n, t.strict); err != nil {
			return data.Points{}, fmt.Errorf("%s: %w", side.name, err)
		}
	}
	cx, cy := t.cx, t.cy
	if t.spec.Relation == Shared.String() && !sameConditions(cx, cy) {
		return data.Points{}, fmt.Errorf("under Shared a point keeps its condition: both sides must be given the same one")
	}
	if cx.Len() == 0 {
		return data.Points{}, nil
	}
	if cx.Len() != cy.Len() {
		var err error
		if cx, err = rowsOf(cx, n); err == nil {
			cy, err = rowsOf(cy, n)
		}
		if err != nil {
			return data.Points{}, err
		}
	}
	return cx.HStack(cy)
}

func sameConditions(cx, cy data.Points) bool { return slices.Equal(cx.Values(), cy.Values()) }

// between is a transport as graphs, over the scopes of its flow and its bases.
type between struct {
	left, right normal
	flow        bijection.Bijection // nil for a base transfer, which has no flow of its own
	relation    *Relation           // nil for none
	among       bool                // both sides are one conditional distribution
	way         way                 // the way that all points go, if among; see move
}

// direction is one direction of a transport. It maps points [batch, D], under the conditions of
// both sides [batch, C_x+C_y] or nil, to points [batch, D], and returns their log-det [batch].
type direction func(scope *model.Scope, x, c *Node) (y, logDet *Node)

// direction returns the map from left to right, or from right to left, and the density of the side
// that it leads to.
func (b between) direction(leftToRight bool) (f direction, far density) {
	if leftToRight {
		return b.forward, b.onRight
	}
	return b.inverse, b.onLeft
}

// density returns the log-density [batch] of a base at points [batch, D], given the conditions of
// both sides.
type density func(scope *model.Scope, x, c *Node) *Node

// sides splits the conditions of both sides. The results are nil if c is nil.
func (b between) sides(c *Node) (cx, cy *Node) {
	if c == nil {
		return nil, nil
	}
	return apart(c, b.left.condition)
}

// forward is f_γ, from left to right, between the scalers of both sides. For a base transfer it is
// f_right ∘ f_left⁻¹.
func (b between) forward(scope *model.Scope, x, c *Node) (y, logDet *Node) {
	cx, cy := b.sides(c)
	switch {
	case b.flow == nil:
		return throughNormal(scope, x, b.left, b.right, leftScope, rightScope, cx, cy)
	case b.among:
		return b.move(scope, x, cx, cy)
	}
	x, in := b.left.scaler.standardise(scope, x)
	y, logDet = b.flow.Forward(scope.At(flowScope), x, b.seen(scope, cx, cy))
	y, out := b.right.scaler.restore(scope, y)
	return y, out.to(in.to(logDet))
}

// inverse is f_γ⁻¹, from right to left.
func (b between) inverse(scope *model.Scope, y, c *Node) (x, logDet *Node) {
	cx, cy := b.sides(c)
	switch {
	case b.flow == nil:
		return throughNormal(scope, y, b.right, b.left, rightScope, leftScope, cy, cx)
	case b.among:
		return b.move(scope, y, cy, cx)
	}
	y, in := b.right.scaler.standardise(scope, y)
	x, logDet = b.flow.Inverse(scope.At(flowScope), y, b.seen(scope, cx, cy))
	x, out := b.left.scaler.restore(scope, x)
	return x, out.to(in.to(logDet))
}

// seen returns what the flow sees of the conditions, or nil if there is no relation.
func (b between) seen(scope *model.Scope, cx, cy *Node) *Node {
	if b.relation == nil {
		return nil
	}
	return b.see(scope, cx, cy)
}

// throughNormal encodes points by one density and decodes them by another.
func throughNormal(scope *model.Scope, x *Node, from, to normal, fromScope, toScope string, cFrom, cTo *Node) (y, logDet *Node) {
	z, in := from.encode(scope.At("%s", fromScope), x, cFrom)
	y, out := to.decode(scope.At("%s", toScope), z, cTo)
	return y, Add(in, out)
}

// leftLogProb returns the log-density of x under the left base and its condition cx.
func (b between) leftLogProb(scope *model.Scope, x, cx *Node) *Node {
	return b.left.logProb(scope.At(leftScope), x, cx)
}

// rightLogProb returns the log-density of y under the right base and its condition cy.
func (b between) rightLogProb(scope *model.Scope, y, cy *Node) *Node {
	return b.right.logProb(scope.At(rightScope), y, cy)
}

// onLeft returns the log-density of x under the left base, given the conditions of both sides.
func (b between) onLeft(scope *model.Scope, x, c *Node) *Node {
	cx, _ := b.sides(c)
	return b.leftLogProb(scope, x, cx)
}

// onRight returns the log-density of y under the right base, given the conditions of both sides.
func (b between) onRight(scope *model.Scope, y, c *Node) *Node {
	_, cy := b.sides(c)
	return b.rightLogProb(scope, y, cy)
}

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
	if relation.foreign() || s.Architecture.foreign() || s.Left.Architecture.foreign() || s.Right.Architecture.foreign() {
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
	return relation.width(s.Left.Condition, s.Right.Condition)
}

// bijection returns the bijection of the transport's own flow, which sees this many features of the
// conditions.
func (s transportSpec) bijection(seen int) bijection.Bijection {
	if len(s.Links) > 0 {
		return linked(s.Links, s.Architecture, s.Left.Dim, seen)
	}
	return s.Architecture.bijection(s.Left.Dim, seen, s.Recipe, true)
}
