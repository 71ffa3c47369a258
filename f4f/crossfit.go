package f4f

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/ensemble"
)

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
	return c.folds.OfEach(x)
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
	return c.logProb(x, (*Density).LogProb)
}

// LogProbBound returns a lower bound of log P(x) [N], in nats, by the row's flow, in expectation over draws
// of its noise; see Density.LogProbBound.
func (c *CrossDensity) LogProbBound(x data.Points, draws int, seed uint64) ([]float64, error) {
	return c.logProb(x, func(d *Density, own data.Points) ([]float64, error) { return d.LogProbBound(own, draws, seed) })
}

// logProb evaluates each row of x [N, D] by the flow that was trained without it.
func (c *CrossDensity) logProb(x data.Points, run func(*Density, data.Points) ([]float64, error)) ([]float64, error) {
	if c == nil || len(c.flows) == 0 {
		return nil, errNil
	}
	if err := c.flows[0].checkRows(x); err != nil {
		return nil, err
	}
	return ensemble.ValuesOfRows(x, c.MemberOf(x), c.flows, func(d *Density, rows []int, own data.Points) ([]float64, error) {
		given, err := ensemble.Rows(d.given, rows)
		if err != nil {
			return nil, err
		}
		return run(d.At(given), own)
	})
}

// Save writes the densities and their folds to one file; see DensityEnsemble.Save.
func (c *CrossDensity) Save(path string) error {
	if c == nil {
		return errNil
	}
	return saveMembers(path, ensemble.CrossFitDensities, []dataset.Folds{c.folds}, c.flows, (*Density).Save)
}

// String describes the density: "cross-fit of 5: density of jets without fold 1 of 5 (3 features)".
func (c *CrossDensity) String() string { return ensemble.Describe("cross-fit", c.Members()) }

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
	return c.left.OfEach(x)
}

// MemberOfRight returns what MemberOf does, for points y [N, D] of the right.
func (c *CrossTransport) MemberOfRight(y data.Points) []int {
	if c == nil {
		return nil
	}
	return c.right.OfEach(y)
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

// LogProbBound returns a lower bound of log P(y) [N] on the right, in nats, by the row's flow, in
// expectation over draws of its noise; see Transport.LogProbBound.
func (c *CrossTransport) LogProbBound(y data.Points, draws int, seed uint64) ([]float64, error) {
	return c.logProb(y, false, func(t *Transport, own data.Points) ([]float64, error) { return t.LogProbBound(own, draws, seed) })
}

// LogProbLeftBound returns a lower bound of log P(x) [N] on the left, in nats, by the row's flow, in
// expectation over draws of its noise; see Transport.LogProbLeftBound.
func (c *CrossTransport) LogProbLeftBound(x data.Points, draws int, seed uint64) ([]float64, error) {
	return c.logProb(x, true, func(t *Transport, own data.Points) ([]float64, error) { return t.LogProbLeftBound(own, draws, seed) })
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
	return ensemble.ValuesOfRows(x, of, c.flows, func(t *Transport, rows []int, own data.Points) ([]float64, error) {
		if t, err = t.atRows(rows); err != nil {
			return nil, err
		}
		return run(t, own)
	})
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
	if err := near.checkRows(x); err != nil {
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

// checkRows returns an error that names the row of x [N, D] that the maps of columns can't take, besides
// those of checkWhole.
func (d *Density) checkRows(x data.Points) error {
	if err := d.checkWhole(x); err != nil {
		return err
	}
	if _, _, err := d.spec.Enter(x); err != nil {
		return fmt.Errorf("f4f: %s: %w", d, err)
	}
	return nil
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
	return saveMembers(path, ensemble.CrossFitTransports, []dataset.Folds{c.left, c.right}, c.flows, (*Transport).Save)
}

// String describes the transport: "cross-fit of 5: transport ring without fold 1 of 5 → star".
func (c *CrossTransport) String() string { return ensemble.Describe("cross-fit", c.Members()) }

// foldsOf divides the tables of the plans into k folds each, and says which plans have tables; see
// dataset.FoldsOfEach.
func foldsOf(seed uint64, k int, plans ...BasePlan) (folds []dataset.Folds, tables []bool, err error) {
	if k < 2 {
		return nil, nil, fmt.Errorf("f4f: cross-fitting must have at least 2 folds, got %d", k)
	}
	sources := make([]data.Source, len(plans))
	for i, p := range plans {
		if p.source == nil {
			_, err := p.resolved()
			return nil, nil, err
		}
		sources[i] = p.source
	}
	return dataset.FoldsOfEach(sources, k, seed)
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
