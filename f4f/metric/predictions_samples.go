package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// sampled are predictions by m draws each.
type sampled struct {
	draws []float64 // [N·m], each row in increasing order
	m     int
	seed  uint64
}

// PredictionsOfSamples returns predictions from m ≥ 2 draws for each row: samples [N·m, 1], of
// which rows i·m to (i+1)·m−1 belong to row i, as f4f.Density.SampleEach draws them.
//
// PIT is then the randomised rank (k + U)/(m + 1), where k of the draws lie below the truth, or
// equal it by a random choice, and U is uniform. It is exactly uniform if the predictions are
// calibrated, for any m. CRPS is the fair estimator, whose mean over draws is the score of the
// distribution itself (Ferro, "Fair scores for ensemble forecasts", 2014):
//
//	1/m Σ_k |x_k − y| − 1/(2m(m−1)) Σ_{k,l} |x_k − x_l|
//
// It can be below 0 for few draws. seed is that of U and of the choices among equal values.
// PredictionsOfSamples returns an error if m is less than 2, if samples aren't N·m rows of one
// feature, if they have different weights, or if one isn't finite.
func PredictionsOfSamples(samples data.Points, m int, seed uint64) (Predictions, error) {
	if m < 2 {
		return Predictions{}, fmt.Errorf("metric: predictions need at least 2 samples for each row, got %d", m)
	}
	if samples.Len() == 0 || samples.Len()%m != 0 || samples.Dim() != 1 {
		return Predictions{}, fmt.Errorf("metric: predictions need %d samples of one feature for each row, got %d rows of %d features", m, samples.Len(), samples.Dim())
	}
	if samples.Weighted() {
		return Predictions{}, fmt.Errorf("metric: samples of a prediction must have equal weights: leave them out (WithWeights(nil)), got %v", samples)
	}
	if err := samples.CheckFinite(); err != nil {
		return Predictions{}, fmt.Errorf("metric: samples of predictions: %w", err)
	}
	s := sampled{make([]float64, samples.Len()), m, seed}
	for i := range s.draws {
		s.draws[i] = samples.At(i, 0)
	}
	n := len(s.draws) / m
	for i := range n {
		slices.Sort(s.row(i))
	}
	return Predictions{n, s}, nil
}

func (s sampled) row(i int) []float64 { return s.draws[i*s.m : (i+1)*s.m] }

// pitStream makes the random ranks independent of other draws with the same seed.
const pitStream = 0x706974 // "pit"

func (s sampled) pit(i int, y float64) float64 {
	row := s.row(i)
	first, _ := slices.BinarySearch(row, y)
	ties := 0
	for first+ties < len(row) && row[first+ties] == y {
		ties++
	}
	r := rand.New(rand.NewPCG(s.seed^pitStream, uint64(i)))
	return (float64(first+r.IntN(ties+1)) + r.Float64()) / float64(len(row)+1)
}

func (s sampled) crps(i int, y float64) float64 {
	m, away, between := float64(s.m), 0.0, 0.0
	for k, x := range s.row(i) {
		away += math.Abs(x - y)
		between += (2*float64(k) - m + 1) * x // Σ_{k<l} x_l − x_k, of draws in order
	}
	return away/m - between/(m*(m-1))
}
