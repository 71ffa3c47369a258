package paper

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Sample is one number of all seeds of a case that have it.
type Sample struct {
	Label
	Values []float64 // one a seed
	Mean   float64
	// Error is the standard error of Mean: from the spread of the seeds, or of a single one that of its measurement, which knows nothing of other seeds.
	Error float64
}

// String reads "0.123 ± 0.004", with † where seeds differ by more than a factor of two, and with the number of seeds where it is one.
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
	measured := math.NaN()
	for i := range r.Records {
		record := &r.Records[i]
		c := record.Case
		c.Seed = q.of.Seed
		if c != q.of || record.Label != l {
			continue
		}
		if n, found := record.number(q.name, q.at); found {
			s.Values, measured = append(s.Values, float64(n.Value)), float64(n.Error)
		}
	}
	switch len(s.Values) {
	case 0:
		return s, false
	case 1:
		s.Mean, s.Error = s.Values[0], measured
	default:
		mean, std := stat.MeanStdDev(s.Values, nil)
		s.Mean, s.Error = mean, std/math.Sqrt(float64(len(s.Values)))
	}
	return s, true
}

// answers are those to all questions by the label that is worth most among those that have all of them; ok is whether any has.
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
