package f4f_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

func TestSamplesComeWithTheirLogDensities(t *testing.T) {
	for name, d := range map[string]*f4f.Density{
		"plain":        fitted(t, small(t, left)),
		"standardised": fitted(t, small(t, left).Standardise()),
		"through maps": fitted(t, mapped(small(t, left))),
		"heavy tails":  fitted(t, small(t, left).BaseDistribution(f4f.StudentT(5))),
		"angle":        fitted(t, small(t, left).Column("0", data.Angle(-math.Pi, math.Pi))),
		"noisy":        fitted(t, small(t, wholes{left}).Column("0", data.Whole)),
		"conditional":  fitted(t, small(t, turned{})).At(data.Point(0.3)),
		"float64":      fitted(t, small(t, left).Precision(f4f.Float64)),
		"other bases":  fitted(t, small(t, left).Column("0", radians).BaseDistribution(f4f.StudentT(3), "1")),
	} {
		x, logProbs, err := d.SampleWithLogProb(300, 7)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Values(), must[data.Points](t)(d.Sample(300, 7)).Values()) {
			t.Errorf("%s: the points are not those of Sample", name)
		}
		for i, want := range must[[]float64](t)(d.LogProb(x)) {
			if math.Abs(logProbs[i]-want) > 1e-4*(1+math.Abs(want)) {
				t.Fatalf("%s: the log-density of point %d is %g with the sample and %g by LogProb", name, i, logProbs[i], want)
			}
		}
	}
	d := fitted(t, small(t, left))
	if _, _, err := d.SampleWithLogProb(0, 1); err == nil {
		t.Error("there is a sample of no points")
	}
	if _, _, err := fitted(t, small(t, turned{})).SampleWithLogProb(3, 1); err == nil {
		t.Error("a conditional density is sampled without a condition")
	}
}

// wholes is a normal distribution whose first feature is rounded.
type wholes struct{ normal }

func (s wholes) Name() string { return "whole " + s.normal.Name() }

func (s wholes) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.normal.Sample(n, seed)
	for i := range x.Len() {
		x.Row(i)[0] = float32(math.Round(4 * float64(x.Row(i)[0])))
	}
	return x, err
}

func TestPointsAreDrawnUnderEachOfSomeConditions(t *testing.T) {
	const m = 400
	d := fitted(t, small(t, turned{}))
	c := must[data.Points](t)(data.NewPoints(1, []float32{0.1, 0.9, 0.5}))
	x := must[data.Points](t)(d.At(c).SampleEach(m, 3))
	each := must[data.Points](t)(d.At(must[data.Points](t)(c.RepeatEach(m))).Sample(3*m, 3))
	if x.Len() != 3*m || !slices.Equal(x.Values(), each.Values()) {
		t.Fatalf("%d draws of each of 3 conditions are %v", m, x)
	}
	var means []float64
	for i := range c.Len() {
		mean := 0.0
		for k := range m {
			mean += float64(x.Row(i*m + k)[0]) / m
		}
		means = append(means, mean)
	}
	if !(means[0]+0.3 < means[2] && means[2]+0.3 < means[1]) { // the truths are 0.2, 1.8 and 1
		t.Errorf("the means under conditions 0.1, 0.9 and 0.5 are %.3g", means)
	}
	if one := must[data.Points](t)(d.At(data.Point(0.5)).SampleEach(20, 1)); !slices.Equal(one.Values(), must[data.Points](t)(d.At(data.Point(0.5)).Sample(20, 1)).Values()) {
		t.Error("draws of one condition are not those of Sample")
	}
	for name, err := range map[string]error{
		"no draws":                 second(d.At(c).SampleEach(0, 1)),
		"fewer than none":          second(d.At(c).SampleEach(-1, 1)),
		"more than there is room":  second(d.At(c).SampleEach(math.MaxInt, 1)),
		"no condition":             second(d.SampleEach(3, 1)),
		"a density that has none":  second(fitted(t, small(t, left)).SampleEach(3, 1)),
		"a condition of two":       second(d.At(data.Point(1, 2)).SampleEach(3, 1)),
		"as many as conditions, 2": second(d.At(c).Sample(2, 1)),
	} {
		if err == nil {
			t.Errorf("%s: points are drawn", name)
		}
	}
}

// A density without conditions says that they are missing, whatever the number of draws.
func TestSampleEachWithoutConditionsNamesAt(t *testing.T) {
	d := fitted(t, small(t, left))
	for _, m := range []int{0, 3} {
		if _, err := d.SampleEach(m, 1); err == nil || !strings.Contains(err.Error(), "At") {
			t.Errorf("SampleEach(%d) without conditions gives %v", m, err)
		}
	}
}

// inOrder makes a flow whose leading features have densities of their own.
func inOrder(t testing.TB, s data.Source) f4f.BasePlan {
	return small(t, s).Mixing(f4f.InOrder)
}

func TestLeadingFeaturesHaveTheirMarginalDensity(t *testing.T) {
	three := normal{"three", []float64{3, -2, 1}, []float64{0.5, 2, 1}}
	for name, d := range map[string]*f4f.Density{
		"spline":                    fitted(t, inOrder(t, three).Standardise().Precision(f4f.Float64)),
		"through maps":              fitted(t, mapped(inOrder(t, three)).Precision(f4f.Float64)),
		"an angle and another base": fitted(t, inOrder(t, three).Column("0", radians).BaseDistribution(f4f.StudentT(3), "1").Precision(f4f.Float64)),
		"affine":                    fitted(t, inOrder(t, three).Transformer(f4f.Affine).Precision(f4f.Float64)),
		"one layer":                 fitted(t, small(t, three).Layers(1).Standardise().Precision(f4f.Float64)),
		"conditional":               fitted(t, inOrder(t, turned{}).Precision(f4f.Float64)).At(data.Point(0.5)),
		"embedded":                  fitted(t, inOrder(t, turned{}).Embedding(2).Precision(f4f.Float64)).At(data.Point(0.5)),
		"loaded, XLA":               reloaded(t, fitted(t, inOrder(t, turned{}).Standardise())).At(data.Point(0.5)),
		"by reversals":              fitted(t, small(t, three)),
	} {
		x := must[data.Points](t)(d.Sample(50, 3))
		all, whole := must[[]float64](t)(d.LogProbOfLeading(x)), must[[]float64](t)(d.LogProb(x))
		if !slices.Equal(all, whole) {
			t.Errorf("%s: the log-density of all features as leading ones isn't LogProb", name)
		}
		if name == "by reversals" {
			continue
		}
		// The marginal of the first feature is the integral over the last: for the first D−1, and
		// for each value of these, over a line.
		lead := d.Dim() - 1
		columns := []int{0, 1, 2}[:lead]
		got := must[[]float64](t)(d.LogProbOfLeading(must[data.Points](t)(x.Columns(columns...))))
		for i := range 3 {
			const from, to, n = -9.0, 11.0, 4000
			line := must[data.Points](t)(x.Slice(i, i+1).Repeat(n))
			for k := range n {
				line.Row(k)[lead] = float32(from + (to-from)*(float64(k)+0.5)/n)
			}
			sum := 0.0
			for _, l := range must[[]float64](t)(d.LogProb(line)) {
				sum += math.Exp(l) * (to - from) / n
			}
			if math.Abs(math.Log(sum)-got[i]) > 1e-3 {
				t.Errorf("%s: the marginal log-density of point %d is %g, and the integral's logarithm %g", name, i, got[i], math.Log(sum))
			}
		}
		// Missing values at the end say the same, row by row.
		gaps := must[data.Points](t)(x.RepeatEach(1))
		nan := float32(math.NaN())
		for i := range gaps.Len() {
			for j := i % (d.Dim() + 1); j < d.Dim(); j++ {
				gaps.Row(i)[j] = nan
			}
		}
		for i, l := range must[[]float64](t)(d.LogProbOfLeading(gaps)) {
			want := 0.0
			switch i % (d.Dim() + 1) {
			case 0:
			case lead:
				want = got[i]
			case d.Dim():
				want = whole[i]
			default:
				continue
			}
			if math.Abs(l-want) > 1e-4*(1+math.Abs(want)) {
				t.Errorf("%s: row %d with missing values has log-density %g, want %g", name, i, l, want)
			}
		}
	}
}

func TestMissingFeaturesAreDrawnGivenTheOthers(t *testing.T) {
	// The second feature is the first and a little noise.
	rows := sample(t, normal{"pair", []float64{0, 0}, []float64{1, 0.1}}, 4000, 1)
	for i := range rows.Len() {
		rows.Row(i)[1] += rows.Row(i)[0]
	}
	d := fitted(t, inOrder(t, data.FromPoints("pair", rows)).Epochs(8))
	first := must[data.Points](t)(rows.Slice(0, 500).Columns(0))
	whole := must[data.Points](t)(d.Complete(first, 4))
	off := 0.0
	for i := range whole.Len() {
		if whole.Row(i)[0] != first.Row(i)[0] {
			t.Fatal("a feature that was known has changed")
		}
		off += math.Abs(float64(whole.Row(i)[1]-whole.Row(i)[0])) / float64(whole.Len())
	}
	if off > 0.3 {
		t.Errorf("completed features lie %g from the known ones, want about 0.08", off)
	}
	if again := must[data.Points](t)(d.Complete(first, 4)); !slices.Equal(again.Values(), whole.Values()) {
		t.Error("the same seed completes otherwise")
	}
	if same := must[data.Points](t)(d.Complete(rows.Slice(0, 20), 4)); !slices.Equal(same.Values(), rows.Slice(0, 20).Values()) {
		t.Error("points that lack nothing have changed")
	}
}

func TestLeadingFeaturesSayWhatIsWrong(t *testing.T) {
	d, nan := fitted(t, inOrder(t, left)), float32(math.NaN())
	for name, err := range map[string]error{
		"none":                      second(d.LogProbOfLeading(data.Points{})),
		"too many":                  second(d.LogProbOfLeading(data.Point(1, 2, 3))),
		"missing before the end":    second(d.LogProbOfLeading(data.Point(nan, 2))),
		"infinite":                  second(d.LogProbOfLeading(data.Point(float32(math.Inf(1))))),
		"reversals":                 second(fitted(t, small(t, left)).LogProbOfLeading(data.Point(1))),
		"whole numbers":             second(fitted(t, inOrder(t, wholes{left}).Column("0", data.Whole)).LogProbOfLeading(data.Point(1))),
		"beyond a map":              second(fitted(t, inOrder(t, left).Column("0", data.Logit(-100, 100))).LogProbOfLeading(data.Point(101))),
		"coupling layers":           second(fitted(t, inOrder(t, left).LayerKind(f4f.Coupling)).LogProbOfLeading(data.Point(1))),
		"completion by reversals":   second(fitted(t, small(t, left)).Complete(data.Point(1), 1)),
		"completion of too many":    second(d.Complete(data.Point(1, 2, 3), 1)),
		"a condition where none is": second(d.At(data.Point(1)).LogProbOfLeading(data.Point(1))),
	} {
		if err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}

// The conditional distribution function is the integral of the density over that of the features
// before it, and it is uniform over samples.
func TestConditionalDistributionFunctionsAreIntegrals(t *testing.T) {
	three := normal{"three", []float64{3, -2, 1}, []float64{0.5, 2, 1}}
	for name, d := range map[string]*f4f.Density{
		"spline":       fitted(t, inOrder(t, three).Standardise().Precision(f4f.Float64)),
		"through maps": fitted(t, mapped(inOrder(t, three)).Precision(f4f.Float64)),
		"other bases":  fitted(t, inOrder(t, three).BaseDistribution(f4f.StudentT(3), "1").BaseDistribution(f4f.Uniform, "2").Precision(f4f.Float64)),
		"affine":       fitted(t, inOrder(t, three).Transformer(f4f.Affine).Precision(f4f.Float64)),
		"one layer":    fitted(t, small(t, three).Layers(1).Standardise().Precision(f4f.Float64)),
		"conditional":  fitted(t, inOrder(t, turned{}).Precision(f4f.Float64)).At(data.Point(0.5)),
		"one feature":  fitted(t, small(t, normal{"one", []float64{1}, []float64{2}}).Precision(f4f.Float64)),
	} {
		x := must[data.Points](t)(d.Sample(400, 3))
		last := d.Dim() - 1
		u := must[[]float64](t)(d.CDF(x, last))
		mean := 0.0
		for _, v := range u {
			mean += v / float64(len(u))
		}
		if math.Abs(mean-0.5) > 0.07 {
			t.Errorf("%s: the mean over samples is %g", name, mean)
		}
		for i := range 3 {
			const from, n = -12.0, 6000
			to := x.At(i, last)
			line := must[data.Points](t)(x.Slice(i, i+1).Repeat(n))
			for k := range n {
				line.Row(k)[last] = float32(from + (to-from)*(float64(k)+0.5)/n)
			}
			below := 0.0
			logs := must[[]float64](t)(d.LogProb(line))
			for _, l := range logs {
				below += math.Exp(l) * (to - from) / n
			}
			marginal := 0.0
			if last > 0 {
				columns := []int{0, 1, 2}[:last]
				marginal = must[[]float64](t)(d.LogProbOfLeading(must[data.Points](t)(x.Slice(i, i+1).Columns(columns...))))[0]
			}
			if got := u[i]; math.Abs(got-below/math.Exp(marginal)) > 2e-3 {
				t.Errorf("%s: the distribution function at point %d is %g, and the integral %g", name, i, got, below/math.Exp(marginal))
			}
		}
	}
	d, nan := fitted(t, inOrder(t, left)), float32(math.NaN())
	for name, err := range map[string]error{
		"none":          second(d.CDF(data.Points{}, 0)),
		"no feature":    second(d.CDF(data.Point(1), 1)),
		"missing":       second(d.CDF(data.Point(1, nan), 1)),
		"reversals":     second(fitted(t, small(t, left)).CDF(data.Point(1), 0)),
		"whole numbers": second(fitted(t, inOrder(t, wholes{left}).Column("0", data.Whole)).CDF(data.Point(1), 0)),
	} {
		if err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}
