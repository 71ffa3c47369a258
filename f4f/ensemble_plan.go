package f4f

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/ensemble"
)

// EnsemblePlan is a plan for an ensemble E: several flows of one plan that differ by their seed or
// by the rows that they are trained on. Ensemble and CrossFit return one. Fit trains the flows.
type EnsemblePlan[E any] struct {
	call      string // the Go code that makes the plan
	bootstrap bool
	fit       func(ctx context.Context, bootstrap bool) (E, error)
	tasks     func(bootstrap bool) ([]Task, error)
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
// an error if no source is a table. (metric.Bootstrap trains nothing: it puts an interval on a
// metric of given points.)
func (p EnsemblePlan[E]) Bootstrap() EnsemblePlan[E] { p.bootstrap = true; return p }

// Fit trains the flows side by side, as FitAll does, and keeps each in the store: each is a plan of
// its own, so an interrupted fit resumes, and a larger ensemble reuses the flows of a smaller one.
// On a CPU each flow is trained on one processor, unless Devices is set or there are two processors
// for each flow. So a flow may differ by rounding from the one that its plan's Fit trains. If any
// flow fails, Fit returns an error and no ensemble.
func (p EnsemblePlan[E]) Fit(ctx context.Context) (e E, err error) {
	if p.fit == nil {
		return e, errNoEnsemble
	}
	return p.fit(ctx, p.bootstrap)
}

// Tasks returns a task for each flow of the ensemble and for each of their bases, bases first. Once
// all have run, for example by package cluster on Slurm, Fit loads the flows and returns the
// ensemble. Tasks returns an error if the plan is not valid.
func (p EnsemblePlan[E]) Tasks() ([]Task, error) {
	if p.tasks == nil {
		return nil, errNoEnsemble
	}
	return p.tasks(p.bootstrap)
}

var errNoEnsemble = errors.New("f4f: an ensemble needs a plan of its flows, got none: make it by Ensemble or CrossFit")

// String returns the Go code that makes the plan.
func (p EnsemblePlan[E]) String() string {
	if p.bootstrap {
		return p.call + ".Bootstrap()"
	}
	return p.call
}

func (p BasePlan) ensemble(k int) EnsemblePlan[*DensityEnsemble] {
	plans := func(bootstrap bool) ([]BasePlan, []dataset.Folds, error) {
		members, err := membersOf(k, func(i int) (BasePlan, error) { return p.member(i, bootstrap), nil })
		return members, nil, err
	}
	return newEnsemblePlan(fmt.Sprintf("f4f.Ensemble(%s, %d)", p, k), plans, func(flows []*Density, _ []dataset.Folds) *DensityEnsemble {
		return &DensityEnsemble{flows}
	})
}

func (p BetweenPlan) ensemble(k int) EnsemblePlan[*TransportEnsemble] {
	plans := func(bootstrap bool) ([]BetweenPlan, []dataset.Folds, error) {
		members, err := membersOf(k, func(i int) (BetweenPlan, error) { return p.member(i, bootstrap), nil })
		return members, nil, err
	}
	return newEnsemblePlan(fmt.Sprintf("f4f.Ensemble(%s, %d)", p, k), plans, func(flows []*Transport, _ []dataset.Folds) *TransportEnsemble {
		return &TransportEnsemble{flows}
	})
}

// newEnsemblePlan returns a plan for an ensemble. plans returns the plans of its flows, and the folds
// of a cross-fit; whole makes the ensemble of the flows.
func newEnsemblePlan[P memberPlan[P, F], F, E any](
	call string, plans func(bootstrap bool) ([]P, []dataset.Folds, error), whole func(flows []F, folds []dataset.Folds) E,
) EnsemblePlan[E] {
	return EnsemblePlan[E]{
		call: call,
		tasks: func(bootstrap bool) ([]Task, error) {
			members, _, err := plans(bootstrap)
			if err != nil {
				return nil, err
			}
			return tasksOfMembers(members)
		},
		fit: func(ctx context.Context, bootstrap bool) (e E, err error) {
			members, folds, err := plans(bootstrap)
			if err != nil {
				return e, err
			}
			flows, err := fitMembers(ctx, members)
			if err != nil {
				return e, err
			}
			return whole(flows, folds), nil
		},
	}
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
	left, right := dataset.IsTable(p.left.source), dataset.IsTable(p.right.source)
	p.left = p.left.member(i, bootstrap && (left || !right)) // without any table Fit returns an error
	p.right = p.right.member(i, bootstrap && (right || !left))
	p.recipe.Seed += uint64(i)
	if bootstrap {
		p.recipe.Bootstrap = i + 1
	}
	return p
}

// CrossFit returns a plan for k flows of a plan, k ≥ 2, by k-fold cross-fitting: the rows of a
// table are divided into k folds, and flow i is trained without fold i. Each row is then evaluated,
// or mapped, by the flow that was trained without it. So results on the table are not biased by
// overfitting to its rows.
//
// A BasePlan gives a *CrossDensity, and a BetweenPlan a *CrossTransport. For the latter, the tables
// on both sides are divided, and the bases of flow i are trained without fold i too. A side that is
// not a table is trained as usual. Fit returns an error if there is no table, or if a table has
// fewer than 2k different rows.
//
//	cross, err := f4f.CrossFit(f4f.Between(f4f.Base(simulation), f4f.Base(measured)), 5).Fit(ctx)
//	y, err := cross.Forward(simulation.Points())
//
// A row is recognised by its values, bit for bit, so pass rows of the table unchanged; their order
// and number don't matter. Equal rows are in one fold. The plan's seed decides the folds. The
// flows keep the seeds of the plan and of its bases, and differ only by their rows.
func CrossFit[P interface{ crossFit(k int) EnsemblePlan[C] }, C any](plan P, k int) EnsemblePlan[C] {
	if any(plan) == nil {
		return EnsemblePlan[C]{}
	}
	return plan.crossFit(k)
}

func (p BasePlan) crossFit(k int) EnsemblePlan[*CrossDensity] {
	plans := func(bootstrap bool) ([]BasePlan, []dataset.Folds, error) {
		folds, _, err := foldsOf(p.recipe.Seed, k, p)
		if err != nil {
			return nil, nil, err
		}
		members, err := membersOf(k, func(i int) (BasePlan, error) { return p.without(folds[0], i, bootstrap) })
		return members, folds, err
	}
	return newEnsemblePlan(fmt.Sprintf("f4f.CrossFit(%s, %d)", p, k), plans, func(flows []*Density, folds []dataset.Folds) *CrossDensity {
		return &CrossDensity{flows, folds[0]}
	})
}

func (p BetweenPlan) crossFit(k int) EnsemblePlan[*CrossTransport] {
	plans := func(bootstrap bool) ([]BetweenPlan, []dataset.Folds, error) {
		folds, tables, err := foldsOf(p.recipe.Seed, k, p.left, p.right)
		if err != nil {
			return nil, nil, err
		}
		members, err := membersOf(k, func(i int) (BetweenPlan, error) {
			own := p
			var err error
			for side, base := range []*BasePlan{&own.left, &own.right} {
				if tables[side] && err == nil {
					*base, err = base.without(folds[side], i, bootstrap)
				}
			}
			if bootstrap {
				own.recipe.Bootstrap = i + 1
			}
			return own, err
		})
		return members, folds, err
	}
	return newEnsemblePlan(fmt.Sprintf("f4f.CrossFit(%s, %d)", p, k), plans, func(flows []*Transport, folds []dataset.Folds) *CrossTransport {
		return &CrossTransport{flows, folds[0], folds[1]}
	})
}

// membersOf returns the plans of k flows.
func membersOf[P any](k int, member func(i int) (P, error)) ([]P, error) {
	if k < 2 || k > ensemble.MostMembers {
		return nil, fmt.Errorf("f4f: an ensemble must have from 2 to %d flows, got %d", ensemble.MostMembers, k)
	}
	plans := make([]P, k)
	for i := range plans {
		var err error
		if plans[i], err = member(i); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// fitMembers fits plans side by side. It returns an error unless it has all flows.
func fitMembers[P memberPlan[P, F], F any](ctx context.Context, plans []P) ([]F, error) {
	beside := make([]P, len(plans))
	for i, p := range plans {
		beside[i] = p.besideOthers(len(plans))
	}
	flows, err := FitAll(ctx, beside...)
	if err != nil {
		return nil, err
	}
	return flows, nil
}

// tasksOfMembers returns the tasks of plans, each once: flows may share bases.
func tasksOfMembers[P interface{ Tasks() ([]Task, error) }](plans []P) (all []Task, err error) {
	known := map[string]bool{} // by fingerprint
	for _, p := range plans {
		tasks, err := p.Tasks()
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			if !known[t.Fingerprint] {
				known[t.Fingerprint], all = true, append(all, t)
			}
		}
	}
	return all, nil
}

// memberPlan is the plan of a flow F of an ensemble.
type memberPlan[P, F any] interface {
	Plan[F]
	Tasks() ([]Task, error)
	besideOthers(k int) P // the plan in a place that suits k of them
}

func (p BasePlan) besideOthers(k int) BasePlan { p.settings = p.settings.besideOthers(k); return p }

func (p BetweenPlan) besideOthers(k int) BetweenPlan {
	p.settings, p.left, p.right = p.settings.besideOthers(k), p.left.besideOthers(k), p.right.besideOthers(k)
	return p
}
