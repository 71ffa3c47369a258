package paper

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Sample is one number of a case, from all seeds that have it.
type Sample struct {
	Label
	Values []float64 // one for each seed
	Mean   float64
	// Error is the standard error of Mean. With several seeds it comes from their spread, or from
	// the measurements where that is greater. With a single seed it is that of the measurement,
	// which says nothing of other seeds.
	Error float64
}

// sure is the certainty of a rule: that of two standard errors of a normal distribution.
var sure = distuv.UnitNormal.CDF(2)

// margin returns the least significant difference of Mean from a number: two standard errors, or
// for a few seeds as many as Student's distribution needs for the same certainty.
func (s Sample) margin() float64 {
	if n := len(s.Values); n > 1 {
		return s.Error * distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(sure)
	}
	return 2 * s.Error
}

// String returns text such as "0.123 ± 0.004", with † if the seeds differ by more than a factor of
// two.
func (s Sample) String() string {
	text := rounded(s.Mean, s.Error)
	if len(s.Values) > 1 && slices.Max(s.Values) > 2*slices.Min(s.Values) {
		text += " †"
	}
	return text
}

// of returns the origin of a sample: its label and number of seeds.
func of(s Sample) string {
	if len(s.Values) == 1 {
		return s.Label.String() + ", 1 seed"
	}
	return fmt.Sprintf("%s, %d seeds", s.Label, len(s.Values))
}

// rounded returns a value and its error, rounded to the error's second digit and to at most four
// decimals.
func rounded(value, err float64) string {
	switch {
	case math.IsInf(value, 0):
		return "∞"
	case math.IsNaN(err) || err == 0:
		return fmt.Sprintf("%.4g", value)
	}
	decimals := max(0, min(4, 1-int(math.Floor(math.Log10(err)))))
	return fmt.Sprintf("%.*f ± %.*f", decimals, value, decimals, err)
}

// question asks for one number of a case, whatever its seed.
type question struct {
	of       Case // its seed is ignored
	name, at string
}

// sampleOf returns the answer to a question from records with one label. ok reports whether there
// is any.
func (r *Results) sampleOf(q question, l Label) (s Sample, ok bool) {
	s.Label = l
	var measured []float64 // the error of each
	for i := range r.Records {
		record := &r.Records[i]
		c := record.Case
		c.Seed = q.of.Seed
		if c != q.of || record.Label != l || record.Failed != "" {
			continue
		}
		if n, found := record.number(q.name, q.at); found {
			s.Values, measured = append(s.Values, float64(n.Value)), append(measured, float64(n.Error))
		}
	}
	switch n := len(s.Values); n {
	case 0:
		return s, false
	case 1:
		s.Mean, s.Error = s.Values[0], measured[0]
	default:
		mean, std := stat.MeanStdDev(s.Values, nil)
		s.Mean, s.Error = mean, max(std/math.Sqrt(float64(n)), floats.Norm(measured, 2)/float64(n))
	}
	return s, true
}

// answers returns the answers to all questions with the most significant label that has all of
// them. ok reports whether there is one.
func (r *Results) answers(questions ...question) (samples []Sample, ok bool) {
	for _, l := range labels() {
		samples = samples[:0]
		for _, q := range questions {
			s, found := r.sampleOf(q, l)
			if !found {
				break
			}
			samples = append(samples, s)
		}
		if len(samples) == len(questions) {
			return samples, true
		}
	}
	return nil, false
}

// labels returns all labels, the most significant first.
func labels() (all []Label) {
	for _, b := range budgets {
		all = append(all, Label{b.Name, false}, Label{b.Name, true})
	}
	return all
}
