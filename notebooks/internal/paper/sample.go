package paper

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Sample is one number of all seeds of a case that have it.
type Sample struct {
	Label
	Values []float64 // one a seed
	Mean   float64
	// Error is the standard error of Mean: from the spread of the seeds, or that of the
	// measurements where it is greater; of a single seed that of its measurement, which knows
	// nothing of other seeds.
	Error float64
}

// sure is how sure a rule is of a case: as two standard errors of a normal distribution are.
var sure = distuv.UnitNormal.CDF(2)

// margin is by how much Mean must differ from a number to be told from it: two standard errors, or
// of few seeds as many as Student's distribution has for the same certainty.
func (s Sample) margin() float64 {
	if n := len(s.Values); n > 1 {
		return s.Error * distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(sure)
	}
	return 2 * s.Error
}

// String reads "0.123 ± 0.004", with † where seeds differ by more than a factor of two, and with
// the number of seeds where it is one.
func (s Sample) String() string {
	text := rounded(s.Mean, s.Error)
	if len(s.Values) > 1 && slices.Max(s.Values) > 2*slices.Min(s.Values) {
		text += " †"
	}
	return text
}

// rounded is a value and its error to the error's second digit, and no more than four decimals.
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

// question is one number of a case, whatever its seed.
type question struct {
	of       Case // its seed doesn't matter
	name, at string
}

// sampleOf is the answer to a question by records of one label; ok is whether there is any.
func (r *Results) sampleOf(q question, l Label) (s Sample, ok bool) {
	s.Label = l
	var measured []float64 // each one's error
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

// answers are those to all questions by the label that is worth most among those that have all of
// them; ok is whether any has.
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

// labels are all there can be, the one that is worth most first.
func labels() (all []Label) {
	for _, b := range budgets {
		all = append(all, Label{b.Name, false}, Label{b.Name, true})
	}
	return all
}
