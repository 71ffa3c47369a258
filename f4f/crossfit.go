package f4f

import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/ensemble"
)

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
	return EnsemblePlan[*CrossDensity]{call: fmt.Sprintf("f4f.CrossFit(%s, %d)", p, k), fit: func(ctx context.Context, bootstrap bool) (*CrossDensity, error) {
		folds, _, err := foldsOf(p.recipe.Seed, k, p)
		if err != nil {
			return nil, err
		}
		flows, err := fitMembers(ctx, k, func(i int) (BasePlan, error) { return p.without(folds[0], i, bootstrap) })
		if err != nil {
			return nil, err
		}
		return &CrossDensity{flows, folds[0]}, nil
	}}
}

func (p BetweenPlan) crossFit(k int) EnsemblePlan[*CrossTransport] {
	return EnsemblePlan[*CrossTransport]{call: fmt.Sprintf("f4f.CrossFit(%s, %d)", p, k), fit: func(ctx context.Context, bootstrap bool) (*CrossTransport, error) {
		folds, tables, err := foldsOf(p.recipe.Seed, k, p.left, p.right)
		if err != nil {
			return nil, err
		}
		flows, err := fitMembers(ctx, k, func(i int) (BetweenPlan, error) {
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
		if err != nil {
			return nil, err
		}
		return &CrossTransport{flows, folds[0], folds[1]}, nil
	}}
}

// foldsOf divides the tables of the plans into k folds each, and says which plans have tables.
// Equal tables are divided equally.
func foldsOf(seed uint64, k int, plans ...BasePlan) (folds []dataset.Folds, tables []bool, err error) {
	some := false
	for _, p := range plans {
		if k < 2 {
			return nil, nil, fmt.Errorf("f4f: cross-fitting must have at least 2 folds, got %d", k)
		}
		if p.source == nil {
			_, err := p.resolved()
			return nil, nil, err
		}
		some = some || dataset.IsTable(p.source)
	}
	for _, p := range plans {
		of, table := dataset.EvenFolds(k, seed), dataset.IsTable(p.source)
		if table || !some { // without a table, the error says so
			if of, err = dataset.FoldsOf(p.source, k, seed); err != nil {
				return nil, nil, err
			}
		}
		folds, tables = append(folds, of), append(tables, table)
	}
	return folds, tables, nil
}

// without returns the plan on its table without fold i.
func (p BasePlan) without(folds dataset.Folds, i int, bootstrap bool) (BasePlan, error) {
	var err error
	p.source, err = folds.Without(p.source, i)
	if bootstrap {
		p.recipe.Bootstrap = i + 1
	}
	return p, err
}

// membersOf returns the number, from 0, of the flow that each point is for.
func membersOf(folds dataset.Folds, x data.Points) []int {
	of := make([]int, x.Len())
	for i := range of {
		of[i] = folds.Of(x.Row(i))
	}
	return of
}

// CrossDensity is a density cross-fitted on k folds of a table. It evaluates each row of the table
// by the flow that was trained without it. A point that is not in the table is evaluated by one of
// the flows, which depends only on its values; use Ensemble for such points.
type CrossDensity struct {
	flows []*Density
	folds dataset.Folds
}

// Members returns the densities. Number i was trained without fold i.
func (c *CrossDensity) Members() []*Density { return c.Ensemble().Members() }

// Ensemble returns the densities as an ensemble. It evaluates each row by all flows, also by those
// trained on it, so use it only for points that are not in the table.
func (c *CrossDensity) Ensemble() *DensityEnsemble {
	if c == nil {
		return &DensityEnsemble{}
	}
	return &DensityEnsemble{c.flows}
}

// MemberOf returns, for each row of x [N, D], the number of the flow that is used for it, from 0:
// the one that was trained without the row. It returns nil for nil.
func (c *CrossDensity) MemberOf(x data.Points) []int {
	if c == nil {
		return nil
	}
	return membersOf(c.folds, x)
}

// At returns the density under the condition given, one for all points or one for each; see
// Density.At.
func (c *CrossDensity) At(given data.Points) *CrossDensity {
	if c == nil {
		return nil
	}
	return &CrossDensity{c.Ensemble().At(given).flows, c.folds}
}

// Strict returns the density with strict conditions; see Density.Strict.
func (c *CrossDensity) Strict() *CrossDensity {
	if c == nil {
		return nil
	}
	return &CrossDensity{c.Ensemble().Strict().flows, c.folds}
}

// LogProb returns the log-density [N] of each row of x [N, D], in nats, by a flow that was trained
// without it.
func (c *CrossDensity) LogProb(x data.Points) ([]float64, error) {
	if c == nil || len(c.flows) == 0 {
		return nil, errNil
	}
	if err := c.flows[0].checkWhole(x); err != nil {
		return nil, err
	}
	logProbs := make([]float64, x.Len())
	err := ensemble.ByRow(x, c.MemberOf(x), c.flows, func(d *Density, rows []int, own data.Points) error {
		given, err := ensemble.Rows(d.given, rows)
		if err != nil {
			return err
		}
		some, err := d.At(given).LogProb(own)
		for i, l := range some {
			logProbs[rows[i]] = l
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return logProbs, nil
}

// Save writes the densities and their folds to one file; see DensityEnsemble.Save.
func (c *CrossDensity) Save(path string) error {
	if c == nil {
		return errNil
	}
	return saveMembers(path, crossFitOfDensities, []dataset.Folds{c.folds}, c.flows, (*Density).Save)
}

// String describes the density: "cross-fit of 5: density of jets without fold 1 of 5 (3 features)".
func (c *CrossDensity) String() string { return describe("cross-fit", c.Members()) }

// CrossTransport is a transport cross-fitted on k folds of the tables on its two sides. It maps and
// evaluates each row of a table by the flow that was trained without it, bases included. A point
// that is not in the tables is mapped by one of the flows, which depends only on its values; use
// Ensemble for such points.
type CrossTransport struct {
	flows       []*Transport
	left, right dataset.Folds
}

// Members returns the transports. Number i was trained without fold i of either table.
func (c *CrossTransport) Members() []*Transport { return c.Ensemble().Members() }

// Ensemble returns the transports as an ensemble. It maps each row by all flows, also by those
// trained on it, so use it only for points that are not in the tables.
func (c *CrossTransport) Ensemble() *TransportEnsemble {
	if c == nil {
		return &TransportEnsemble{}
	}
	return &TransportEnsemble{c.flows}
}

// MemberOf returns, for each row of points x [N, D] of the left, the number of the flow that is
// used for it, from 0: the one that was trained without the row. It returns nil for nil.
func (c *CrossTransport) MemberOf(x data.Points) []int {
	if c == nil {
		return nil
	}
	return membersOf(c.left, x)
}

// MemberOfRight returns what MemberOf does, for points y [N, D] of the right.
func (c *CrossTransport) MemberOfRight(y data.Points) []int {
	if c == nil {
		return nil
	}
	return membersOf(c.right, y)
}

// At returns the transport between the conditions cx and cy, each one for all points or one for
// each; see Transport.At.
func (c *CrossTransport) At(cx, cy data.Points) *CrossTransport {
	if c == nil {
		return nil
	}
	return &CrossTransport{c.Ensemble().At(cx, cy).flows, c.left, c.right}
}

// Strict returns the transport with strict conditions; see Transport.Strict.
func (c *CrossTransport) Strict() *CrossTransport {
	if c == nil {
		return nil
	}
	return &CrossTransport{c.Ensemble().Strict().flows, c.left, c.right}
}

// Forward maps points x [N, D] of the left to the right, each by a flow that was trained without
// it.
func (c *CrossTransport) Forward(x data.Points) (data.Points, error) {
	return c.mapped(x, true, (*Transport).Forward)
}

// Inverse maps points y [N, D] of the right to the left, each by a flow that was trained without
// it. Forward may map the result by another flow, and then doesn't return y.
func (c *CrossTransport) Inverse(y data.Points) (data.Points, error) {
	return c.mapped(y, false, (*Transport).Inverse)
}

// LogProb returns the log-density [N] of each row of y [N, D] on the right, in nats, by a flow that
// was trained without it; see Transport.LogProb.
func (c *CrossTransport) LogProb(y data.Points) ([]float64, error) {
	return c.logProb(y, false, (*Transport).LogProb)
}

// LogProbLeft returns the log-density [N] of each row of x [N, D] on the left, in nats, by a flow
// that was trained without it; see Transport.LogProbLeft.
func (c *CrossTransport) LogProbLeft(x data.Points) ([]float64, error) {
	return c.logProb(x, true, (*Transport).LogProbLeft)
}

// mapped maps points of the left, or of the right.
func (c *CrossTransport) mapped(x data.Points, left bool, run func(*Transport, data.Points) (data.Points, error)) (data.Points, error) {
	of, err := c.check(x, left)
	if err != nil {
		return data.Points{}, err
	}
	return ensemble.MapRows(x, of, c.flows, func(t *Transport, rows []int, own data.Points) (data.Points, error) {
		if t, err = t.atRows(rows); err != nil {
			return data.Points{}, err
		}
		return run(t, own)
	})
}

// logProb evaluates points of the left, or of the right.
func (c *CrossTransport) logProb(x data.Points, left bool, run func(*Transport, data.Points) ([]float64, error)) ([]float64, error) {
	of, err := c.check(x, left)
	if err != nil {
		return nil, err
	}
	logProbs := make([]float64, x.Len())
	err = ensemble.ByRow(x, of, c.flows, func(t *Transport, rows []int, own data.Points) error {
		if t, err = t.atRows(rows); err != nil {
			return err
		}
		some, err := run(t, own)
		for i, l := range some {
			logProbs[rows[i]] = l
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return logProbs, nil
}

// check checks points of the left, or of the right, with their conditions, and returns the number
// of the flow of each.
func (c *CrossTransport) check(x data.Points, left bool) (of []int, err error) {
	if c == nil || len(c.flows) == 0 {
		return nil, errNil
	}
	near, far := c.flows[0].Left(), c.flows[0].Right()
	if !left {
		near, far = far, near
	}
	if err := near.checkWhole(x); err != nil {
		return nil, err
	}
	if n := far.given.Len(); n > 1 && n != x.Len() {
		return nil, fmt.Errorf("f4f: %s: %w", c.flows[0], far.spec.CheckCondition(far.given, x.Len(), false))
	}
	if left {
		return c.MemberOf(x), nil
	}
	return c.MemberOfRight(x), nil
}

// atRows returns the transport under the conditions of some rows.
func (t *Transport) atRows(rows []int) (*Transport, error) {
	cx, err := ensemble.Rows(t.cx, rows)
	if err != nil {
		return nil, err
	}
	cy, err := ensemble.Rows(t.cy, rows)
	return t.At(cx, cy), err
}

// Save writes the transports and their folds to one file; see DensityEnsemble.Save.
func (c *CrossTransport) Save(path string) error {
	if c == nil {
		return errNil
	}
	return saveMembers(path, crossFitOfTransports, []dataset.Folds{c.left, c.right}, c.flows, (*Transport).Save)
}

// String describes the transport: "cross-fit of 5: transport ring without fold 1 of 5 → star".
func (c *CrossTransport) String() string { return describe("cross-fit", c.Members()) }
