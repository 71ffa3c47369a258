package paper

import (
	"fmt"
	"math"
	"slices"
)

// most is the share of the cases that must count for a claim that is held.
const most = 0.8

// count counts how the cases of a claim turn out.
type count struct {
	all, for_, against, open int
	budgets                  []string
	evidence                 []string
}

// verdict returns Held if most cases count for the claim, NotHeld if so many count against it that
// most can't count for it any more, and Unclear otherwise. It returns NotRun if no case was run.
func (c count) verdict() Verdict {
	switch allowed := float64(c.all) - most*float64(c.all); {
	case c.for_+c.against+c.open == 0:
		return NotRun
	case float64(c.for_) >= most*float64(c.all)-1e-9:
		return Held
	case float64(c.against) > allowed+1e-9:
		return NotHeld
	}
	return Unclear
}

// add counts a case by an excess, which should be below 0, and its margin, and keeps the line that
// describes it. A case of the quick budget is always open.
func (c *count) add(excess, margin float64, s Sample, line string) {
	word := "open"
	switch {
	case math.IsNaN(excess) || math.IsNaN(margin) || math.Abs(excess) <= margin || s.Budget == budgets[len(budgets)-1].Name:
		c.open++
	case excess < 0:
		c.for_, word = c.for_+1, "for"
	default:
		c.against, word = c.against+1, "against"
	}
	c.keep(s, line, word)
}

// undecided counts a case to which the rule doesn't apply as open.
func (c *count) undecided(why string, s Sample, line string) {
	c.open++
	c.keep(s, line, why)
}

func (c *count) keep(s Sample, line, word string) {
	if from := of(s); !slices.Contains(c.budgets, from) {
		c.budgets = append(c.budgets, from)
	}
	c.evidence = append(c.evidence, fmt.Sprintf("%s (%s): %s", line, of(s), word))
}

func (c count) part(text, rule string) Part {
	return Part{Text: text, Rule: rule, Verdict: c.verdict(), For: c.for_, Against: c.against, Open: c.open, All: c.all, Budgets: c.budgets, Evidence: c.evidence}
}

// term is a sample times a weight.
type term struct {
	weight float64
	of     Sample
}

// combined returns the sum of terms and its margin.
func combined(terms ...term) (sum, margin float64) {
	for _, t := range terms {
		sum += t.weight * t.of.Mean
		margin = math.Hypot(margin, t.weight*t.of.margin())
	}
	return sum, margin
}
