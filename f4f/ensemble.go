package f4f

import (
	"context"
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/ensemble"
)

// EnsemblePlan is a plan for an ensemble E: several flows of one plan that differ by their seed or
// by the rows that they are trained on. Ensemble and CrossFit return one. Fit trains the flows.
type EnsemblePlan[E any] struct {
	call      string // the Go code that makes the plan
	bootstrap bool
	fit       func(ctx context.Context, bootstrap bool) (E, error)
}

// Ensemble returns a plan for k flows of a plan, k ≥ 2. Flow i, counted from 0, has the plan's seed
// plus i, and each of its bases has its own seed plus i. The seed also decides which rows of a
// table are held out and which points are drawn from a source. Two ensembles of one plan whose
// seeds differ by k or more have no flow in common.
//
// A BasePlan gives a *DensityEnsemble, and a BetweenPlan a *TransportEnsemble:
//
//	e, err := f4f.Ensemble(f4f.Base(table), 8).Bootstrap().Fit(ctx)
//	logProbs, err := e.LogProb(x)     // log of the mean of 8 densities
//	spread, err := e.LogProbSpread(x) // standard deviation of their log-densities
func Ensemble[P interface{ ensemble(k int) EnsemblePlan[E] }, E any](plan P, k int) EnsemblePlan[E] {
	if any(plan) == nil {
		return EnsemblePlan[E]{}
	}
	return plan.ensemble(k)
}

// Bootstrap trains flow i of the ensemble on replicate i+1 of the tables; see BasePlan.Bootstrap.
// The spread over the flows then includes the statistical uncertainty of the tables, besides that
// of the training. In a cross-fit, flow i gets a replicate of the rows outside fold i. Fit returns
// an error if no source is a table.
func (p EnsemblePlan[E]) Bootstrap() EnsemblePlan[E] { p.bootstrap = true; return p }

// Fit trains the flows side by side, as FitAll does, and keeps each in the store: each is a plan of
// its own, so an interrupted fit resumes, and a larger ensemble reuses the flows of a smaller one.
// On a CPU each flow is trained on one processor, unless Devices is set or there are two processors
// for each flow. So a flow may differ by rounding from the one that its plan's Fit trains. If any
// flow fails, Fit returns an error and no ensemble.
func (p EnsemblePlan[E]) Fit(ctx context.Context) (e E, err error) {
	if p.fit == nil {
		return e, fmt.Errorf("f4f: an ensemble needs a plan of its flows, got none: make it by Ensemble or CrossFit")
	}
	return p.fit(ctx, p.bootstrap)
}

// String returns the Go code that makes the plan.
func (p EnsemblePlan[E]) String() string {
	if p.bootstrap {
		return p.call + ".Bootstrap()"
	}
	return p.call
}

// member returns the plan of flow i of an ensemble.
func (p BasePlan) member(i int, bootstrap bool) BasePlan {
	p.recipe.Seed += uint64(i)
	if bootstrap {
		p.recipe.Bootstrap = i + 1
	}
	return p
}

// member returns the plan of flow i of an ensemble.
func (p BetweenPlan) member(i int, bootstrap bool) BetweenPlan {
	tables := dataset.IsTable(p.left.source) || dataset.IsTable(p.right.source)
	p.left = p.left.member(i, bootstrap && (dataset.IsTable(p.left.source) || !tables)) // without a table Fit returns an error
	p.right = p.right.member(i, bootstrap && (dataset.IsTable(p.right.source) || !tables))
	p.recipe.Seed += uint64(i)
	if bootstrap {
		p.recipe.Bootstrap = i + 1
	}
	return p
}

func (p BasePlan) ensemble(k int) EnsemblePlan[*DensityEnsemble] {
	return EnsemblePlan[*DensityEnsemble]{call: fmt.Sprintf("f4f.Ensemble(%s, %d)", p, k), fit: func(ctx context.Context, bootstrap bool) (*DensityEnsemble, error) {
		flows, err := fitMembers(ctx, k, func(i int) (BasePlan, error) { return p.member(i, bootstrap), nil })
		if err != nil {
			return nil, err
		}
		return &DensityEnsemble{flows}, nil
	}}
}

func (p BetweenPlan) ensemble(k int) EnsemblePlan[*TransportEnsemble] {
	return EnsemblePlan[*TransportEnsemble]{call: fmt.Sprintf("f4f.Ensemble(%s, %d)", p, k), fit: func(ctx context.Context, bootstrap bool) (*TransportEnsemble, error) {
		flows, err := fitMembers(ctx, k, func(i int) (BetweenPlan, error) { return p.member(i, bootstrap), nil })
		if err != nil {
			return nil, err
		}
		return &TransportEnsemble{flows}, nil
	}}
}

// fitMembers fits the plans of k flows. It returns an error unless it has them all.
func fitMembers[P memberPlan[P, F], F any](ctx context.Context, k int, member func(i int) (P, error)) ([]F, error) {
	if k < 2 || k > ensemble.MostMembers {
		return nil, fmt.Errorf("f4f: an ensemble must have from 2 to %d flows, got %d", ensemble.MostMembers, k)
	}
	plans := make([]P, k)
	for i := range plans {
		p, err := member(i)
		if err != nil {
			return nil, err
		}
		plans[i] = p.besideOthers(k)
	}
	flows, err := FitAll(ctx, plans...)
	if err != nil {
		return nil, err
	}
	return flows, nil
}

// memberPlan is the plan of a flow F of an ensemble.
type memberPlan[P, F any] interface {
	Plan[F]
	besideOthers(k int) P // the plan in a place that suits k of them
}

func (p BasePlan) besideOthers(k int) BasePlan { p.settings = p.settings.besideOthers(k); return p }

func (p BetweenPlan) besideOthers(k int) BetweenPlan {
	p.settings, p.left, p.right = p.settings.besideOthers(k), p.left.besideOthers(k), p.right.besideOthers(k)
	return p
}

// ofEach calls a method of each flow.
func ofEach[F, T any](flows []F, call func(F) (T, error)) ([]T, error) {
	if len(flows) == 0 {
		return nil, errNil
	}
	results := make([]T, len(flows))
	for i, flow := range flows {
		var err error
		if results[i], err = call(flow); err != nil {
			return nil, fmt.Errorf("%w (flow %d of %d)", err, i+1, len(flows))
		}
	}
	return results, nil
}

// changed returns what change makes of each flow.
func changed[F, G any](flows []F, change func(F) G) []G {
	result := make([]G, len(flows))
	for i, flow := range flows {
		result[i] = change(flow)
	}
	return result
}

// DensityEnsemble is an ensemble of k densities. Its density is their mean.
type DensityEnsemble struct{ flows []*Density }

// Members returns the densities of the ensemble.
func (e *DensityEnsemble) Members() []*Density {
	if e == nil {
		return nil
	}
	return slices.Clone(e.flows)
}

// At returns the ensemble under the condition c; see Density.At.
func (e *DensityEnsemble) At(c data.Points) *DensityEnsemble {
	return &DensityEnsemble{changed(e.Members(), func(d *Density) *Density { return d.At(c) })}
}

// Strict returns the ensemble with strict conditions; see Density.Strict.
func (e *DensityEnsemble) Strict() *DensityEnsemble {
	return &DensityEnsemble{changed(e.Members(), (*Density).Strict)}
}

// LogProbEach returns the log-density of each row of x [N, D] by each flow, [k][N], in nats.
func (e *DensityEnsemble) LogProbEach(x data.Points) ([][]float64, error) {
	return ofEach(e.Members(), func(d *Density) ([]float64, error) { return d.LogProb(x) })
}

// LogProb returns the logarithm of the mean density, log (1/k) Σ_i p_i(x) [N], of each row of x
// [N, D], in nats.
func (e *DensityEnsemble) LogProb(x data.Points) ([]float64, error) {
	each, err := e.LogProbEach(x)
	if err != nil {
		return nil, err
	}
	return ensemble.MeanDensity(each), nil
}

// LogProbSpread returns the standard deviation [N], over the flows, of the log-density of each row
// of x [N, D], in nats, with k−1 in the denominator. It is NaN where a flow has density 0.
func (e *DensityEnsemble) LogProbSpread(x data.Points) ([]float64, error) {
	each, err := e.LogProbEach(x)
	if err != nil {
		return nil, err
	}
	return ensemble.Spread(each), nil
}

// Sample draws n points [n, D] of the mean density: row i comes from flow i mod k, so that all
// flows draw equally many points, to within one. The same n and seed give the same points. If At
// set a condition for each point, n must be their number. For samples of a single flow use Members.
func (e *DensityEnsemble) Sample(n int, seed uint64) (data.Points, error) {
	flows := e.Members()
	if len(flows) == 0 {
		return data.Points{}, errNil
	}
	if n < 1 {
		return data.Points{}, fmt.Errorf("f4f: the number of points to sample must be at least 1, got %d", n)
	}
	z, err := flows[0].noise(n, seed)
	if err != nil {
		return data.Points{}, err
	}
	turns := make([]int, n)
	for i := range turns {
		turns[i] = i % len(flows)
	}
	if err := flows[0].checkWhole(z); err != nil {
		return data.Points{}, err
	}
	return ensemble.MapRows(z, turns, flows, func(d *Density, rows []int, own data.Points) (data.Points, error) {
		c, err := ensemble.Rows(d.given, rows)
		if err != nil {
			return data.Points{}, err
		}
		return d.At(c).Decode(own)
	})
}

// checkWhole checks what can't be checked once points and conditions are divided among flows: their
// numbers, and which row is wrong.
func (d *Density) checkWhole(x data.Points) error {
	err := d.spec.CheckPoints(x)
	if err == nil && d.given.Len() != 1 && d.given.Len() != x.Len() {
		err = d.spec.CheckCondition(d.given, x.Len(), d.strict)
	}
	if err != nil {
		return fmt.Errorf("f4f: %s: %w", d, err)
	}
	return nil
}

// Save writes the ensemble to one file, which LoadEnsemble reads: a zip archive of the files that
// the flows save themselves. Save replaces path atomically.
func (e *DensityEnsemble) Save(path string) error {
	return saveMembers(path, ensembleOfDensities, nil, e.Members(), (*Density).Save)
}

// String describes the ensemble: "ensemble of 8: density of jets (3 features)".
func (e *DensityEnsemble) String() string { return describe("ensemble", e.Members()) }

// describe describes an ensemble by its first flow.
func describe[F fmt.Stringer](kind string, flows []F) string {
	if len(flows) == 0 {
		return "no " + kind
	}
	return fmt.Sprintf("%s of %d: %s", kind, len(flows), flows[0])
}

// TransportEnsemble is an ensemble of k transports. It maps a point to the mean of its images under
// them.
type TransportEnsemble struct{ flows []*Transport }

// Members returns the transports of the ensemble.
func (e *TransportEnsemble) Members() []*Transport {
	if e == nil {
		return nil
	}
	return slices.Clone(e.flows)
}

// At returns the ensemble between the conditions cx and cy; see Transport.At.
func (e *TransportEnsemble) At(cx, cy data.Points) *TransportEnsemble {
	return &TransportEnsemble{changed(e.Members(), func(t *Transport) *Transport { return t.At(cx, cy) })}
}

// Strict returns the ensemble with strict conditions; see Transport.Strict.
func (e *TransportEnsemble) Strict() *TransportEnsemble {
	return &TransportEnsemble{changed(e.Members(), (*Transport).Strict)}
}

// Left returns the ensemble of the densities of the left distribution.
func (e *TransportEnsemble) Left() *DensityEnsemble {
	return &DensityEnsemble{changed(e.Members(), (*Transport).Left)}
}

// Right returns the ensemble of the densities of the right distribution.
func (e *TransportEnsemble) Right() *DensityEnsemble {
	return &DensityEnsemble{changed(e.Members(), (*Transport).Right)}
}

// ForwardEach returns the images of points x [N, D] of the left under each flow, k sets [N, D].
func (e *TransportEnsemble) ForwardEach(x data.Points) ([]data.Points, error) {
	return ofEach(e.Members(), func(t *Transport) (data.Points, error) { return t.Forward(x) })
}

// InverseEach returns the images of points y [N, D] of the right under the inverse of each flow, k
// sets [N, D].
func (e *TransportEnsemble) InverseEach(y data.Points) ([]data.Points, error) {
	return ofEach(e.Members(), func(t *Transport) (data.Points, error) { return t.Inverse(y) })
}

// Forward maps points x [N, D] of the left to the mean of their images under the flows. Means vary
// a little less than the right distribution: where the distribution matters, use the images under
// one flow (ForwardEach).
func (e *TransportEnsemble) Forward(x data.Points) (data.Points, error) {
	mean, _, err := meanAndSpread(e.ForwardEach(x))
	return mean, err
}

// ForwardSpread returns the standard deviation [N, D], over the flows and with k−1 in the
// denominator, of each feature of the images of points x [N, D] of the left.
func (e *TransportEnsemble) ForwardSpread(x data.Points) (data.Points, error) {
	_, spread, err := meanAndSpread(e.ForwardEach(x))
	return spread, err
}

// Inverse maps points y [N, D] of the right to the mean of their images on the left; see Forward.
// It doesn't undo Forward exactly, as the mean of the inverses is not the inverse of the mean.
func (e *TransportEnsemble) Inverse(y data.Points) (data.Points, error) {
	mean, _, err := meanAndSpread(e.InverseEach(y))
	return mean, err
}

// InverseSpread returns the standard deviation [N, D], over the flows and with k−1 in the
// denominator, of each feature of the images of points y [N, D] of the right.
func (e *TransportEnsemble) InverseSpread(y data.Points) (data.Points, error) {
	_, spread, err := meanAndSpread(e.InverseEach(y))
	return spread, err
}

func meanAndSpread(each []data.Points, err error) (mean, spread data.Points, _ error) {
	if err != nil {
		return mean, spread, err
	}
	return ensemble.MeanAndSpread(each)
}

// LogProb returns the logarithm of the mean, over the flows, of the density of each row of y [N, D]
// on the right, [N], in nats; see Transport.LogProb.
func (e *TransportEnsemble) LogProb(y data.Points) ([]float64, error) {
	each, err := ofEach(e.Members(), func(t *Transport) ([]float64, error) { return t.LogProb(y) })
	if err != nil {
		return nil, err
	}
	return ensemble.MeanDensity(each), nil
}

// LogProbLeft returns the logarithm of the mean, over the flows, of the density of each row of x
// [N, D] on the left, [N], in nats; see Transport.LogProbLeft.
func (e *TransportEnsemble) LogProbLeft(x data.Points) ([]float64, error) {
	each, err := ofEach(e.Members(), func(t *Transport) ([]float64, error) { return t.LogProbLeft(x) })
	if err != nil {
		return nil, err
	}
	return ensemble.MeanDensity(each), nil
}

// Save writes the ensemble to one file; see DensityEnsemble.Save.
func (e *TransportEnsemble) Save(path string) error {
	return saveMembers(path, ensembleOfTransports, nil, e.Members(), (*Transport).Save)
}

// String describes the ensemble: "ensemble of 8: transport ring → star".
func (e *TransportEnsemble) String() string { return describe("ensemble", e.Members()) }
