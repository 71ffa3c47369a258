package paper

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

func TestEveryExperimentOfThePaperIsInTheTable(t *testing.T) {
	want := map[string]struct {
		cases   int // at the paper's budget
		figures int
	}{
		"bound":            {7 + 11, 0},                // the identities and the grid, which share checkerboard
		"fig3":             {7 * 2, 7},                 // figures 3 and A.2: seven sets by a flow for flow and by base transfer
		"fig4":             {3 * 4 * 2, 2},             // three inputs, four targets, likewise
		"table1":           {7 * 4 * 3, 0},             // seven sets, four methods, three seeds
		"fig5":             {3 * 2, 3},                 // each set to itself and the one to the other, without and with the penalty
		"figA1":            {3 * 2, 3},                 // the bigger model, without and with
		"fig6":             {4 * 3, 2},                 // figures 6 and 7: four methods, three seeds
		"appB":             {(3 + 4) * 4, 2 * (3 + 4)}, // three other sets turned, four scaled
		"bases":            {7 * 6, 0},                 // two bases a seed
		"identity":         {7 * 2 * 3, 0},             // a start at the identity, without and with the penalty
		"trade":            {7 * 6 * 3, 1},             // all methods of the identities in one figure
		"flows4flows":      {2 * 3 * 3, 0},             // two identities by ours, theirs and base transfer
		"their-identities": {7 * 4 * 3, 0},             // as table1
		"their-pairs":      {3 * 4 * 2, 0},             // as fig4
	}
	names := map[string]bool{}
	for _, e := range Experiments() {
		if names[e.Name] {
			t.Errorf("there are two experiments %s", e.Name)
		}
		names[e.Name] = true
		w, known := want[e.Name]
		if !known || len(e.Cases) != w.cases || len(e.Figures) != w.figures {
			t.Errorf("%s has %d cases and %d figures, want %d and %d", e.Name, len(e.Cases), len(e.Figures), w.cases, w.figures)
		}
		if e.Title == "" || e.About == "" || len(e.Cases) == 0 {
			t.Errorf("%s must have a title, say what it is about, and have cases", e.Name)
		}
	}
	for name := range want {
		if !names[name] {
			t.Errorf("the experiment %s is missing", name)
		}
	}
}

func TestEveryPlanOfTheTableCanBeTrained(t *testing.T) {
	figures := map[string]bool{}
	for _, e := range Experiments() {
		seen := map[Case]bool{}
		for _, c := range e.Cases {
			if seen[c] {
				t.Errorf("%s has %s twice", e.Name, c)
			}
			seen[c] = true
		}
		for _, f := range e.Figures {
			if figures[f.name] {
				t.Errorf("there are two figures %s", f.name)
			}
			figures[f.name] = true
			for _, c := range f.cases {
				if !seen[c] {
					t.Errorf("%s of %s shows %s, which that doesn't measure", f.name, e.Name, c)
				}
			}
		}
	}
	for _, b := range budgets {
		for _, fast := range []bool{false, true} {
			r := recipes{budget: b, fast: fast}
			checked := map[Case]bool{}
			for _, e := range Experiments() {
				for _, c := range e.Cases {
					if c.Seed > 1 || checked[c] { // plans of other seeds differ only in the seed
						continue
					}
					checked[c] = true
					trainings, print, err := r.trainings(c)
					if err != nil {
						t.Errorf("%s at %s: %v", c, b.Name, err)
					}
					if bound := c.Method == optimalPairing; bound != (print == "") || bound != (len(trainings) == 0) {
						t.Errorf("%s at %s has %d flows to train and the fingerprint %q", c, b.Name, len(trainings), print)
					}
				}
			}
		}
	}
}

// fingerprint returns the fingerprint of a plan, which must be valid.
func fingerprint(t *testing.T, plan interface{ Fingerprint() (string, error) }) string {
	t.Helper()
	print, err := plan.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	return print
}

// The table's epochs and points must be those of the paper's recipe in package f4f.
func TestThePapersBudgetIsThePapersRecipe(t *testing.T) {
	r := recipes{budget: budgets[0]}
	base := func(s data.Source, seed uint64) f4f.BasePlan { return f4f.Base(s).Recipe(f4f.Paper()).Seed(seed) }
	between := func(left, right f4f.BasePlan) f4f.BetweenPlan {
		return f4f.Between(left, right).Recipe(f4f.Paper()).Seed(2)
	}
	left, right, turned := base(data.Star(), 3), base(data.Ring(), 4), base(data.Rotated(data.Star(), 45), 2)
	for _, row := range []struct {
		c    Case
		want f4f.BetweenPlan
	}{
		{Case{Left: "star", Right: "ring", Method: flowForFlow, Seed: 2}, between(left, right)},
		{Case{Left: "star", Right: "ring", Method: withPenalty, Seed: 2}, between(left, right).Penalty(f4f.L1(1))},
		{Case{Left: "star", Right: "star", Family: "rotated", Method: flowForFlow, Seed: 2}, between(turned, turned).On(f4f.Difference)},
	} {
		if fingerprint(t, r.between(row.c)) != fingerprint(t, row.want) {
			t.Errorf("%s is %s, want %s", row.c, r.between(row.c), row.want)
		}
	}
}

func TestATenthIsATenthOfTheSteps(t *testing.T) {
	tenth, err := BudgetOf("tenth")
	if err != nil {
		t.Fatal(err)
	}
	for _, epochs := range []int{baseEpochs, transportEpochs, conditionalBaseEpochs, conditionalTransportEpochs, 2} {
		of, points := tenth.schedule(epochs)
		if got, want := float64(of*points), float64(epochs)*paperPoints/10; math.Abs(got-want) > float64(of) {
			t.Errorf("a tenth of %d epochs of a million points is %d of %d, which is %.0f and not %.0f", epochs, of, points, got, want)
		}
	}
}

// Two seeds that shared a base would not be independent, nor would two sides with one base.
func TestNoTwoSeedsShareABase(t *testing.T) {
	r := recipes{budget: budgets[0]}
	seen := map[string]string{}
	for seed := range uint64(3) {
		c := Case{Left: "star", Right: "star", Method: flowForFlow, Seed: seed + 1}
		left, right := r.bases(c)
		for side, plan := range map[string]f4f.BasePlan{"left": left, "right": right} {
			print := fingerprint(t, plan)
			if other := seen[print]; other != "" {
				t.Errorf("the %s base of %s is the %s", side, c, other)
			}
			seen[print] = side + " of " + c.String()
		}
	}
	for _, c := range basesOf(6) {
		if c.Left != "star" {
			continue
		}
		bases, _ := r.needs(c)
		if seen[fingerprint(t, bases[0])] == "" {
			t.Errorf("%s is measured and no case of Table 1 has it", c)
		}
	}
}

// The fast recipe starts near the identity. Here a flow for flow starts at random unless its method
// says otherwise.
func TestOnlyAStartAtTheIdentityIsOne(t *testing.T) {
	for _, fast := range []bool{false, true} {
		r := recipes{budget: budgets[0], fast: fast}
		for method := range transports {
			c := Case{Left: "star", Right: "star", Method: method, Seed: 1}
			plan := r.between(c)
			want := method == identityStart || method == identityBoth
			if same := fingerprint(t, plan) == fingerprint(t, plan.IdentityStart()); same != want {
				t.Errorf("%s with fast %v starts at the identity: %v, want %v", method, fast, same, want)
			}
			if random := fingerprint(t, plan) == fingerprint(t, plan.NearIdentity(0)); random == want {
				t.Errorf("%s with fast %v starts at random: %v, want %v", method, fast, random, !want)
			}
		}
	}
}

func TestNamesThatThereAreNotAreErrorsThatListThose(t *testing.T) {
	for _, row := range []struct {
		o    Options
		want []string
	}{
		{Options{Budget: "half"}, []string{"paper, tenth, hundredth, quick", `"half"`}},
		{Options{Budget: "quick", Only: []string{"fig3", "fig9"}}, []string{"fig3", "flows4flows", `"fig9"`}},
	} {
		err := row.o.Check()
		for _, want := range row.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: got %v, want an error with %s", row.o, err, want)
			}
		}
	}
	some, err := chosen([]string{"table1", "fig3"})
	if err != nil || len(some) != 2 || some[0].Name != "fig3" || some[1].Name != "table1" {
		t.Errorf("chosen gives %v, %v; want fig3 and table1 in the table's order", some, err)
	}
}

func TestCostsCountEveryFlowOnce(t *testing.T) {
	costs, err := Options{Budget: "paper", Only: []string{"fig3", "table1"}}.Costs()
	if err != nil {
		t.Fatal(err)
	}
	const base, transport = 10 * 7812, 20 * 7812
	i := slices.IndexFunc(costs, func(c Cost) bool { return c.Name == "table1" })
	// fig3 has two bases and a transport for each set. For the same seed Table 1 adds two
	// transports, and for each of the two other seeds two bases and three transports.
	if want := 7 * (2*base + transport); costs[0].Steps != want || costs[0].Flows != 21 {
		t.Errorf("fig3 costs %d flows and %d steps, want 21 and %d", costs[0].Flows, costs[0].Steps, want)
	}
	if want := 7 * (2*transport + 2*(2*base+3*transport)); costs[i].Steps != want || costs[i].Flows != 84 {
		t.Errorf("table1 costs %d flows and %d steps, want 84 and %d", costs[i].Flows, costs[i].Steps, want)
	}
}
