package f4f

import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/internal/train"
	"github.com/flowsforflows/flows/f4f/plan"
)

// BasePlan is a plan for a normalizing flow that learns the density of a source. Base returns one.
// Known and PointsOf return plans for sides of a transport that train nothing.
// Each method returns a changed copy, and Fit trains the flow. String returns the Go code that
// makes the plan.
type BasePlan struct {
	settings
	source         data.Source
	standardise    bool
	standardiseSet bool               // Standardise or Raw was called; otherwise recipe and source decide
	maps           dataset.Maps       // of columns, see Column
	choices        []specs.BaseChoice // of base distributions, see BaseDistribution
	variational    bool               // see VariationalNoise
	noiseColumns   []string           // what it was called with
	// base, conditionAngles and noise follow from the settings above and the source's columns, in a
	// plan that completed has returned; see specs.Density.
	base            []plan.BaseDistribution
	conditionAngles []int
	noise           []int
	noisePipeline   *data.Pipeline // of the columns of noise
	// identity identifies the source in a plan that resolved has returned; see dataset.Identity. It
	// is "" in any other plan.
	identity string
	known    bool           // the density is given, see Known
	given    *specs.Density // the spec of a density that is given, in a plan that completed has returned
	// onlyPoints is set if there is no density, see PointsOf.
	onlyPoints bool
}

// The paper's numbers of epochs for bases.
const baseEpochs, conditionalBaseEpochs = 10, 32

// Base returns a plan to learn the density of a source, by the recipe Default. A conditional source
// (data.ConditionalSource) gives a conditional density p(x|c).
func Base(source data.Source) BasePlan {
	return BasePlan{settings: defaultSettings, source: source}
}

// Standardise makes the flow see each feature shifted and scaled to mean 0 and standard deviation
// 1. This is the default for a table (data.Finite) under the recipe Default. The scaler is part of
// the density: its methods take and return points in the units of the data, and its log-probs
// include the log-det of the scaler. Conditions are always standardised inside the flow, whether
// points are or not; At takes them in their own units.
func (p BasePlan) Standardise() BasePlan { p.standardise, p.standardiseSet = true, true; return p }

// Raw makes the flow see points as they are. This is the default for a source that is not a table,
// and for every source under the recipes Paper and Fast.
func (p BasePlan) Raw() BasePlan { p.standardise, p.standardiseSet = false, true; return p }

// standardises reports whether the flow sees standardised points.
func (p BasePlan) standardises() bool {
	if p.standardiseSet {
		return p.standardise
	}
	return p.standardisesByDefault()
}

// standardisesByDefault reports whether the recipe and the source ask for standardised points.
func (p BasePlan) standardisesByDefault() bool {
	return dataset.IsTable(p.source) && p.recipe.Tables
}

// Name returns the name of the source whose density the plan learns.
func (p BasePlan) Name() string {
	if p.source == nil {
		return "nothing"
	}
	return p.source.Name()
}

// Fit trains the plan's flow and keeps it in the store. If the store already has the flow, Fit
// loads it. If its training was interrupted, Fit resumes it.
//
// An error that wraps ErrInterrupted or ErrNotKept comes with a Density that holds the weights
// reached so far, and one that wraps ErrNonFinite with one of the last good epoch, unless the fit
// was interrupted before training began. With any other error the Density is nil.
func (p BasePlan) Fit(ctx context.Context) (*Density, error) {
	p, err := p.resolved()
	if err != nil {
		return nil, err
	}
	if !p.isLearned() {
		return p.obtainGiven(ctx)
	}
	print, err := p.Fingerprint()
	if err != nil {
		return nil, err
	}
	var d *Density
	err = p.place.Obtain(ctx, p.recipe, p.name(), print, train.Job{
		Load: func(ctx context.Context, path string) (string, []string, error) {
			if d, err = loadDensity(ctx, path, p.place.Backend); err != nil {
				return "", nil, err
			}
			return d.fingerprint, d.notes, nil
		},
		Train: func(ctx context.Context, t *train.Trainer) error {
			spec, problem, err := p.problem(t)
			if err != nil {
				return err
			}
			return t.Run(ctx, problem, func(weights fit.Snapshot) error {
				d, err = newDensity(t.Backend.Backend, weights, spec, t.History(), print)
				if err != nil {
					return err
				}
				d.take(t.Kept)
				t.Spec = spec
				return nil
			})
		},
	})
	return d, err
}

// name returns the name of the flow in events and in the store.
func (p BasePlan) name() string { return densityName(p.Name()) }

// bases returns nil: a base is trained on points alone.
func (p BasePlan) bases() []BasePlan { return nil }

// processors returns how many processors a fit keeps busy on a CPU.
func (p BasePlan) processors() int {
	if p.source == nil {
		return 1 // Fit returns an error for it
	}
	return p.place.Processors(p.recipe, p.source)
}

// Fingerprint returns a hash of what the plan trains: its architecture, recipe, seed, precision and
// data. Plans that agree in these have the same fingerprint, wherever they run and keep their
// flows. It returns an error if the plan is not valid.
func (p BasePlan) Fingerprint() (string, error) {
	p, err := p.resolved()
	if err != nil {
		return "", err
	}
	if p.known {
		return flowfile.Fingerprint(struct {
			Kind, Source string
			Standardise  bool
			Precision    Precision
		}{"known", p.identity, p.standardise, p.precision})
	}
	told := p.precision
	if told == Float32 {
		told = "" // plans made before there was a choice keep their fingerprints
	}
	if p.onlyPoints { // maps and scales depend on the rows, and the scale of an angle on the bound
		train, held := p.recipe.TrainingRows(p.source)
		bound := p.architecture.TailBound
		if p.base == nil {
			bound = 0
		}
		return flowfile.Fingerprint(struct {
			Kind, Source string
			Standardise  bool
			Precision    Precision
			Maps         []string
			Base         []plan.BaseDistribution
			Bound        float64
			Rows         [2]int
			Seed         uint64
			Bootstrap    int
		}{"points", p.identity, p.standardise, p.precision, p.maps.Texts(), p.base, bound, [2]int{train, held}, p.recipe.Seed, p.recipe.Bootstrap})
	}
	return flowfile.Fingerprint(struct {
		Kind         string
		Architecture Architecture
		Recipe       Recipe
		Standardise  bool
		Source       string
		Precision    Precision `json:",omitempty"`
		Maps         []string  `json:",omitempty"`

		Base  []plan.BaseDistribution `json:",omitempty"`
		Noise []int                   `json:",omitempty"`
	}{specs.DensityKind, p.architecture, p.recipe, p.standardise, p.identity, told, p.maps.Texts(), p.base, p.noise})
}

// form returns what the graphs of the plan's flow depend on.
func (p BasePlan) form() specs.Form {
	return specs.Form{
		Dim: p.source.Dim(), Condition: dataset.ConditionDim(p.source), Architecture: p.architecture, Standardise: p.standardise, Base: p.base, ConditionAngles: p.conditionAngles,
		Noise: p.noise, NoiseMaps: specs.MapsKey(p.noise, p.noisePipeline), Seed: specs.SeedOfForm(p.architecture, p.recipe),
	}
}

// shape returns the key shared by plans that can train as one program, or "" if p must train alone.
// The sizes of their data must agree as well, which is checked when they are known.
func (p BasePlan) shape() string {
	p, err := p.resolved()
	if err != nil || !p.stacks() || !p.isLearned() {
		return ""
	}
	recipe := p.recipe
	recipe.Seed, recipe.Bootstrap = 0, 0
	return specs.Key(struct {
		Kind, Backend string
		Form          specs.Form
		Recipe        Recipe
		Precision     Precision
	}{specs.DensityKind, p.place.Backend, p.form(), recipe, p.precision})
}

// resolved returns the plan with the defaults that depend on the source filled in, and the source
// identified, which draws from it. It returns an error if the plan is not valid. A plan that
// resolved has returned it returns as it is.
func (p BasePlan) resolved() (BasePlan, error) {
	if p.identity != "" {
		return p, nil
	}
	p, err := p.completed()
	if err != nil {
		return p, err
	}
	if d, ok := p.source.(*Density); ok && p.known {
		p.identity, err = d.identity()
	} else {
		p.identity, err = dataset.Identity(p.source)
	}
	return p, err
}

// completed returns the plan with the defaults that depend on the source filled in, without drawing
// from the source. It returns an error if the plan is not valid.
func (p BasePlan) completed() (BasePlan, error) {
	if p.known {
		return p.completedKnown()
	}
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
	if p.settings, err = p.settings.resolvedFor(epochs, false, p.source); err != nil {
		return p, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	err = p.settings.validate(p.source.Dim(), dataset.ConditionDim(p.source))
	if err == nil {
		err = p.checkOnlyPoints()
	}
	if err == nil {
		err = p.place.Validate(p.recipe.Batch, 1, 1)
	}
	if err == nil {
		err = p.maps.Validate(p.source)
	}
	if err == nil {
		p, err = p.withBase()
	}
	if err == nil {
		p, err = p.withNoise()
	}
	if err != nil {
		return p, fmt.Errorf("f4f: base %s: %w", p.source.Name(), err)
	}
	return p, nil
}

// withBase returns the plan with the base distributions of its source's columns.
func (p BasePlan) withBase() (BasePlan, error) {
	if len(p.choices) == 0 && !p.maps.HaveAngles() {
		return p, nil
	}
	x, c, err := dataset.Columns(p.source)
	if err != nil {
		return p, err
	}
	var angles []int
	if angles, p.conditionAngles, err = p.maps.Angles(x, c); err != nil {
		return p, err
	}
	if p.base, err = specs.ResolveBase(p.choices, angles, x); err != nil {
		return p, err
	}
	return p, p.architecture.ValidateBase(p.base)
}

// withNoise returns the plan with the columns whose noise is learned.
func (p BasePlan) withNoise() (BasePlan, error) {
	if !p.variational {
		return p, nil
	}
	x, _, err := dataset.Columns(p.source)
	if err == nil {
		p.noise, p.noisePipeline, err = p.maps.WholeNumbers(x, p.noiseColumns)
	}
	return p, err
}

// outline returns the part of the density's spec that its graphs depend on. Its scalers have the
// right shapes; their numbers are still 0.
func (p BasePlan) outline() specs.Density {
	if p.known {
		return *p.given
	}
	spec := specs.Density{
		Kind: specs.DensityKind, Name: p.source.Name(), Dim: p.source.Dim(), Condition: dataset.ConditionDim(p.source),
		Architecture: p.architecture, Recipe: p.recipe, Base: p.base, ConditionAngles: p.conditionAngles, Noise: p.noise, Pipeline: p.noisePipeline,
	}
	if p.standardise || p.base != nil {
		spec.Scaler = &data.Scaler{Mean: make([]float64, spec.Dim), Std: make([]float64, spec.Dim)}
	}
	if n := spec.Condition; n > 0 {
		spec.Conditions = &data.Scaler{Mean: make([]float64, n), Std: make([]float64, n)}
	}
	if p.onlyPoints {
		spec = spec.WithOnlyPoints(p.precision)
	}
	return spec
}
