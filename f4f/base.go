package f4f

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
)

// BasePlan is a plan for a normalizing flow that learns the density of a source. Base makes one;
// each method gives a changed copy; Fit trains it. Printing a plan gives the code that makes it.
type BasePlan struct {
	settings
	source         data.Source
	standardise    bool
	standardiseSet bool // standardise was given, rather than left to the recipe and the source
}

// Base is a plan to learn the density of a source, by the recipe Default. A conditional source
// (data.ConditionalSource) gives a conditional density p(x|c).
func Base(source data.Source) BasePlan {
	return BasePlan{settings: defaultSettings, source: source}
}

// Standardise has the flow see points shifted and scaled to mean 0 and standard deviation 1, feature
// by feature. That is the default for a table under the recipe Default. The scaler belongs to the
// flow: points go in and come out as they are, and log-probs count it.
func (p BasePlan) Standardise() BasePlan { p.standardise, p.standardiseSet = true, true; return p }

// Raw has the flow see points as they are. That is the default for a source that is no table, and
// under the recipes Paper and Fast for tables too.
func (p BasePlan) Raw() BasePlan { p.standardise, p.standardiseSet = false, true; return p }

// standardises tells whether the flow is to see points standardised.
func (p BasePlan) standardises() bool {
	if p.standardiseSet {
		return p.standardise
	}
	return p.standardisesByDefault()
}

func (p BasePlan) standardisesByDefault() bool {
	return isTable(p.source) && p.recipe.Tables
}

// Name is the name of the source whose density the plan learns.
func (p BasePlan) Name() string {
	if p.source == nil {
		return "nothing"
	}
	return p.source.Name()
}

// Fit trains the plan, or loads it where the store has it already, or resumes it where it was
// interrupted.
//
// An error that wraps ErrInterrupted, ErrNonFinite or ErrNotKept comes with a Density that holds
// what was reached, unless it was interrupted before it began; with any other the Density is nil.
func (p BasePlan) Fit(ctx context.Context) (*Density, error) {
	p, err := p.resolved()
	if err != nil {
		return nil, err
	}
	print, err := p.Fingerprint()
	if err != nil {
		return nil, err
	}
	var d *Density
	err = p.settings.obtain(ctx, p.name(), print, job{
		load: func(ctx context.Context, path string) (*trained, []string, error) {
			if d, err = loadDensity(ctx, path, p.backend); err != nil {
				return nil, nil, err
			}
			return d.trained, d.notes, nil
		},
		train: func(ctx context.Context, t *trainer) error {
			spec, problem, err := p.problem(t)
			if err != nil {
				return err
			}
			return t.run(ctx, problem, func(weights fit.Snapshot) error {
				d, err = newDensity(t.backend.Backend, weights, spec, t.history(), print)
				if err != nil {
					return err
				}
				d.take(t.kept)
				t.spec = spec
				return nil
			})
		},
	})
	return d, err
}

// name is the flow as progress and folders call it.
func (p BasePlan) name() string { return densityName(p.Name()) }

// densityName is what progress calls the density of a source.
func densityName(source string) string { return "base " + source }

// bases are none: a base is trained on points alone.
func (p BasePlan) bases() []BasePlan { return nil }

// processors is how many a fit keeps busy on a CPU.
func (p BasePlan) processors() int {
	if p.source == nil {
		return 1 // which Fit refuses
	}
	return p.settings.processors(p.source)
}

// Fingerprint names what the plan trains into: plans alike in architecture, recipe, seed and data
// have the same, wherever they run and are kept.
func (p BasePlan) Fingerprint() (string, error) {
	p, err := p.resolved()
	if err != nil {
		return "", err
	}
	identity, err := dataset.Identity(p.source)
	if err != nil {
		return "", err
	}
	return fingerprint(struct {
		Kind         string
		Architecture Architecture
		Recipe       Recipe
		Standardise  bool
		Source       string
		Precision    Precision `json:",omitempty"`
	}{densityKind, p.architecture, p.recipe, p.standardise, identity, p.precision.told()})
}

// resolved is the plan with the defaults that depend on the source, checked.
func (p BasePlan) resolved() (BasePlan, error) {
	if p.source == nil {
		return p, fmt.Errorf("f4f: a base needs a source of points, got none")
	}
	if table, ok := p.source.(data.Finite); ok && table.Points().Len() == 0 {
		return p, fmt.Errorf("f4f: base %s: there must be points to learn from, got a table of none", p.source.Name())
	}
	if p.source.Dim() < 1 {
		return p, fmt.Errorf("f4f: base %s: the dimension of points must be at least 1, got %d", p.source.Name(), p.source.Dim())
	}
	p.standardise, p.standardiseSet = p.standardises(), true
	epochs := baseEpochs
	if dataset.ConditionDim(p.source) > 0 {
		epochs = conditionalBaseEpochs
	}
	var err error
	if p.settings, err = p.settings.settled(epochs, false, p.source); err != nil {
		return p, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	err = p.settings.validate(p.source.Dim(), dataset.ConditionDim(p.source))
	if err == nil {
		err = p.settings.validatePlace(1, 1)
	}
	if err != nil {
		return p, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	return p, nil
}

// outline is the density's spec as far as graphs depend on it: its scalers have their shapes, and
// not yet their numbers.
func (p BasePlan) outline() densitySpec {
	spec := densitySpec{Kind: densityKind, Name: p.source.Name(), Dim: p.source.Dim(), Condition: dataset.ConditionDim(p.source), Architecture: p.architecture, Recipe: p.recipe}
	if p.standardise {
		spec.Scaler = &data.Scaler{Mean: make([]float64, spec.Dim), Std: make([]float64, spec.Dim)}
	}
	if n := spec.Condition; n > 0 {
		spec.Conditions = &data.Scaler{Mean: make([]float64, n), Std: make([]float64, n)}
	}
	return spec
}

// problem is the plan as something to minimise: −E log p(x), eq. 1.
func (p BasePlan) problem(t *trainer) (spec densitySpec, problem fit.Problem, err error) {
	rows, err := p.recipe.drawn(p.source, 0)
	if err != nil {
		return spec, problem, err
	}
	spec = p.outline()
	if spec.Source, err = dataset.Identity(p.source); err != nil {
		return spec, problem, err
	}
	points, err := rows.Points()
	if err != nil {
		return spec, problem, err
	}
	spread, err := data.FitScaler(points) // which refuses constants, on which there is no density
	if err == nil && p.standardise {
		spec.Scaler = &spread
		err = dataset.CheckScale(spread, points)
	}
	if err != nil {
		return spec, problem, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	if rows.Condition > 0 {
		conditions, err := rows.Conditions()
		if err != nil {
			return spec, problem, err
		}
		scaler, err := data.FitScaler(conditions)
		if err == nil {
			err = dataset.CheckScale(scaler, conditions)
		}
		if err != nil {
			return spec, problem, fmt.Errorf("f4f: base %s: conditions: %w", p.source.Name(), err)
		}
		spec.Conditions, spec.ConditionRange = &scaler, rangeOf(conditions)
	}
	t.note(rows.OutsideNote(p.source.Name(), spec.Scaler, p.architecture.bound(spec.Dim, spec.Condition)))
	for _, note := range rows.DegenerateNotes(p.source.Name(), spread, spec.Scaler, p.architecture.bound(spec.Dim, spec.Condition)) {
		t.note(note)
	}

	flow := spec.normal(flowScope)
	t.objective = flow.objective
	t.subject = func(b compute.Backend, weights fit.Snapshot, points int) (*subject, error) {
		d, err := newDensity(b, weights, spec, &fit.State{}, "")
		if err != nil {
			return nil, err
		}
		x, c, err := rows.Some(0, points)
		if err != nil {
			return nil, err
		}
		d = d.At(c)
		return &subject{d.engine, func() (data.Points, error) { return d.Sample(x.Len(), p.recipe.Seed) }, x}, nil
	}
	problem = t.objective()
	problem.Alike = p.shape()
	problem.Store = model.NewStore()
	if err := freeze(problem.Store, spec.scales(flowScope, p.precision)); err != nil {
		return spec, problem, err
	}
	problem.Data = []*tensors.Tensor{p.precision.tensor(rows.Train)}
	if rows.Validation.Len() > 0 {
		problem.Validation = []*tensors.Tensor{p.precision.tensor(rows.Validation)}
	}
	return spec, problem, nil
}

// apart is the points [batch, D] and conditions [batch, C] of rows that hold both; no conditions
// where rows are as wide as points.
func apart(rows *Node, dim int) (x, c *Node) {
	width := rows.Shape().Dim(1)
	if width == dim {
		return rows, nil
	}
	return Slice(rows, AxisRange(), AxisRange(0, dim)), Slice(rows, AxisRange(), AxisRange(dim, width))
}
