package paper

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// world returns results in which everything that the table names has been measured, at a label and
// with so many seeds, and every claim is true.
func world(l Label, seeds int) *Results {
	r := &Results{Format: resultsFormat}
	for _, e := range Experiments() {
		for _, c := range e.Cases {
			if int(c.Seed) > seeds && c.Method != learnedBase {
				continue
			}
			record := Record{Case: c, Label: l, Fingerprint: shortHash(c.String()), Steps: 100, Trained: 10, Machine: machine.Machine{CPU: "a processor", Cores: 2, OS: "linux/amd64"}}
			jitter := 1 + 0.01*float64(c.Seed) // seeds differ by a little
			add := func(name, at string, value float64) {
				record.Numbers = append(record.Numbers, Number{name, at, Real(value * jitter), Real(0.001 * value), 1000})
			}
			switch {
			case c.Method == optimalPairing:
				for name, v := range map[string]float64{movedL1: 0.2, movedEuclidean: 0.15, randomL1: 3, randomEuclid: 2} {
					add(name, "", v)
				}
			case c.Method == learnedBase:
				add(kl, "", 0.02)
			case c.Family != "":
				for _, to := range familyOf(c.Family).to {
					add(outside, to.name, map[string]float64{flowForFlow: 0.001, withPenalty: 0.0012, baseTransfer: 0.01, baseSampling: 0.02}[c.Method])
					add(kl, to.name, 0.05)
					add(movedEuclidean, to.name, 0.5)
					add(movedL1, to.name, 0.6)
				}
			default:
				method := cmp.Or(c.beside(), c.Method) // flows4flows as well as ours
				moved := map[string]float64{flowForFlow: 0.3, withPenalty: 0.1, baseTransfer: 1.5, penaltyOnly: 0.09, identityStart: 0.2, identityBoth: 0.1, bigger: 0.4, biggerPenalty: 0.3}[method]
				if method == flowForFlow && c.Left == "concentric rings" {
					moved = 0.4
				}
				add(movedEuclidean, "", moved)
				add(movedL1, "", 1.2*moved)
				far := 0.02
				if c.Left != c.Right {
					far = map[string]float64{flowForFlow: 0.2, withPenalty: 0.3, baseTransfer: 0.02, bigger: 0.05, biggerPenalty: 0.06}[method]
				}
				add(kl, "", far)
				add(outside, "", map[bool]float64{true: 0.01, false: 0.002}[c.Left != c.Right && method == flowForFlow])
				add(sliced, "", 0.01)
			}
			r.put(record)
		}
	}
	return r
}

// edit changes a number in all records that a question is about.
func (r *Results) edit(q question, change func(float64) float64) {
	for i := range r.Records {
		c := r.Records[i].Case
		c.Seed = q.of.Seed
		if c != q.of {
			continue
		}
		for k := range r.Records[i].Numbers {
			if n := &r.Records[i].Numbers[k]; n.Name == q.name && n.At == q.at {
				n.Value = Real(change(float64(n.Value)))
			}
		}
	}
}

// verdicts returns the verdicts on all claims, in the order of their letters.
func verdicts(r *Results) string {
	var all []string
	for _, c := range claims(r) {
		all = append(all, string(c.Verdict))
	}
	return strings.Join(all, ", ")
}

// to returns a function that replaces any value by value.
func to(value float64) func(float64) float64 { return func(float64) float64 { return value } }

func TestVerdictsComeFromTheNumbers(t *testing.T) {
	paper := Label{Budget: "paper"}
	for _, row := range []struct {
		name   string
		change func(r *Results)
		want   string
	}{
		{"every claim true", func(*Results) {}, "held, held, held, held, held"},
		{"the flow for flow goes far on two sets", func(r *Results) {
			r.edit(question{identity("star", flowForFlow), movedEuclidean, ""}, to(1.9))
			r.edit(question{identity("ring", flowForFlow), movedEuclidean, ""}, to(1.9))
		}, "not held, held, held, held, held"},
		{"and on one alone", func(r *Results) {
			r.edit(question{identity("star", flowForFlow), movedEuclidean, ""}, to(1.9))
		}, "held, held, held, held, held"}, // 6 of 7 sets are more than 80%
		{"base transfer is near the identity too", func(r *Results) {
			for _, s := range sets {
				r.edit(question{identity(s.Name(), baseTransfer), movedEuclidean, ""}, to(0.2))
			}
		}, "not held, held, held, held, held"},
		{"the penalty leaves half of it", func(r *Results) {
			for _, s := range sets {
				r.edit(question{identity(s.Name(), withPenalty), movedL1, ""}, to(0.22))
			}
		}, "held, not held, held, held, held"},
		{"eight star gains most", func(r *Results) {
			r.edit(question{identity("eight star", flowForFlow), movedL1, ""}, to(0.9))
		}, "held, not held, held, held, held"},
		{"star gains as much as rings", func(r *Results) {
			r.edit(question{identity("star", flowForFlow), movedL1, ""}, func(v float64) float64 { return v * 0.4 / 0.3 })
		}, "held, unclear, held, held, held"},
		{"one flow is as good as two bases", func(r *Results) {
			for _, p := range gridPairs() {
				r.edit(question{Case{Left: p.left, Right: p.right, Method: flowForFlow}, kl, ""}, to(0.0202))
				r.edit(question{Case{Left: p.left, Right: p.right, Method: bigger}, kl, ""}, to(0.0202))
			}
		}, "held, held, unclear, held, held"},
		{"one flow beats two bases", func(r *Results) {
			for _, p := range gridPairs() {
				r.edit(question{Case{Left: p.left, Right: p.right, Method: flowForFlow}, kl, ""}, to(0.01))
			}
		}, "held, held, not held, held, held"},
		{"the bigger model is no better", func(r *Results) {
			for _, p := range gridPairs() {
				r.edit(question{Case{Left: p.left, Right: p.right, Method: bigger}, kl, ""}, to(0.19))
			}
		}, "held, held, not held, held, held"},
		{"base sampling has as few outside", func(r *Results) {
			for _, q := range conditionals(baseSampling) {
				r.edit(q.named(outside, baseSampling), to(0.0005))
			}
		}, "held, held, held, not held, held"},
		{"the penalty holds points back", func(r *Results) {
			for _, q := range conditionals(withPenalty) {
				r.edit(q.named(movedEuclidean, withPenalty), to(0.3))
			}
		}, "held, held, held, held, not held"},
		{"the penalty spoils the fit", func(r *Results) {
			for _, q := range conditionals(withPenalty) {
				r.edit(q.named(outside, withPenalty), to(0.1))
			}
		}, "held, held, held, held, not held"},
		{"one flow is as good as two bases, and the bigger worse than it", func(r *Results) {
			for _, p := range gridPairs() {
				r.edit(question{Case{Left: p.left, Right: p.right, Method: flowForFlow}, kl, ""}, to(0.02))
				r.edit(question{Case{Left: p.left, Right: p.right, Method: bigger}, kl, ""}, to(0.001))
			}
		}, "held, held, unclear, held, held"}, // there was no gap to close
		{"points of one flow land no worse", func(r *Results) {
			for _, p := range gridPairs() {
				r.edit(question{Case{Left: p.left, Right: p.right, Method: flowForFlow}, outside, ""}, to(0.001))
			}
		}, "held, held, not held, held, held"},
		{"nothing falls further than before", func(r *Results) {
			for _, s := range sets {
				r.edit(question{identity(s.Name(), flowForFlow), movedL1, ""}, to(0.108)) // as with the penalty alone
			}
		}, "held, unclear, held, held, held"},
		{"a number is unknown", func(r *Results) {
			r.edit(question{identity("concentric rings", withPenalty), movedL1, ""}, to(math.NaN()))
		}, "held, unclear, held, held, held"},
		{"nothing is run", func(r *Results) { r.Records = nil }, "not run, not run, not run, not run, not run"},
		{"a base transfer failed everywhere", func(r *Results) {
			for i := range r.Records {
				if r.Records[i].Method == baseTransfer {
					r.Records[i].Failed = "broken" // whatever numbers there are
				}
			}
		}, "not run, held, not run, not run, held"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := world(paper, 3)
			row.change(r)
			if got := verdicts(r); got != row.want {
				t.Errorf("verdicts on (a) to (e) are %s, want %s", got, row.want)
			}
		})
	}
}

// The fall for concentric rings is compared only with others of the same budget.
func TestRingsAreNotComparedAcrossBudgets(t *testing.T) {
	r := world(Label{Budget: "paper"}, 1)
	for i := range r.Records {
		if r.Records[i].Method == withPenalty && r.Records[i].Left == "concentric rings" && r.Records[i].Right == "concentric rings" {
			r.Records[i].Budget = "tenth"
		}
	}
	if p := ringsGainMost(r); p.Verdict != NotRun {
		t.Errorf("with rings of another budget the part is %s, want %s: %v", p.Verdict, NotRun, p.Evidence)
	}
	if p := ringsGainMost(world(Label{Budget: "tenth"}, 1)); p.Verdict != Held || p.tally() != "6 for, 0 against, 0 open of 6; tenth, 1 seed" {
		t.Errorf("all of one budget it is %s: %s", p.Verdict, p.tally())
	}
}

// Two seeds that happen to agree decide nothing, nor does a single number of the quick budget.
func TestFewSeedsAndQuickNumbersDecideLittle(t *testing.T) {
	r := world(Label{Budget: "paper"}, 2)
	for _, s := range sets {
		r.edit(question{identity(s.Name(), flowForFlow), movedEuclidean, ""}, func(v float64) float64 { return v * 1.6 }) // 0.49: near, but barely
	}
	if p := nearIdentity(r, flowForFlow, true); p.Verdict != Unclear {
		t.Errorf("by two seeds that differ it is %s, want %s: %v", p.Verdict, Unclear, p.Evidence)
	}
	r = world(Label{Budget: "paper"}, 1)
	for i := range r.Records {
		if r.Records[i].Left == "star" && r.Records[i].Right == "star" {
			r.Records[i].Budget = "quick"
		}
	}
	if p := nearIdentity(r, flowForFlow, true); p.Verdict != Held || p.Open != 1 {
		t.Errorf("with a quick number for one of seven it is %s, %s", p.Verdict, p.tally())
	}
}

// A claim isn't held before enough of its cases have been run, however many of them count for it.
func TestAClaimIsUnclearUntilMostCasesAreRun(t *testing.T) {
	r := world(Label{Budget: "tenth"}, 1)
	kept := r.Records[:0]
	for _, record := range r.Records {
		if record.Left == "star" || record.Method == optimalPairing {
			kept = append(kept, record)
		}
	}
	r.Records = kept
	if got, want := verdicts(r), "unclear, not run, unclear, unclear, unclear"; got != want {
		t.Errorf("with star alone verdicts are %s, want %s", got, want)
	}
}

func TestTheQuickBudgetTellsNothing(t *testing.T) {
	if got, want := verdicts(world(Label{Budget: "quick"}, 1)), strings.Repeat("unclear, ", 4)+"unclear"; got != want {
		t.Errorf("verdicts of the quick budget are %s, want %s", got, want)
	}
}

// Numbers of two budgets are never compared with each other: for a method that only the lesser
// budget has, the other methods' numbers are taken from there too.
func TestComparisonsStayWithinABudget(t *testing.T) {
	r := world(Label{Budget: "tenth"}, 1)
	for _, record := range world(Label{Budget: "paper"}, 1).Records {
		if record.Method == flowForFlow {
			for i := range record.Numbers {
				record.Numbers[i].Value = 1000
			}
			r.put(record)
		}
	}
	star := Case{Left: "star", Right: "star", Method: flowForFlow}
	alone, ok := r.answers(question{star, movedL1, ""})
	if !ok || alone[0].Budget != "paper" {
		t.Errorf("the flow for flow alone is told by %+v, want the paper's budget", alone)
	}
	penalty := star
	penalty.Method = withPenalty
	both, ok := r.answers(question{star, movedL1, ""}, question{penalty, movedL1, ""})
	if !ok || both[0].Budget != "tenth" || both[1].Budget != "tenth" {
		t.Errorf("both are told by %+v, want a tenth", both)
	}
}

func TestErrorsAreOfTheSeedsWhereThereAreSeveral(t *testing.T) {
	r := &Results{}
	c := Case{Left: "star", Right: "star", Method: flowForFlow}
	for seed, v := range []Real{1, 2, 6} {
		c.Seed = uint64(seed + 1)
		r.put(Record{Case: c, Label: Label{Budget: "paper"}, Numbers: []Number{{Name: kl, Value: v, Error: 0.25}}})
	}
	c.Seed = 0
	s, _ := r.sampleOf(question{c, kl, ""}, Label{Budget: "paper"})
	if want := math.Sqrt(7. / 3); s.Mean != 3 || math.Abs(s.Error-want) > 1e-12 { // the variance of the three is (4 + 1 + 9)/2 = 7
		t.Errorf("got %v ± %v, want 3 ± %v", s.Mean, s.Error, want)
	}
	if got := s.String(); got != "3.0 ± 1.5 †" {
		t.Errorf("it reads %q", got)
	}
	if got, want := s.margin(), 4.5265*s.Error; math.Abs(got-want) > 1e-3*want { // Student's 97.72% point at two degrees of freedom
		t.Errorf("three seeds have a margin of %v, want %v", got, want)
	}
	for i := range r.Records {
		r.Records[i].Numbers[0].Value = 2
	}
	if s, _ := r.sampleOf(question{c, kl, ""}, Label{Budget: "paper"}); math.Abs(s.Error-0.25/math.Sqrt(3)) > 1e-12 {
		t.Errorf("seeds that agree have an error of %v, want that of their measurements, %v", s.Error, 0.25/math.Sqrt(3))
	}
	r.Records = r.Records[:1]
	r.Records[0].Numbers[0].Value = 1
	if s, _ := r.sampleOf(question{c, kl, ""}, Label{Budget: "paper"}); s.Error != 0.25 || s.String() != "1.00 ± 0.25" {
		t.Errorf("of one seed got %v, want the measurement's error", s)
	}
}

func ExampleVerdict() {
	c := count{all: 5}
	for _, excess := range []float64{-1, -1, -1, -1, 1} {
		c.add(excess, 0.1, Sample{Label: Label{Budget: "paper"}}, "case")
	}
	fmt.Println(c.verdict())
	// Output: held
}
