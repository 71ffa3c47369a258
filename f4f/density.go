package f4f

import (
	"errors"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
)

// Density is a trained normalizing flow: a density p(x), or p(x|c), that can be evaluated and drawn
// from. Its methods may be called from several goroutines; it holds no resource that needs closing.
type Density struct {
	*trained
	spec  densitySpec
	flow  normal
	given data.Points // the condition that At fixed; no points where there is none
	// strict refuses conditions outside the range of training.
	strict bool
}

// At is the density under a condition: c is one row that holds for all points, or a row for each.
// The result shares everything else with d.
func (d *Density) At(c data.Points) *Density {
	if d == nil {
		return nil // whose methods say what is wrong
	}
	at := *d
	at.given = c
	return &at
}

// Strict is the density that refuses conditions outside the range of its training, with an error
// that wraps ErrOutsideRange, where d warns and extrapolates. The result shares everything else
// with d.
func (d *Density) Strict() *Density {
	if d == nil {
		return nil
	}
	strict := *d
	strict.strict = true
	return &strict
}

// Dim returns the number of features of a point, D; 0 of a nil density.
func (d *Density) Dim() int {
	if d == nil {
		return 0
	}
	return d.spec.Dim
}

// ConditionDim returns the number of features of a condition, C; 0 where the density has none.
func (d *Density) ConditionDim() int {
	if d == nil {
		return 0
	}
	return d.spec.Condition
}

// LogProb is log p(x) of every point [N], in nats per point; under the condition of At where there
// is one.
func (d *Density) LogProb(x data.Points) ([]float64, error) {
	outputs, err := d.run("log-prob", x, func(n normal) function {
		return func(scope *model.Scope, x, c *Node) []*Node { return []*Node{n.logProb(scope.At(flowScope), x, c)} }
	})
	if err != nil {
		return nil, err
	}
	logProbs := outputs[0]
	if err := checkLogProbs(x, logProbs); err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return logProbs, nil
}

// function builds a function of points and conditions, as engines run them.
type function = engine.Build

// errNil is the error of a flow that isn't there.
var errNil = errors.New("f4f: there is no flow to use: look at the error that Fit or Load gave with it")

// Encode is where points x [N, D] lie in the standard normal's space: z = f_φ⁻¹(x).
func (d *Density) Encode(x data.Points) (z data.Points, err error) {
	return d.mapped("encode", x, encoding)
}

// encoding is a flow's way to its normal distribution, without the log-det.
func encoding(n normal) function {
	return func(scope *model.Scope, x, c *Node) []*Node {
		z, _ := n.encode(scope.At(flowScope), x, c)
		return []*Node{z}
	}
}

// Decode is the points x = f_φ(z) for z [N, D] in the standard normal's space; it undoes Encode.
func (d *Density) Decode(z data.Points) (x data.Points, err error) {
	return d.mapped("decode", z, func(n normal) function {
		return func(scope *model.Scope, z, c *Node) []*Node {
			x, _ := n.decode(scope.At(flowScope), z, c)
			return []*Node{x}
		}
	})
}

// Sample draws n points: Decode of standard normal ones. The same n and seed give the same points.
func (d *Density) Sample(n int, seed uint64) (data.Points, error) {
	if d == nil {
		return data.Points{}, errNil
	}
	if n < 1 {
		return data.Points{}, fmt.Errorf("f4f: the number of points to sample must be at least 1, got %d", n)
	}
	z, err := standardNormal(n, d.Dim(), seed)
	if err != nil {
		return data.Points{}, err
	}
	return d.Decode(z)
}

// Save writes the density to one safetensors file: the weights by name, the plan and how the
// training went as readable JSON in its metadata. It replaces path atomically.
func (d *Density) Save(path string) error {
	if d == nil {
		return errNil
	}
	return d.save(path, d.spec, flowfile.Notes{Flow: d.notes})
}

// Notes returns what a person should know of the density and of the data that it was trained on:
// values that repeat, points beyond the tail bound, a training that ended above its best epoch or
// ran on a slow backend. They are in the density's file, at most 100 of them, and are told again
// whenever it is loaded, see WithEvents. An imported density has none.
func (d *Density) Notes() []string {
	if d == nil {
		return nil
	}
	return slices.Clone(d.notes)
}

// take sets the density's notes.
func (d *Density) take(n flowfile.Notes) { d.notes = n.Bounded().Flow }

// String reads as what it is.
func (d *Density) String() string {
	if d == nil {
		return "no density"
	}
	if d.spec.Condition > 0 {
		return fmt.Sprintf("density of %s (%d features under %d)", d.spec.Name, d.spec.Dim, d.spec.Condition)
	}
	return fmt.Sprintf("density of %s (%d features)", d.spec.Name, d.spec.Dim)
}

// mapped runs a function from points to points.
func (d *Density) mapped(name string, x data.Points, build func(n normal) function) (data.Points, error) {
	outputs, err := d.run(name, x, build)
	if err != nil {
		return data.Points{}, err
	}
	y, err := data.NewPoints(d.Dim(), numbers.Narrowed(outputs[0]))
	if err == nil {
		err = checkImages(x, y)
	}
	if err != nil {
		return data.Points{}, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return y, nil
}

// run checks points and condition and applies a function to them.
func (d *Density) run(name string, x data.Points, build func(n normal) function) ([][]float64, error) {
	if d == nil {
		return nil, errNil
	}
	if err := d.checkInput(x); err != nil {
		return nil, err
	}
	outputs, err := d.engine.Run(name, build(d.flow), x, d.given)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return outputs, nil
}

// checkInput errs unless points and condition are what the density takes.
func (d *Density) checkInput(x data.Points) error {
	err := checkPoints("points", x, d.Dim())
	if err == nil {
		err = d.spec.checkCondition(d.given, x.Len(), d.strict)
	}
	if err != nil {
		return fmt.Errorf("f4f: %s: %w", d, err)
	}
	return nil
}

// checkPoints errs unless there are points, of dimension dim, all finite.
func checkPoints(what string, x data.Points, dim int) error {
	switch {
	case x.Len() == 0:
		return fmt.Errorf("there must be at least one of the %s, got none", what)
	case x.Dim() != dim:
		return fmt.Errorf("%s must have %d features, got %d", what, dim, x.Dim())
	}
	return x.CheckFinite()
}

// densitySpec is all that a density is, but its weights: what its file holds as JSON.
type densitySpec struct {
	Kind         string       `json:"kind"` // densityKind
	Name         string       `json:"name"` // of the source it was trained on
	Source       string       `json:"source"`
	Dim          int          `json:"dim"`
	Condition    int          `json:"condition,omitempty"`
	Architecture Architecture `json:"architecture"`
	Links        []link       `json:"links,omitempty"` // see link; empty where Architecture tells the order
	Recipe       Recipe       `json:"recipe"`
	Scaler       *data.Scaler `json:"scaler,omitempty"`
	// Conditions shifts and scales conditions inside the flow, and ConditionRange is the least and
	// greatest of each feature in training; empty where that is not known.
	Conditions     *data.Scaler `json:"conditions,omitempty"`
	ConditionRange [][2]float64 `json:"conditionRange,omitempty"`
}

const densityKind = "density"

// wrongKind is the error of reading one kind of flow as the other.
func wrongKind(kind string) error {
	switch kind {
	case densityKind:
		return errors.New("it holds a density: read it with LoadDensity")
	case transportKind:
		return errors.New("it holds a transport: read it with LoadTransport")
	}
	return fmt.Errorf("%w: it holds a %q, neither a density nor a transport", fit.ErrCorrupt, kind)
}

// validate errs on a spec that no plan could have made.
func (s densitySpec) validate() error {
	if s.Kind != densityKind {
		return wrongKind(s.Kind)
	}
	if s.Dim < 1 || s.Condition < 0 {
		return fmt.Errorf("%w: its dimension is %d and its condition's %d", fit.ErrCorrupt, s.Dim, s.Condition)
	}
	if (s.Condition > 0) != (s.Conditions != nil) || len(s.ConditionRange) > 0 && len(s.ConditionRange) != s.Condition {
		return fmt.Errorf("%w: its conditions are not of dimension %d", fit.ErrCorrupt, s.Condition)
	}
	for _, scaler := range []struct {
		of  *data.Scaler
		dim int
	}{{s.Scaler, s.Dim}, {s.Conditions, s.Condition}} {
		if scaler.of == nil {
			continue
		}
		if err := scaler.of.Validate(scaler.dim); err != nil {
			return fmt.Errorf("%w: %w", fit.ErrCorrupt, err)
		}
	}
	if err := s.Architecture.validate(s.Dim, s.Condition); err != nil {
		return err
	}
	return validateLinks(s.Links, s.Architecture, s.Dim)
}

// normal is the spec as graphs, over the weights under a scope.
func (s densitySpec) normal(scope string) normal {
	return normal{
		dim: s.Dim, condition: s.Condition, bijection: s.bijection(),
		scaler: scalingOf(s.Scaler, scope, ofPoints), conditions: scalingOf(s.Conditions, scope, ofConditions),
	}
}

// graphs names all that a density's graphs depend on; empty where functions of the user's are among
// it.
func (s densitySpec) graphs() string {
	if s.Architecture.foreign() {
		return ""
	}
	return shapeOf(s.bare())
}

// bare is the spec without what no graph has.
func (s densitySpec) bare() densitySpec {
	s.Name, s.Source, s.ConditionRange, s.Recipe = "", "", nil, Recipe{Seed: seedOfForm(s.Architecture, s.Recipe)}
	for _, scaler := range []**data.Scaler{&s.Scaler, &s.Conditions} {
		if *scaler != nil {
			*scaler = &data.Scaler{} // whose numbers are inputs
		}
	}
	return s
}

// bijection is the flow's.
func (s densitySpec) bijection() bijection.Bijection {
	if len(s.Links) > 0 {
		return linked(s.Links, s.Architecture, s.Dim, s.Condition)
	}
	return s.Architecture.bijection(s.Dim, s.Condition, s.Recipe, false)
}
