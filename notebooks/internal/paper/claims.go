package paper

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// The thresholds of the rules. A case counts for a claim or against it if it is beyond the
// threshold by more than its margin (see Sample.margin); otherwise it is open.
const (
	nearShare     = 0.25 // of the mean distance of points paired at random: a map that moves points by less is near the identity
	penaltyLeaves = 0.25 // of the displacement beyond the bound: if the penalty leaves no more, it reaches near the bound
	gapLeft       = 0.5  // of the gap in KL between one flow for flow and two bases: a model that leaves no more closes it
	littleMoved   = 0.1  // of the displacement: a smaller change is little
	littleOutside = 0.005
)

// claims returns the paper's claims, judged by the results.
func claims(r *Results) []Claim {
	all := []Claim{
		{Letter: "a", Text: "A flow for flow learns nearly the identity without a penalty, base transfer doesn't.", Parts: []Part{
			nearIdentity(r, flowForFlow, true), nearIdentity(r, baseTransfer, false),
		}},
		{Letter: "b", Text: "With the L1 penalty displacement falls to near the penalty-only bound, most for concentric rings.", Parts: []Part{
			penaltyReachesBound(r), ringsGainMost(r),
		}},
		{Letter: "c", Text: "Between different distributions two bases composed beat one flow for flow, and more parameters close the gap.", Parts: []Part{
			basesBeatFlow(r, kl, "the KL of what the left base becomes, which of two bases is that of the right one,"),
			basesBeatFlow(r, outside, "the share of true points that land below the 0.1% quantile of the true log-density"), biggerClosesGap(r),
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

// identity returns the case of a set mapped to itself.
func identity(set, method string) Case { return Case{Left: set, Right: set, Method: method} }

func nearIdentity(r *Results, method string, near bool) Part {
	c := count{all: len(sets)}
	for _, s := range sets {
		at, ok := r.answers(question{identity(s.Name(), method), movedEuclidean, ""})
		scale, known := r.answers(question{identity(s.Name(), optimalPairing), randomEuclid, ""}) // this isn't trained, so its budget doesn't matter
		if !ok || !known {
			continue
		}
		d, random := at[0], scale[0]
		excess, margin := combined(term{1, d}, term{-nearShare, random})
		if !near {
			excess = -excess
		}
		c.add(excess, margin, d, fmt.Sprintf("%s: moved by %s, at random %s", s.Name(), d, random))
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
		line := fmt.Sprintf("%s: L1 %s without, %s with, %s by the penalty only", s.Name(), without, with, bound)
		if room, margin := combined(term{1, without}, term{-1, bound}); !(room > margin) {
			c.undecided("at the bound without it", without, line)
			continue
		}
		excess, margin := combined(term{1, with}, term{penaltyLeaves - 1, bound}, term{-penaltyLeaves, without})
		c.add(excess, margin, with, line)
	}
	return c.part("the penalty takes displacement to near the bound", fmt.Sprintf("of what points are moved in L1 beyond penalty only, the penalty leaves at most %g, for at least %g%% of the sets", penaltyLeaves, 100*most))
}

// ringsGainMost compares the fall for concentric rings with that for each other set, all at one
// budget.
func ringsGainMost(r *Results) Part {
	rings := data.ConcentricRings().Name()
	c := count{all: len(sets) - 1}
	var questions []question
	for _, s := range sets {
		questions = append(questions, question{identity(s.Name(), flowForFlow), movedL1, ""}, question{identity(s.Name(), withPenalty), movedL1, ""})
	}
	if at, ok := r.answers(questions...); ok {
		k := 2 * slices.IndexFunc(sets, func(s data.Distribution) bool { return s.Name() == rings })
		for i, s := range sets {
			if s.Name() == rings {
				continue
			}
			excess, margin := combined(term{1, at[2*i]}, term{-1, at[2*i+1]}, term{-1, at[k]}, term{1, at[k+1]})
			c.add(excess, margin, at[2*i], fmt.Sprintf("%s: falls from %s to %s, concentric rings from %s to %s", s.Name(), at[2*i], at[2*i+1], at[k], at[k+1]))
		}
	}
	p := c.part("most for concentric rings", "the fall in L1 is greater for concentric rings than for every other set; all sets are needed, at one budget")
	switch {
	case c.against > 0:
		p.Verdict = NotHeld
	case c.open > 0:
		p.Verdict = Unclear
	}
	return p
}

// gridPairs returns the pairs of figure 4 with two different sets.
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

// basesBeatFlow compares the number called name, which should be low. rule describes it.
func basesBeatFlow(r *Results, name, rule string) Part {
	pairs := gridPairs()
	c := count{all: len(pairs)}
	for _, p := range pairs {
		at, ok := r.answers(question{Case{Left: p.left, Right: p.right, Method: flowForFlow}, name, ""}, question{Case{Left: p.left, Right: p.right, Method: baseTransfer}, name, ""})
		if !ok {
			continue
		}
		excess, margin := combined(term{1, at[1]}, term{-1, at[0]})
		one, two := at[0].String(), at[1].String()
		if name == outside {
			one, two = inPercent(at[0]), inPercent(at[1])
		}
		c.add(excess, margin, at[0], fmt.Sprintf("%s: %s %s by one flow for flow, %s by two bases", p, name, one, two))
	}
	return c.part("two bases composed beat one flow for flow, by "+name, fmt.Sprintf("%s is lower for two bases, for at least %g%% of the %d pairs of figure 4 whose sides differ", rule, 100*most, len(pairs)))
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
		line := fmt.Sprintf("%s: KL %s, bigger %s, two bases %s", p, small, big, bases)
		if gap, margin := combined(term{1, small}, term{-1, bases}); !(gap > margin) {
			c.undecided("no gap to close", small, line)
			continue
		}
		excess, margin := combined(term{1, big}, term{gapLeft - 1, bases}, term{-gapLeft, small})
		c.add(excess, margin, big, line)
	}
	return c.part("more parameters close the gap", fmt.Sprintf("of the gap in KL to two bases, the bigger model leaves at most %g, for at least %g%% of the pairs of figure A.1", gapLeft, 100*most))
}

// conditionals returns a question for every case with conditions and a method, and for each
// condition that is measured.
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

// named returns the same question about another number and by another method.
func (q question) named(name, method string) question {
	q.name, q.of.Method = name, method
	return q
}

// where returns what a question with a condition is about.
func (q question) where() string { return q.of.subject() + " to " + q.at }

func fewerOutside(r *Results, than string) Part {
	all := conditionals(flowForFlow)
	c := count{all: len(all)}
	for _, q := range all {
		at, ok := r.answers(q.named(outside, flowForFlow), q.named(outside, than))
		if !ok {
			continue
		}
		excess, margin := combined(term{1, at[0]}, term{-1, at[1]})
		c.add(excess, margin, at[0], fmt.Sprintf("%s: outside %s of the flow for flow, %s of %s", q.where(), inPercent(at[0]), inPercent(at[1]), than))
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
		sign := math.Copysign(1, at[1].Mean-at[0].Mean)
		excess, margin := combined(term{sign, at[1]}, term{-sign - littleMoved, at[0]})
		c.add(excess, margin, at[0], fmt.Sprintf("%s: moved by %s without, %s with", q.where(), at[0], at[1]))
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
		change, margin := combined(term{1, at[1]}, term{-1, at[0]})
		c.add(math.Abs(change)-littleOutside, margin, at[0], fmt.Sprintf("%s: outside %s without, %s with", q.where(), inPercent(at[0]), inPercent(at[1])))
	}
	return c.part("the points out of distribution change little", fmt.Sprintf("the penalty changes their share by less than %g%% of all points, for at least %g%% of sets, families and conditions", 100*littleOutside, 100*most))
}

// inPercent returns a share and its error in percent.
func inPercent(s Sample) string {
	if s.Error == 0 {
		return fmt.Sprintf("%.2f%%", 100*s.Mean)
	}
	return rounded(100*s.Mean, 100*s.Error) + "%"
}
