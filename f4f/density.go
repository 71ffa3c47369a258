package f4f

import (
	"errors"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// Density is a trained normalizing flow: a density p(x), or p(x|c), that can be evaluated and
// sampled. It can also be a density that is given (see Known), or the side of a transport that is
// points alone (see PointsOf); what these can't do returns an error. Its methods may be called from
// several goroutines. It needs no closing.
type Density struct {
	*trained
	spec  specs.Density
	flow  specs.Normal
	given data.Points // the condition set by At; empty if there is none
	// strict makes a condition outside the range of training an error.
	strict bool
}

// trained is what a Density and a Transport have in common: weights that can be run, and their
// history.
type trained struct {
	engine      *engine.Engine
	history     *fit.State // without tensors
	fingerprint string
	notes       []string // see Density.Notes
}

// At returns the density under the condition c [1 or N, C]: one row that holds for all points, or
// one row for each. The result shares everything else with d.
func (d *Density) At(c data.Points) *Density {
	if d == nil {
		return nil // methods of a nil density return an error
	}
	at := *d
	at.given = c
	return &at
}

// Strict returns the density with strict conditions: for a condition outside the range of its
// training, or of a class that its training did not have, it returns an error that wraps
// ErrOutsideRange, where d logs a warning and extrapolates. Classes are columns of zeros and ones,
// as data.OneHot makes them. The result shares everything else with d.
func (d *Density) Strict() *Density {
	if d == nil {
		return nil
	}
	strict := *d
	strict.strict = true
	return &strict
}

// Dim returns the number of features of a point, D. It is 0 for a nil density.
func (d *Density) Dim() int {
	if d == nil {
		return 0
	}
	return d.spec.Dim
}

// Name returns the name of the distribution: that of the source that the density was trained on.
func (d *Density) Name() string {
	if d == nil {
		return "nothing"
	}
	return d.spec.Name
}

// ConditionDim returns the number of features of a condition, C. It is 0 if the density has none.
func (d *Density) ConditionDim() int {
	if d == nil {
		return 0
	}
	return d.spec.Condition
}

// Periods returns the ends of the period of each column [D] that is an angle, as given to
// data.Angle, and zeros for any other column. It is nil if no column is an angle.
func (d *Density) Periods() [][2]float64 {
	if d == nil {
		return nil
	}
	return d.spec.Periods()
}

// LogProb returns the log-density log p(x) [N] of each row of x [N, D], in nats, or log p(x|c)
// under the condition set by At. In a column with data.Whole, or where a value is that of
// data.Spike, it is the log of a probability instead of a density, by an integral over the noise. A row
// with noise in one column takes 32 nodes. A row with noise in two takes as many as the result needs to
// settle to some 1e-3: 69 for most rows (2², 4² and 7²), and up to 1,637 where the density jumps. For a row
// with noise in more columns it is a sum of 64 terms, and the result a lower bound of log P(x) in
// expectation over the terms, as LogProbBound is over its draws. Rows that are equal are computed once. It
// returns an error if points or condition do not fit the density, and if a log-density comes out as NaN or
// +Inf.
func (d *Density) LogProb(x data.Points) ([]float64, error) {
	if err := d.checkDensity(); err != nil {
		return nil, err
	}
	if err := d.checkInput(x); err != nil {
		return nil, err
	}
	c, err := d.spec.EnterCondition(d.given)
	var logProbs []float64
	if err == nil {
		logProbs, err = d.spec.LogProbs(x, c, d.logProbs, d.bounds)
	}
	if err == nil {
		err = d.spec.CheckLogProbs(x, logProbs)
	}
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return logProbs, nil
}

// LogProbBound returns a lower bound of log P(x) [N] of each row of x [N, D], in nats, where P is a
// probability in columns with noise (data.Whole, data.Spike) and a density in the others. It takes draws
// draws of the noise r from its density q, which is learned (VariationalNoise) or uniform:
//
//	log [ 1/draws Σ_k p(x + r_k|c) / q(r_k|x, c) ]
//
// The bound holds in expectation over the draws. With one draw it is what training goes by (ELBO);
// with more it gets tighter (IWBO; Burda, Grosse and Salakhutdinov, "Importance Weighted
// Autoencoders", 2016), and log P(x) in the limit, for any number of columns. A single value may lie
// above log P(x). LogProb is exact to some 1e-3 for rows with noise in up to two columns, unless the density
// jumps within a cell; for others it is such a bound by 64 draws that are spread evenly. Without noise both
// are the log-density. The same seed gives the same draws for the same rows, all together. It returns an
// error if draws isn't at least 1, and the errors of LogProb.
func (d *Density) LogProbBound(x data.Points, draws int, seed uint64) ([]float64, error) {
	if err := d.checkDensity(); err != nil {
		return nil, err
	}
	if err := d.checkInput(x); err != nil {
		return nil, err
	}
	if err := specs.CheckDraws(draws); err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	if !d.spec.AddsNoise() {
		return d.LogProb(x)
	}
	c, err := d.spec.EnterCondition(d.given)
	var bounds []float64
	if err == nil {
		bounds, err = d.spec.Bounds(x, c, draws, seed, d.bounds)
	}
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return bounds, nil
}

// bounds returns the bound [N] of each of points u [N, D] with uniform noise, under conditions c,
// both in the units that the flow sees.
func (d *Density) bounds(u, c data.Points) ([]float64, error) {
	return d.valueOf("bound", u, c, func(n specs.Normal, scope *model.Scope, x, c *Node) *Node { return n.Bound(scope, x, c, nil) })
}

// logProbs returns the log-densities [N] of points u [N, D] under conditions c, both in the units
// that the flow sees.
func (d *Density) logProbs(u, c data.Points) ([]float64, error) {
	return d.valueOf("log-prob", u, c, specs.Normal.LogProb)
}

// valueOf returns a function's value [N] of each of points u [N, D] under conditions c, both in the
// units that the flow sees.
func (d *Density) valueOf(name string, u, c data.Points, of func(n specs.Normal, scope *model.Scope, x, c *Node) *Node) ([]float64, error) {
	flow := d.flow // not d: compiled graphs outlive the density
	outputs, err := d.engine.Run(name, func(scope *model.Scope, x, c *Node) []*Node {
		return []*Node{of(flow, scope.At(specs.FlowScope), x, c)}
	}, u, c)
	if err != nil {
		return nil, err
	}
	return outputs[0], nil
}

// errNil is the error of the methods of a nil density or transport.
var errNil = errors.New("f4f: there is no flow to use: look at the error that Fit or Load returned with it")

// checkDensity returns an error unless there is a density, not nil and not points alone.
func (d *Density) checkDensity() error {
	if d == nil {
		return errNil
	}
	if err := d.spec.CheckDensity(); err != nil {
		return fmt.Errorf("f4f: %s: %w", d, err)
	}
	return nil
}

// encodes returns an error unless there is a density, and it has a map to its base distribution.
func (d *Density) encodes() error {
	if d == nil {
		return errNil
	}
	if d.spec.OnlyPoints() {
		return d.checkDensity()
	}
	if d.spec.IsGiven() {
		return fmt.Errorf("f4f: %s: it is given by its log-density, and has no map to a base distribution: use LogProb, Score and Sample, or learn it with Base", d)
	}
	return nil
}

// Encode maps points x [N, D] to the base distribution: z = f_φ⁻¹(x). That is the standard normal,
// unless the plan has angles or a BaseDistribution. The features of z may be in another order than
// those of x, because of the plan's Mixing; with InOrder they are not. The value of a column with
// noise (data.Whole, or that of a data.Spike) is spread by noise, uniform or learned
// (VariationalNoise), which is the same at each call for the same points, all together; Decode takes it
// back to the value.
func (d *Density) Encode(x data.Points) (z data.Points, err error) {
	if err := d.encodes(); err != nil {
		return data.Points{}, err
	}
	u, c, err := d.enter(x)
	if err != nil {
		return data.Points{}, err
	}
	return d.mapped("encode", u, c, specs.Encoding)
}

// Decode maps points z [N, D] of the base distribution's space to the data's: x = f_φ(z). It undoes
// Encode.
func (d *Density) Decode(z data.Points) (x data.Points, err error) {
	if err := d.encodes(); err != nil {
		return data.Points{}, err
	}
	x, _, _, err = d.decoded("decode", z, func(n specs.Normal) engine.Build {
		return func(scope *model.Scope, z, c *Node) []*Node {
			x, _ := n.Decode(scope.At(specs.FlowScope), z, c)
			return []*Node{x}
		}
	})
	return x, err
}

// decoded runs a function that decodes points z [N, D] and may have more outputs, after the points.
// It returns the points in the data's units, log|det ∂x/∂u| [N] of their way from the units that
// the flow sees, nil for zeros, and all outputs.
func (d *Density) decoded(name string, z data.Points, build func(n specs.Normal) engine.Build) (x data.Points, logDets []float64, outputs [][]float64, err error) {
	if err := d.checkInput(z); err != nil {
		return x, nil, nil, err
	}
	c, err := d.spec.EnterCondition(d.given)
	if err != nil {
		return x, nil, nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	u, outputs, err := d.mappedWith(name, z, c, build)
	if err != nil {
		return x, nil, nil, err
	}
	if x, logDets, err = d.spec.Leave(u); err == nil {
		err = specs.CheckImages(z, x)
	}
	if err != nil {
		return data.Points{}, nil, nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return d.spec.OnCircle(d.spec.Named(x, x), x), logDets, outputs, nil
}

// Save writes the density to one safetensors file. It holds the weights by name and, as readable
// JSON in its metadata, the plan and the history of the training. Save replaces path atomically.
func (d *Density) Save(path string) error {
	if d == nil {
		return errNil
	}
	return d.save(path, d.spec, flowfile.Notes{Flow: d.notes})
}

// Notes returns what you should know about the density and its training data: values that repeat,
// points beyond the tail bound, a training that diverged and went back, ended above its best epoch
// or ran on a slow backend. At most 100 notes are kept in the density's file. They are sent again
// whenever it is loaded; see WithEvents. An imported density has none.
func (d *Density) Notes() []string {
	if d == nil {
		return nil
	}
	return slices.Clone(d.notes)
}

// take sets the density's notes.
func (d *Density) take(n flowfile.Notes) { d.notes = n.Bounded().Flow }

// String describes the density: "density of ring (2 features)".
func (d *Density) String() string {
	if d == nil {
		return "no density"
	}
	if d.spec.Condition > 0 {
		return fmt.Sprintf("density of %s (%d features under %d)", d.spec.Name, d.spec.Dim, d.spec.Condition)
	}
	return fmt.Sprintf("density of %s (%d features)", d.spec.Name, d.spec.Dim)
}

// mapped runs a function from points to points, both in the units that the flow sees. They keep
// their weights. It returns an error if an image is not finite.
func (d *Density) mapped(name string, x, c data.Points, build func(n specs.Normal) engine.Build) (data.Points, error) {
	y, _, err := d.mappedWith(name, x, c, build)
	return y, err
}

// mappedWith is mapped for a function with more outputs, after the points. It returns all outputs.
func (d *Density) mappedWith(name string, x, c data.Points, build func(n specs.Normal) engine.Build) (y data.Points, outputs [][]float64, err error) {
	if outputs, err = d.run(name, x, c, build); err != nil {
		return data.Points{}, nil, err
	}
	y, err = data.NewPoints(d.Dim(), numbers.Narrowed(outputs[0]))
	if err == nil {
		err = specs.CheckImages(x, y)
	}
	if err == nil {
		y, err = y.WithWeightsOf(x)
	}
	if err != nil {
		return data.Points{}, nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return y, outputs, nil
}

// enter checks points x [N, D] and the condition, and maps both to the units that the flow sees.
func (d *Density) enter(x data.Points) (u, c data.Points, err error) {
	if err := d.checkInput(x); err != nil {
		return u, c, err
	}
	if u, _, err = d.spec.Enter(x); err == nil {
		c, err = d.spec.EnterCondition(d.given)
	}
	if err != nil {
		return u, c, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return u, c, nil
}

// identity identifies the density by its content, so that a training that was cut short counts as
// another density than the whole one.
func (d *Density) identity() (string, error) {
	weights, err := d.engine.Weights()
	if err != nil {
		return "", fmt.Errorf("f4f: %s: %w", d, err)
	}
	digest, err := specs.Digest(specs.FlowWeights(weights))
	if err != nil {
		return "", fmt.Errorf("f4f: %s: %w", d, err)
	}
	return flowfile.Fingerprint(struct {
		Kind    string
		Spec    specs.Density
		Weights string
	}{"density", d.spec, digest})
}

// run runs a function of points u and a condition c in the units that the flow sees, which the
// caller has checked.
func (d *Density) run(name string, u, c data.Points, build func(n specs.Normal) engine.Build) ([][]float64, error) {
	outputs, err := d.engine.Run(name, build(d.flow), u, c)
	if err != nil {
		return nil, fmt.Errorf("f4f: %s: %w", d, err)
	}
	return outputs, nil
}

// checkInput returns an error unless there is a density, and the points and the condition fit it.
func (d *Density) checkInput(x data.Points) error {
	if d == nil {
		return errNil
	}
	err := d.spec.CheckPoints(x)
	if err == nil {
		err = d.spec.CheckCondition(d.given, x.Len(), d.strict)
	}
	if err != nil {
		return fmt.Errorf("f4f: %s: %w", d, err)
	}
	return nil
}

// save writes weights, spec and notes to path.
func (t *trained) save(path string, spec any, notes flowfile.Notes) error {
	weights, err := t.engine.Weights()
	if err != nil {
		return fmt.Errorf("f4f: %w", err)
	}
	return flowfile.Write(path, specs.FlowWeights(weights), spec, flowfile.Origin{History: t.history, Fingerprint: t.fingerprint, Notes: notes})
}
