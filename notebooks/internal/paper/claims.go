package paper

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// Verdict is what the numbers say of a claim.
type Verdict string

// The verdicts.
const (
	Held    Verdict = "held"
	NotHeld Verdict = "not held"
	Unclear Verdict = "unclear"
	NotRun  Verdict = "not run"
)

// Claim is one of the paper's, and what the numbers say of it.
type Claim struct {
	Letter  string  `json:"letter"`
	Text    string  `json:"text"`
	Verdict Verdict `json:"verdict"` // of its parts together
	Parts   []Part  `json:"parts"`
}

// Part is what of a claim can be told by one rule.
type Part struct {
	Text     string   `json:"text"`
	Rule     string   `json:"rule"`
	Verdict  Verdict  `json:"verdict"`
	Evidence []string `json:"evidence"` // a line for each case
}

// The rules' thresholds. A case counts for a claim or against it where it is beyond a threshold by more than two standard errors, and is open between.
const (
	nearShare     = 0.25 // of the distance of points paired at random: a map that moves points by less is near the identity
	penaltyLeaves = 0.25 // of what points are moved beyond the bound: near the bound is where the penalty leaves no more
	gapLeft       = 0.5  // of the gap in KL between one flow for flow and two bases: closing it is leaving no more
	littleMoved   = 0.1  // of the displacement: a change by less is little
	littleOutside = 0.005
	most          = 0.8 // of the cases must count for a claim that is held
	errorsApart   = 2.0
)

// count is how a claim fares over cases.
type count struct {
	all, for_, against, open int
	quick                    bool // some case was trained for too short to tell anything
	evidence                 []string
}

// verdict is held where most cases count for the claim, not held where so many count against it that most can't any more, and else unclear.
func (c count) verdict() Verdict {
	switch allowed := float64(c.all) - most*float64(c.all); {
	case c.for_+c.against+c.open == 0:
		return NotRun
	case c.quick:
		return Unclear
	case float64(c.for_) >= most*float64(c.all)-1e-9:
		return Held
	case float64(c.against) > allowed+1e-9:
		return NotHeld
	}
	return Unclear
}

// add counts a case by an excess that should be below 0, and its standard error, and keeps the line that tells of it.
func (c *count) add(excess, err float64, l Label, line string) {
	word := "open"
	switch {
	case math.IsNaN(err) || math.Abs(excess) <= errorsApart*err:
		c.open++
	case excess < 0:
		c.for_, word = c.for_+1, "for"
	default:
		c.against, word = c.against+1, "against"
	}
	c.quick = c.quick || l.Budget == budgets[len(budgets)-1].Name
	c.evidence = append(c.evidence, fmt.Sprintf("%s (%s): %s", line, l, word))
}

// worst is the verdict on a claim of parts: the worst of them.
func worst(parts []Part) Verdict {
	for _, v := range []Verdict{NotHeld, NotRun, Unclear} {
		for _, p := range parts {
			if p.Verdict == v {
				return v
			}
		}
	}
	return Held
}

// claims are the paper's, judged by the results.
func claims(r *Results) []Claim {
	all := []Claim{
		{Letter: "a", Text: "A flow for flow learns nearly the identity without a penalty, base transfer doesn't.", Parts: []Part{
			nearIdentity(r, flowForFlow, true), nearIdentity(r, baseTransfer, false),
		}},
		{Letter: "b", Text: "With the L1 penalty displacement falls to near the penalty-only bound, most for concentric rings.", Parts: []Part{
			penaltyReachesBound(r), ringsGainMost(r),
		}},
		{Letter: "c", Text: "Between different distributions two bases composed beat one flow for flow, and more parameters close the gap.", Parts: []Part{
			basesBeatFlow(r), biggerClosesGap(r),
		}},
		{Letter: "d", Text: "The conditional transport has fewer points out of distribution than base sampling and base transfer.", Parts: []Part{
			fewerOutside(r, baseTransfer), fewerOutside(r, baseSampling),
		}},
		{Letter: "e", Text: "An optimal-transport penalty changes little in the conditional case.", Parts: []Part{
			penaltyMovesLittle(r), penaltyKeepsOutside(r),
		}},
	}
	for i := range all {
		all[i].Verdict = worst(all[i].Parts)
	}
	return all
}

// identity is the case of a set taken to itself.
func identity(set, method string) Case { return Case{Left: set, Right: set, Method: method} }

func (c count) part(text, rule string) Part {
	return Part{Text: text, Rule: rule, Verdict: c.verdict(), Evidence: c.evidence}
}

func nearIdentity(r *Results, method string, near bool) Part {
	c := count{all: len(sets)}
	for _, s := range sets {
		at, ok := r.answers(question{identity(s.Name(), method), movedEuclidean, ""})
		scale, known := r.answers(question{identity(s.Name(), optimalPairing), randomEuclid, ""})
		if !ok || !known {
			continue
		}
		d, random := at[0], scale[0]
		excess := d.Mean - nearShare*random.Mean
		if !near {
			excess = -excess
		}
		c.add(excess, math.Hypot(d.Error, nearShare*random.Error), d.Label, fmt.Sprintf("%s: moved by %s, at random %s", s.Name(), d, random))
	}
	text, rule := method+" is near the identity", "below"
	if !near {
		text, rule = method+" is not near the identity", "above"
	}
	return c.part(text, fmt.Sprintf("the mean Euclidean displacement is %s %g of the distance of points paired at random, for at least %g%% of the sets", rule, nearShare, 100*most))
}

func penaltyReachesBound(r *Results) Part {
	c := count{all: len(sets)}
	for _, s := range sets {
		at, ok := r.answers(question{identity(s.Name(), flowForFlow), movedL1, ""}, question{identity(s.Name(), withPenalty), movedL1, ""}, question{identity(s.Name(), penaltyOnly), movedL1, ""})
		if !ok {
			continue
		}
		without, with, bound := at[0], at[1], at[2]
		excess := (with.Mean - bound.Mean) - penaltyLeaves*(without.Mean-bound.Mean)
		err := math.Hypot(math.Hypot(with.Error, (1-penaltyLeaves)*bound.Error), penaltyLeaves*without.Error)
		c.add(excess, err, with.Label, fmt.Sprintf("%s: L1 %s without, %s with, %s by the penalty only", s.Name(), without, with, bound))
	}
	return c.part("the penalty takes displacement to near the bound", fmt.Sprintf("of what points are moved in L1 beyond penalty only, the penalty leaves at most %g, for at least %g%% of the sets", penaltyLeaves, 100*most))
}

func ringsGainMost(r *Results) Part {
	p := Part{Text: "most for concentric rings", Rule: "the fall in L1 is greater for concentric rings than for any other set; all sets are needed", Verdict: NotRun}
	rings := data.ConcentricRings().Name()
	falls, quick := map[string]Sample{}, false
	for _, s := range sets {
		at, ok := r.answers(question{identity(s.Name(), flowForFlow), movedL1, ""}, question{identity(s.Name(), withPenalty), movedL1, ""})
		if !ok {
			continue
		}
		fall := Sample{Label: at[0].Label, Mean: at[0].Mean - at[1].Mean, Error: math.Hypot(at[0].Error, at[1].Error)}
		falls[s.Name()] = fall
		quick = quick || fall.Budget == budgets[len(budgets)-1].Name
		p.Evidence = append(p.Evidence, fmt.Sprintf("%s: falls by %s (%s)", s.Name(), rounded(fall.Mean, fall.Error), fall.Label))
	}
	if len(falls) < len(sets) {
		return p
	}
	p.Verdict = Held
	for _, s := range sets {
		other := falls[s.Name()]
		if s.Name() == rings {
			continue
		}
		switch lead, err := falls[rings].Mean-other.Mean, math.Hypot(falls[rings].Error, other.Error); {
		case lead < -errorsApart*err:
			p.Verdict = NotHeld
		case lead <= errorsApart*err && p.Verdict == Held:
			p.Verdict = Unclear
		}
	}
	if quick {
		p.Verdict = Unclear
	}
	return p
}

// gridPairs are the pairs of figure 4 whose sides differ.
func gridPairs() (pairs []pair) {
	for _, e := range Experiments() {
		if e.Name != "fig4" {
			continue
		}
		for _, c := range e.Cases {
			if p := (pair{c.Left, c.Right}); c.Method == flowForFlow && c.Left != c.Right {
				pairs = append(pairs, p)
			}
		}
	}
	return pairs
}

func basesBeatFlow(r *Results) Part {
	pairs := gridPairs()
	c := count{all: len(pairs)}
	for _, p := range pairs {
		at, ok := r.answers(question{Case{Left: p.left, Right: p.right, Method: flowForFlow}, kl, ""}, question{Case{Left: p.left, Right: p.right, Method: baseTransfer}, kl, ""})
		if !ok {
			continue
		}
		c.add(at[1].Mean-at[0].Mean, math.Hypot(at[0].Error, at[1].Error), at[0].Label, fmt.Sprintf("%s: KL %s by one flow for flow, %s by two bases", p, at[0], at[1]))
	}
	return c.part("two bases composed beat one flow for flow", fmt.Sprintf("KL to the truth is lower for two bases, for at least %g%% of the %d pairs of figure 4 whose sides differ", 100*most, len(pairs)))
}

func biggerClosesGap(r *Results) Part {
	var pairs []pair
	for _, e := range Experiments() {
		if e.Name == "figA1" {
			for _, c := range e.Cases {
				if c.Method == bigger {
					pairs = append(pairs, pair{c.Left, c.Right})
				}
			}
		}
	}
	c := count{all: len(pairs)}
	for _, p := range pairs {
		of := func(method string) question {
			return question{Case{Left: p.left, Right: p.right, Method: method}, kl, ""}
		}
		at, ok := r.answers(of(flowForFlow), of(bigger), of(baseTransfer))
		if !ok {
			continue
		}
		small, big, bases := at[0], at[1], at[2]
		excess := (big.Mean - bases.Mean) - gapLeft*(small.Mean-bases.Mean)
		err := math.Hypot(math.Hypot(big.Error, (1-gapLeft)*bases.Error), gapLeft*small.Error)
		c.add(excess, err, big.Label, fmt.Sprintf("%s: KL %s, bigger %s, two bases %s", p, small, big, bases))
	}
	return c.part("more parameters close the gap", fmt.Sprintf("of the gap in KL to two bases, the bigger model leaves at most %g, for at least %g%% of the pairs of figure A.1", gapLeft, 100*most))
}

// conditionals are all cases under conditions by a method, with each condition that is measured.
func conditionals(method string) (all []question) {
	seen := map[Case]bool{}
	for _, e := range Experiments() {
		for _, c := range e.Cases {
			c.Seed = 0
			if c.Family == "" || c.Method != method || seen[c] {
				continue
			}
			seen[c] = true
			for _, to := range familyOf(c.Family).to {
				all = append(all, question{of: c, at: to.name})
			}
		}
	}
	return all
}

// named is the same question about another number, and by another method.
func (q question) named(name, method string) question {
	q.name, q.of.Method = name, method
	return q
}

// where is what a question under a condition is about.
func (q question) where() string { return q.of.subject() + " to " + q.at }

func fewerOutside(r *Results, than string) Part {
	all := conditionals(flowForFlow)
	c := count{all: len(all)}
	for _, q := range all {
		at, ok := r.answers(q.named(outside, flowForFlow), q.named(outside, than))
		if !ok {
			continue
		}
		c.add(at[0].Mean-at[1].Mean, math.Hypot(at[0].Error, at[1].Error), at[0].Label, fmt.Sprintf("%s: outside %s of the flow for flow, %s of %s", q.where(), inPercent(at[0]), inPercent(at[1]), than))
	}
	return c.part("fewer points out of distribution than "+than, fmt.Sprintf("the share of points below the 0.1%% quantile of the true log-density is lower, for at least %g%% of sets, families and conditions", 100*most))
}

func penaltyMovesLittle(r *Results) Part {
	all := conditionals(withPenalty)
	c := count{all: len(all)}
	for _, q := range all {
		at, ok := r.answers(q.named(movedEuclidean, flowForFlow), q.named(movedEuclidean, withPenalty))
		if !ok {
			continue
		}
		excess := math.Abs(at[1].Mean-at[0].Mean) - littleMoved*at[0].Mean
		c.add(excess, math.Hypot(at[0].Error, at[1].Error), at[0].Label, fmt.Sprintf("%s: moved by %s without, %s with", q.where(), at[0], at[1]))
	}
	return c.part("displacement changes little", fmt.Sprintf("the penalty changes the mean Euclidean displacement by less than %g of it, for at least %g%% of sets, families and conditions", littleMoved, 100*most))
}

func penaltyKeepsOutside(r *Results) Part {
	all := conditionals(withPenalty)
	c := count{all: len(all)}
	for _, q := range all {
		at, ok := r.answers(q.named(outside, flowForFlow), q.named(outside, withPenalty))
		if !ok {
			continue
		}
		excess := math.Abs(at[1].Mean-at[0].Mean) - littleOutside
		c.add(excess, math.Hypot(at[0].Error, at[1].Error), at[0].Label, fmt.Sprintf("%s: outside %s without, %s with", q.where(), inPercent(at[0]), inPercent(at[1])))
	}
	return c.part("the points out of distribution change little", fmt.Sprintf("the penalty changes their share by less than %g%% of all points, for at least %g%% of sets, families and conditions", 100*littleOutside, 100*most))
}

// inPercent is a share and its error in percent.
func inPercent(s Sample) string {
	if s.Error == 0 {
		return fmt.Sprintf("%.2f%%", 100*s.Mean)
	}
	return rounded(100*s.Mean, 100*s.Error) + "%"
}

// percent is a share as a person reads how far something has come.
func percent(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }
