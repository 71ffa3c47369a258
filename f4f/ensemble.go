package f4f

import (
	"fmt"
	"slices"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/dataset"
	"github.com/flowsforflows/flows/f4f/internal/ensemble"
)

// ofEach calls a method of each flow; see ensemble.Each.
func ofEach[F, T any](flows []F, call func(F) (T, error)) ([]T, error) {
	if len(flows) == 0 {
		return nil, errNil
	}
	return ensemble.Each(flows, call)
}

// saveMembers writes the file of an ensemble; see ensemble.Save.
func saveMembers[F any](path, kind string, folds []dataset.Folds, flows []F, save func(F, string) error) error {
	if len(flows) == 0 {
		return errNil
	}
	return ensemble.Save(path, kind, folds, flows, save)
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
	return &DensityEnsemble{ensemble.Changed(e.Members(), func(d *Density) *Density { return d.At(c) })}
}

// Strict returns the ensemble with strict conditions; see Density.Strict.
func (e *DensityEnsemble) Strict() *DensityEnsemble {
	return &DensityEnsemble{ensemble.Changed(e.Members(), (*Density).Strict)}
}

// LogProbByMember returns the log-density of each row of x [N, D] by each flow, [k][N], in nats.
func (e *DensityEnsemble) LogProbByMember(x data.Points) ([][]float64, error) {
	return ofEach(e.Members(), func(d *Density) ([]float64, error) { return d.LogProb(x) })
}

// LogProb returns the logarithm of the mean density, log (1/k) Σ_i p_i(x) [N], of each row of x
// [N, D], in nats.
func (e *DensityEnsemble) LogProb(x data.Points) ([]float64, error) {
	each, err := e.LogProbByMember(x)
	if err != nil {
		return nil, err
	}
	return ensemble.MeanDensity(each), nil
}

// LogProbBound returns a lower bound of log P(x) [N], in nats, where P is the mean of the flows'
// probabilities, in expectation over draws of their noise. It is the logarithm of the mean of what their
// bounds are the logarithms of; see Density.LogProbBound.
func (e *DensityEnsemble) LogProbBound(x data.Points, draws int, seed uint64) ([]float64, error) {
	each, err := ofEach(e.Members(), func(d *Density) ([]float64, error) { return d.LogProbBound(x, draws, seed) })
	if err != nil {
		return nil, err
	}
	return ensemble.MeanDensity(each), nil
}

// LogProbSpread returns the standard deviation [N], over the flows, of the log-density of each row
// of x [N, D], in nats, with k−1 in the denominator. It is NaN where a flow has density 0.
func (e *DensityEnsemble) LogProbSpread(x data.Points) ([]float64, error) {
	each, err := e.LogProbByMember(x)
	if err != nil {
		return nil, err
	}
	return ensemble.Spread(each), nil
}

// Sample draws n points [n, D] of the mean density: row i from flow i mod k, so that each flow
// draws as many. Unless n is a multiple of k, the first flows draw one point more. The same n and
// seed give the same points. If At set a condition for each point, n must be their number.
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
	return saveMembers(path, ensemble.OfDensities, nil, e.Members(), (*Density).Save)
}

// String describes the ensemble: "ensemble of 8: density of jets (3 features)".
func (e *DensityEnsemble) String() string { return ensemble.Describe("ensemble", e.Members()) }

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
	return &TransportEnsemble{ensemble.Changed(e.Members(), func(t *Transport) *Transport { return t.At(cx, cy) })}
}

// Strict returns the ensemble with strict conditions; see Transport.Strict.
func (e *TransportEnsemble) Strict() *TransportEnsemble {
	return &TransportEnsemble{ensemble.Changed(e.Members(), (*Transport).Strict)}
}

// Left returns the ensemble of the densities of the left distribution.
func (e *TransportEnsemble) Left() *DensityEnsemble {
	return &DensityEnsemble{ensemble.Changed(e.Members(), (*Transport).Left)}
}

// Right returns the ensemble of the densities of the right distribution.
func (e *TransportEnsemble) Right() *DensityEnsemble {
	return &DensityEnsemble{ensemble.Changed(e.Members(), (*Transport).Right)}
}

// ForwardByMember returns the images of points x [N, D] of the left under each flow, k sets [N, D].
func (e *TransportEnsemble) ForwardByMember(x data.Points) ([]data.Points, error) {
	return ofEach(e.Members(), func(t *Transport) (data.Points, error) { return t.Forward(x) })
}

// InverseByMember returns the images of points y [N, D] of the right under the inverse of each
// flow, k sets [N, D].
func (e *TransportEnsemble) InverseByMember(y data.Points) ([]data.Points, error) {
	return ofEach(e.Members(), func(t *Transport) (data.Points, error) { return t.Inverse(y) })
}

// Forward maps points x [N, D] of the left to the mean of their images under the flows. Means vary
// a little less than the right distribution: where the distribution matters, use the images under
// one flow (ForwardByMember). The images of an angle are averaged the short way around the circle;
// those of whole numbers (data.Whole) have means that are none.
func (e *TransportEnsemble) Forward(x data.Points) (data.Points, error) {
	mean, _, err := e.meanAndSpread(true, x)
	return mean, err
}

// ForwardSpread returns the standard deviation [N, D], over the flows and with k−1 in the
// denominator, of each feature of the images of points x [N, D] of the left.
func (e *TransportEnsemble) ForwardSpread(x data.Points) (data.Points, error) {
	_, spread, err := e.meanAndSpread(true, x)
	return spread, err
}

// Inverse maps points y [N, D] of the right to the mean of their images on the left; see Forward.
// It doesn't undo Forward exactly, as the mean of the inverses is not the inverse of the mean.
func (e *TransportEnsemble) Inverse(y data.Points) (data.Points, error) {
	mean, _, err := e.meanAndSpread(false, y)
	return mean, err
}

// InverseSpread returns the standard deviation [N, D], over the flows and with k−1 in the
// denominator, of each feature of the images of points y [N, D] of the right.
func (e *TransportEnsemble) InverseSpread(y data.Points) (data.Points, error) {
	_, spread, err := e.meanAndSpread(false, y)
	return spread, err
}

// meanAndSpread returns the mean and the standard deviation, over the flows, of the images of
// points of the left, or of the right.
func (e *TransportEnsemble) meanAndSpread(leftToRight bool, x data.Points) (mean, spread data.Points, err error) {
	each := e.ForwardByMember
	if !leftToRight {
		each = e.InverseByMember
	}
	images, err := each(x)
	if err != nil {
		return mean, spread, err
	}
	return ensemble.MeanAndSpread(images)
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

// LogProbBound returns a lower bound of log P(y) [N] on the right, in nats, where P is the mean of the
// flows' probabilities, in expectation over draws of their noise; see Transport.LogProbBound.
func (e *TransportEnsemble) LogProbBound(y data.Points, draws int, seed uint64) ([]float64, error) {
	each, err := ofEach(e.Members(), func(t *Transport) ([]float64, error) { return t.LogProbBound(y, draws, seed) })
	if err != nil {
		return nil, err
	}
	return ensemble.MeanDensity(each), nil
}

// LogProbLeftBound returns a lower bound of log P(x) [N] on the left, in nats, where P is the mean of the
// flows' probabilities, in expectation over draws of their noise; see Transport.LogProbLeftBound.
func (e *TransportEnsemble) LogProbLeftBound(x data.Points, draws int, seed uint64) ([]float64, error) {
	each, err := ofEach(e.Members(), func(t *Transport) ([]float64, error) { return t.LogProbLeftBound(x, draws, seed) })
	if err != nil {
		return nil, err
	}
	return ensemble.MeanDensity(each), nil
}

// Save writes the ensemble to one file; see DensityEnsemble.Save.
func (e *TransportEnsemble) Save(path string) error {
	return saveMembers(path, ensemble.OfTransports, nil, e.Members(), (*Transport).Save)
}

// String describes the ensemble: "ensemble of 8: transport ring → star".
func (e *TransportEnsemble) String() string { return ensemble.Describe("ensemble", e.Members()) }
