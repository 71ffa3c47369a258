package calibration

import (
	"context"
	"fmt"
	"math"
	"sort"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// TellApart returns how well gradient-boosted trees tell events x (the signal of the curve) from
// measured ones, features and conditions together: the curve, and the area below it, 0.5 if they
// can't. Each event is judged by trees that were not trained on it. Weights count, of any sign. The
// interval at 95% is that of the events that are judged, for the trees as they are.
func TellApart(ctx context.Context, measured Events, x, c data.Points) (metric.ROCCurve, error) {
	truth, err := measured.X.HStack(measured.C)
	if err != nil {
		return metric.ROCCurve{}, fmt.Errorf("calibration: %w", err)
	}
	judged, err := x.HStack(c)
	if err != nil {
		return metric.ROCCurve{}, fmt.Errorf("calibration: %w", err)
	}
	ofTruth, ofX, _, err := Scores(ctx, truth, judged, data.Points{})
	if err != nil {
		return metric.ROCCurve{}, err
	}
	signal := make([]bool, len(ofTruth)+len(ofX))
	weights := make([]float64, len(signal))
	for i := range signal {
		signal[i], weights[i] = i >= len(ofTruth), 1
		if w := x.Weights(); signal[i] && w != nil {
			weights[i] = w[i-len(ofTruth)]
		}
	}
	curve, err := metric.ROC(append(ofTruth, ofX...), signal, weights, metric.Resampling{})
	if err != nil {
		return metric.ROCCurve{}, fmt.Errorf("calibration: %w", err)
	}
	return curve, nil
}

// Agreement says how well the marginals of calibrated events agree with the true calibration of the
// same events.
type Agreement struct {
	Bins   int             // number of bins that count
	Within int             // those of them in which the ratio differs from 1 by at most 2%
	Beyond int             // those of the others in which it does so by more than twice its standard error
	Worst  metric.RatioBin // the bin whose ratio is furthest from 1
	Column string          // the feature of Worst
}

// String returns a text such as "180 of 190 bins within 2%, furthest in r9, 0.1 to 0.2: 1.0312 ±
// 0.0102".
func (a Agreement) String() string {
	return fmt.Sprintf("%d of %d bins within 2%%, furthest in %s, %v", a.Within, a.Bins, a.Column, a.Worst)
}

// Agree compares the marginals of calibrated events x with those of their true calibration, in the
// 40 bins of each feature that metric.Ratios chooses for the measured events. Only bins that hold at
// least `least` of the measured events count. Both are the same events with the same weights, so
// most of their statistical error cancels; the error of a ratio here is of what is left:
//
//	ratio = Σ w [x in the bin] / Σ w [truth in the bin],  σ = √Σ w² ([x in] − [truth in])² / Σ w [truth in]
//
// x may have other weights than truth: those of a reweighting, for which the error is too small.
func Agree(measured, truth, x data.Points, least float64) (Agreement, error) {
	features, err := metric.Ratios(measured, truth, metric.Binning{})
	if err != nil {
		return Agreement{}, fmt.Errorf("calibration: %w", err)
	}
	if x.Len() != truth.Len() || x.Dim() != truth.Dim() {
		return Agreement{}, fmt.Errorf("calibration: the truth is %v and what is compared with it %v; they must have the same shape", truth, x)
	}
	of, is := normalised(truth), normalised(x)
	var a Agreement
	for j, f := range features {
		edges := make([]float64, 0, len(f.Bins)+1)
		for _, b := range f.Bins {
			edges = append(edges, b.From)
		}
		edges = append(edges, f.Bins[len(f.Bins)-1].To)
		sums := make([][3]float64, len(f.Bins)) // of the truth, of x, and of the squared differences
		for i := range truth.Len() {
			there, here := binOf(edges, truth.At(i, j)), binOf(edges, x.At(i, j))
			if there >= 0 {
				sums[there][0] += of[i]
			}
			if here >= 0 {
				sums[here][1] += is[i]
			}
			if there != here {
				if there >= 0 {
					sums[there][2] += of[i] * of[i]
				}
				if here >= 0 {
					sums[here][2] += is[i] * is[i]
				}
			}
		}
		for k, b := range f.Bins {
			if b.Truth.Count < least {
				continue
			}
			b.Ratio, b.Error = sums[k][1]/sums[k][0], math.Sqrt(sums[k][2])/sums[k][0]
			a.Bins++
			switch off := math.Abs(b.Ratio - 1); {
			case off <= 0.02:
				a.Within++
			case off > 2*b.Error+0.02:
				a.Beyond++
			}
			if a.Column == "" || math.Abs(b.Ratio-1) > math.Abs(a.Worst.Ratio-1) {
				a.Worst, a.Column = b, f.Name
			}
		}
	}
	return a, nil
}

// normalised returns the weights of points, with a sum of 1.
func normalised(p data.Points) []float64 {
	w := make([]float64, p.Len())
	sum := 0.0
	for i := range w {
		w[i] = 1
		if given := p.Weights(); given != nil {
			w[i] = given[i]
		}
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// binOf returns the bin of a value, or −1 outside. A bin holds its lower edge, the last one its upper
// edge too.
func binOf(edges []float64, v float64) int {
	last := len(edges) - 1
	if v < edges[0] || v > edges[last] {
		return -1
	}
	return min(sort.Search(last, func(i int) bool { return edges[i+1] > v }), last-1)
}

// Quantiles returns the distribution function of each measured feature at the features of x [N, D]:
// values from 0 to 1, all features in one unit. A value that repeats, as that of a spike, gets the
// middle of its step.
func Quantiles(measured, x data.Points) (data.Points, error) {
	if x.Dim() != measured.Dim() || measured.Len() == 0 {
		return data.Points{}, fmt.Errorf("calibration: the measured events are %v and the others %v; they must have the same features", measured, x)
	}
	values := make([]float32, len(x.Values()))
	for j := range x.Dim() {
		sorted := make([]float64, measured.Len())
		for i := range sorted {
			sorted[i] = measured.At(i, j)
		}
		sort.Float64s(sorted)
		for i := range x.Len() {
			v := x.At(i, j)
			below := sort.SearchFloat64s(sorted, v)
			upTo := below + sort.Search(len(sorted)-below, func(i int) bool { return sorted[below+i] > v })
			values[i*x.Dim()+j] = float32(below+upTo) / float32(2*len(sorted))
		}
	}
	q, err := data.NewPoints(x.Dim(), values)
	if err == nil && x.ColumnNames() != nil {
		q, err = q.WithColumnNames(x.ColumnNames()...)
	}
	if err == nil {
		q, err = q.WithWeightsOf(x)
	}
	if err != nil {
		return data.Points{}, fmt.Errorf("calibration: %w", err)
	}
	return q, nil
}

// Moves returns the quantiles of events x and of their images y, both [N, D], as metric.Displacement
// and metric.CumulativeDisplacement take them: those of an angle's image on the shorter way around.
func Moves(measured, x, y data.Points) (from, to data.Points, err error) {
	if from, err = Quantiles(measured, x); err != nil {
		return from, to, err
	}
	if to, err = Quantiles(measured, y); err != nil {
		return from, to, err
	}
	periods := make([][2]float64, x.Dim())
	for j := range periods {
		if j < len(features) && features[j].periodic {
			periods[j] = [2]float64{0, 1}
		}
	}
	if to, err = data.Nearest(from, to, periods); err != nil {
		return from, to, fmt.Errorf("calibration: %w", err)
	}
	return from, to, nil
}

// FromTruth returns how far calibrated events x are from their true calibration, event by event and
// feature by feature [D]: the mean of |F(x) − F(truth)|, where F is the distribution function of the
// measured feature. 0.01 means that a hundredth of the measured events lies between; for events
// paired at random it is 1/3, and 1/4 for an angle.
func FromTruth(measured, truth, x data.Points) ([]float64, error) {
	from, to, err := Moves(measured, truth, x)
	if err != nil {
		return nil, err
	}
	far := make([]float64, x.Dim())
	for i, w := range normalised(truth) {
		for j := range far {
			far[j] += w * math.Abs(to.At(i, j)-from.At(i, j))
		}
	}
	return far, nil
}
