package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/flowsforflows/flows/data"
)

// Interval is the value of a statistic with its confidence interval.
type Interval struct {
	Value      float64 // of the whole samples
	Low        float64 // the lower end
	High       float64 // the upper end
	Median     float64 // by Bootstrap the median of the resamples, shifted as Low and High are; else Value
	Confidence float64 // the confidence level, such as 0.95
}

// String returns a text such as "0.1234 (0.1101 to 0.1402 at 95%)".
func (i Interval) String() string {
	decimals := 4
	if width := i.High - i.Low; width > 0 && width < 1e-3 {
		decimals = min(int(math.Ceil(1-math.Log10(width))), 12)
	}
	return fmt.Sprintf("%.*f (%.*f to %.*f at %.4g%%)", decimals, i.Value, decimals, i.Low, decimals, i.High, 100*i.Confidence)
}

// Interval returns the interval of the estimate, assuming a normal distribution: Value ± 1.96·Error
// at a confidence of 0.95. It returns an error unless the confidence is above 0 and below 1.
func (e Estimate) Interval(confidence float64) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	half := e.Error * distuv.UnitNormal.Quantile((1+confidence)/2)
	return Interval{Value: e.Value, Low: e.Value - half, High: e.Value + half, Median: e.Value, Confidence: confidence}, nil
}

// Resampling holds the options of Bootstrap. The zero value is sensible.
type Resampling struct {
	Resamples  int     // the number of resamples, at least 20; 0 means 200
	Confidence float64 // the confidence level, above 0 and below 1; 0 means 0.95
	// Paired says that the rows i of all samples belong together, as points and their images do.
	// All samples must then have the same number of rows, and each resample takes the same rows of
	// all.
	Paired bool
	Seed   uint64 // of the resamples
}

const (
	defaultResamples, leastResamples = 200, 20
	defaultConfidence                = 0.95
	leastRows                        = 10 // of a sample that is resampled
)

// Bootstrap returns the confidence interval of a statistic of one or more samples [N, D], of any
// sizes, by resampling their rows. It suits every metric of points, also those without a standard
// error:
//
//	interval, err := metric.Bootstrap(func(s ...data.Points) (float64, error) {
//		return metric.EnergyDistance(s[0], s[1], metric.Energy{})
//	}, metric.Resampling{}, x, y)
//
// Each resample is half of the rows of each sample, drawn without replacement. It is not the usual
// bootstrap with replacement. Half-samples vary about the value as much as samples vary about the
// truth: the variance of a mean of m of N rows, σ²/m·(1 − m/N), is σ²/N at m = N/2. They contain no
// copies of rows, which metrics of distances and of neighbours mistake for structure, and they take
// at most half of the time. (Politis and Romano, "Large sample confidence regions based on
// subsamples under minimal assumptions", 1994; Efron, "The Jackknife, the Bootstrap and Other
// Resampling Plans", 1982, chapter 8.) Low and High are quantiles of the deviations of the
// resamples from their mean, added to Value. So the larger bias of a statistic on half-samples does
// not shift the interval. The bias on the samples themselves is not corrected: a distance between
// two samples of one distribution, which is above 0 by chance alone, can have an interval above 0.
//
// Samples should not be larger than the statistic's MaxPoints, if it has that option: cut them
// first (Points.Slice). From larger samples the statistic draws a part, and the interval is up to
// 30% too narrow, because the resamples then share more points.
//
// Bootstrap calls the statistic once for the samples and once for each resample, one after another.
// If the statistic is slow, set fewer Resamples or a smaller MaxPoints. It should use the same seed
// in each call. For an Estimate use Estimate.Interval instead. The interval says how much the
// samples vary, for flows as they are; f4f.EnsemblePlan.Bootstrap trains flows again on resampled
// tables.
//
// If rows have negative weights, the statistic must be defined for them: take Order 1 for
// SlicedWasserstein.
//
// Bootstrap returns an error if an option isn't valid, if there is no statistic, if a sample has
// fewer than 10 rows, if paired samples differ in their number of rows, or if the statistic returns
// an error or NaN.
func Bootstrap(statistic func(samples ...data.Points) (float64, error), options Resampling, samples ...data.Points) (Interval, error) {
	options = options.withDefaults()
	if err := options.check(samples); err != nil {
		return Interval{}, err
	}
	if statistic == nil {
		return Interval{}, fmt.Errorf("metric: an interval needs a statistic, got none")
	}
	value, err := called(statistic, samples)
	if err != nil {
		return Interval{}, err
	}
	r := rand.New(rand.NewPCG(options.Seed, bootstrapStream))
	values := make([]float64, options.Resamples)
	for i := range values {
		halves, err := halvesOf(samples, options.Paired, r)
		if err == nil {
			values[i], err = called(statistic, halves)
		}
		if err != nil {
			return Interval{}, fmt.Errorf("%w (resample %d of %d, of half of the rows)", err, i+1, len(values))
		}
		if math.IsNaN(values[i]) {
			return Interval{}, fmt.Errorf("metric: a statistic must be a number, got NaN for resample %d of %d", i+1, len(values))
		}
	}
	return about(value, values, options.Confidence), nil
}

// about returns the interval of a value from resamples of it, which it sorts.
func about(value float64, values []float64, confidence float64) Interval {
	mean := stat.Mean(values, nil)
	slices.Sort(values)
	at := func(share float64) float64 { return value + stat.Quantile(share, stat.LinInterp, values, nil) - mean }
	outside := (1 - confidence) / 2
	return Interval{Value: value, Low: at(outside), High: at(1 - outside), Median: at(0.5), Confidence: confidence}
}

// called returns the statistic of samples, and its panic as an error: one that asks for more
// samples than there are is soon written.
func called(statistic func(samples ...data.Points) (float64, error), samples []data.Points) (value float64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("metric: the statistic of an interval must work on as many samples as Bootstrap is given, which are %d, but it panicked: %v", len(samples), p)
		}
	}()
	return statistic(samples...)
}

// bootstrapStream makes the resamples independent of other draws with the same seed.
const bootstrapStream = 0x626f6f74 // "boot"

// halvesOf returns half of the rows of each sample, the same rows of all if they are paired.
func halvesOf(samples []data.Points, paired bool, r *rand.Rand) ([]data.Points, error) {
	halves := make([]data.Points, len(samples))
	var rows []int
	for i, s := range samples {
		if i == 0 || !paired {
			rows = r.Perm(s.Len())[:s.Len()/2]
		}
		var err error
		if halves[i], err = s.Pick(rows...); err != nil {
			return nil, err
		}
	}
	return halves, nil
}

// withDefaults returns the options with zero values replaced by the defaults.
func (o Resampling) withDefaults() Resampling {
	if o.Resamples == 0 {
		o.Resamples = defaultResamples
	}
	if o.Confidence == 0 {
		o.Confidence = defaultConfidence
	}
	return o
}

// checkOptions returns an error unless the options are valid.
func (o Resampling) checkOptions() error {
	if o.Resamples < leastResamples {
		return fmt.Errorf("metric: resamples must be at least %d (0 for %d), got %d", leastResamples, defaultResamples, o.Resamples)
	}
	return checkConfidence(o.Confidence)
}

// check returns an error unless the options are valid and the samples can be resampled.
func (o Resampling) check(samples []data.Points) error {
	if err := o.checkOptions(); err != nil {
		return err
	}
	if len(samples) == 0 {
		return fmt.Errorf("metric: an interval needs at least one sample, got none")
	}
	for i, s := range samples {
		if s.Len() < leastRows {
			return fmt.Errorf("metric: a sample that is resampled needs at least %d rows, got %d in sample %d", leastRows, s.Len(), i)
		}
		if o.Paired && s.Len() != samples[0].Len() {
			return fmt.Errorf("metric: paired samples must have the same number of rows, got %d and %d", samples[0].Len(), s.Len())
		}
	}
	return nil
}

// checkConfidence returns an error unless a confidence is above 0 and below 1.
func checkConfidence(confidence float64) error {
	if !(confidence > 0 && confidence < 1) {
		return fmt.Errorf("metric: a confidence must be above 0 and below 1, such as 0.95, got %v", confidence)
	}
	return nil
}
