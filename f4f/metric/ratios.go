package metric

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/flowsforflows/flows/data"
)

// Share is the part of a sample's weight that lies in a bin.
type Share struct {
	Value float64 // Σ_{in bin} w / Σ w
	Error float64 // one standard deviation: √(Σ_{in bin} w²) / Σ w
	Count float64 // (Σ_{in bin} w)² / Σ_{in bin} w²: for equal weights the number of points
}

// RatioBin compares a sample with the truth in one bin of a feature.
type RatioBin struct {
	From, To float64 // the ends of the bin, in the feature's unit; −Inf and +Inf for what lies outside the bins
	Truth    Share   // the part of the truth in the bin
	Sample   Share   // the part of the sample in the bin
	Ratio    float64 // Sample.Value / Truth.Value; NaN if there is no truth in the bin
	Error    float64 // one standard deviation of Ratio, from the deviations of both; NaN if Ratio is
	Spread   float64 // standard deviation of the ratio over the members; NaN without members
}

// Pull returns (s − t)/√(σ_s² + σ_t²), the difference of the shares of the sample and of the truth
// in units of its standard deviation. It is 0 if the bin is empty in both.
func (b RatioBin) Pull() float64 {
	deviation := math.Hypot(b.Sample.Error, b.Truth.Error)
	if deviation == 0 {
		return 0
	}
	return (b.Sample.Value - b.Truth.Value) / deviation
}

// String returns a text such as "20 to 25: 1.0123 ± 0.0201", or "none" for no bin.
func (b RatioBin) String() string {
	if b.From == b.To {
		return "none"
	}
	return fmt.Sprintf("%.4g to %.4g: %.4f ± %.4f", b.From, b.To, b.Ratio, b.Error)
}

// FeatureRatios compares a sample with the truth in the bins of one feature.
type FeatureRatios struct {
	Name        string     // of the column; its number, counted from 0, as text if it has none
	Bins        []RatioBin // from left to right
	Under, Over RatioBin   // what lies below the first bin and above the last
	// ChiSquare is Σ Pull² over the bins, with Under and Over. From the left, neighbours are taken
	// together until they hold at least 10 points. If the distributions are equal, ChiSquare
	// follows the χ² distribution with Freedom degrees.
	ChiSquare float64
	Freedom   int // the number of such groups less 1
}

// PValue returns the probability of a ChiSquare at least as large if the distributions are equal.
func (f FeatureRatios) PValue() float64 {
	if f.Freedom < 1 {
		return 1
	}
	return distuv.ChiSquared{K: float64(f.Freedom)}.Survival(f.ChiSquare)
}

// Worst returns the bin whose ratio is furthest from 1 among those in which the truth has a Count
// of at least least. If there is none, it is a bin without width whose Ratio is NaN.
func (f FeatureRatios) Worst(least float64) RatioBin {
	worst := RatioBin{Ratio: math.NaN(), Error: math.NaN(), Spread: math.NaN()}
	for _, b := range f.Bins {
		if b.Truth.Count >= least && !math.IsNaN(b.Ratio) && !(math.Abs(b.Ratio-1) <= math.Abs(worst.Ratio-1)) {
			worst = b
		}
	}
	return worst
}

// String returns a text such as "pt: χ² 38.2/39, p = 0.506, furthest from 1 in 20 to 25: 1.0123 ±
// 0.0201".
func (f FeatureRatios) String() string {
	text := fmt.Sprintf("%s: χ² %.1f/%d, p = %.3g", f.Name, f.ChiSquare, f.Freedom, f.PValue())
	if worst := f.Worst(0); !math.IsNaN(worst.Ratio) {
		text += fmt.Sprintf(", furthest from 1 in %v", worst)
	}
	return text
}

// leastGroup is the number of points, of both samples, that a term of ChiSquare holds at least.
const leastGroup = 10

// Ratios compares the distribution of each feature of x [N, D] with that of the truth [M, D]: in
// each bin, the share of x over the share of the truth. Shares are of the weight of all points,
// those outside the bins too. The result [D] is in the order of the columns.
//
// Errors are those of counts, √Σw², of both samples. A share's total is known, so for a bin that
// holds a share p of the points they are too large by the factor 1/√(1−p). Negative weights lower
// the shares and raise the errors. χ² for weighted points is that of
// Gagunashvili, "Comparison of weighted and unweighted histograms", arXiv physics/0605123.
//
// members are other samples of the same thing as x, such as the samples of each flow of an
// ensemble, at least two. Spread is the standard deviation of their ratios in each bin. It includes
// their own statistical deviation, so they should be large.
//
// Angles (data.Points.WithPeriod) are moved by whole turns into their period, which bins without
// Edges span.
//
// Ratios returns an error if the samples are empty, differ in dimension or in periods, or aren't
// finite, if the sum of weights isn't above 0, or if the binning isn't valid.
func Ratios(truth, x data.Points, binning Binning, members ...data.Points) ([]FeatureRatios, error) {
	for _, s := range append([]data.Points{x}, members...) {
		if err := checkPair(truth, s); err != nil {
			return nil, err
		}
	}
	if len(members) == 1 {
		return nil, fmt.Errorf("metric: a spread of ratios needs at least 2 members, got 1: leave it out for none")
	}
	sets, err := wrapped(append([]data.Points{truth, x}, members...)...)
	if err != nil {
		return nil, err
	}
	truth, x, members = sets[0], sets[1], sets[2:]
	all, err := binning.edges(truth)
	if err != nil {
		return nil, err
	}
	features := make([]FeatureRatios, len(all))
	for j, edges := range all {
		t, s := countIn(truth, j, edges), countIn(x, j, edges)
		bins := make([]RatioBin, len(edges)+1)
		for i := range bins {
			bins[i] = RatioBin{From: edgeAt(edges, i-1), To: edgeAt(edges, i), Truth: t.share(i), Sample: s.share(i), Spread: math.NaN()}
			bins[i].Ratio, bins[i].Error = ratioOf(bins[i].Sample, bins[i].Truth)
		}
		spreadOf(bins, members, j, edges)
		f := FeatureRatios{Name: featureName(truth, j), Bins: bins[1 : len(bins)-1], Under: bins[0], Over: bins[len(bins)-1]}
		f.ChiSquare, f.Freedom = chiSquare(t, s)
		features[j] = f
	}
	return features, nil
}

// featureName returns the name of a column, or its number as text.
func featureName(p data.Points, j int) string {
	if names := p.ColumnNames(); names != nil && names[j] != "" {
		return names[j]
	}
	return strconv.Itoa(j)
}

// ratioOf returns the ratio of two shares and its standard deviation.
func ratioOf(sample, truth Share) (ratio, deviation float64) {
	if truth.Value == 0 {
		return math.NaN(), math.NaN()
	}
	ratio = sample.Value / truth.Value
	return ratio, math.Hypot(sample.Error, ratio*truth.Error) / math.Abs(truth.Value)
}

// spreadOf sets the spread of the ratio over the members in each bin.
func spreadOf(bins []RatioBin, members []data.Points, j int, edges []float64) {
	if len(members) == 0 {
		return
	}
	counts := make([]binCounts, len(members))
	for k, m := range members {
		counts[k] = countIn(m, j, edges)
	}
	ratios := make([]float64, len(members))
	for i := range bins {
		for k := range counts {
			ratios[k], _ = ratioOf(counts[k].share(i), bins[i].Truth)
		}
		bins[i].Spread = meanOf(ratios).Error * math.Sqrt(float64(len(ratios)))
	}
}

// chiSquare returns χ² of two histograms that are normalised to the same total, and its degrees of
// freedom.
func chiSquare(a, b binCounts) (chi float64, freedom int) {
	var groups [][4]float64 // w and w² of a, then of b
	var open [4]float64
	for i := range a.sums {
		for k, v := range [4]float64{a.sums[i], a.squares[i], b.sums[i], b.squares[i]} {
			open[k] += v
		}
		if kish(open[0], open[1])+kish(open[2], open[3]) >= leastGroup {
			groups, open = append(groups, open), [4]float64{}
		}
	}
	if len(groups) == 0 {
		return 0, 0
	}
	for k, v := range open { // too few are left: the last group takes them
		groups[len(groups)-1][k] += v
	}
	for _, g := range groups {
		difference := g[0]/a.total - g[2]/b.total
		chi += difference * difference / (g[1]/(a.total*a.total) + g[3]/(b.total*b.total))
	}
	return chi, len(groups) - 1
}
