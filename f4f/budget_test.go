package f4f_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// tableOf returns a table of n points of two features.
func tableOf(t testing.TB, n int) *data.Table {
	values := make([]float32, 0, 2*n)
	for i := range 2 * n {
		values = append(values, float32(i%37)+float32(i)/1000)
	}
	return data.FromPoints("table", must[data.Points](t)(data.NewPoints(2, values)))
}

// printOf returns the fingerprint of a plan that can be trained.
func printOf(t testing.TB, plan interface{ Fingerprint() (string, error) }) string {
	t.Helper()
	return must[string](t)(plan.Fingerprint())
}

// Stores and notebooks/paper hold flows that were trained before plans had this default.
// Recipe(Paper()) and Recipe(Fast()) must still find them.
func TestThePapersPlansHaveTheFingerprintsThatTheyHad(t *testing.T) {
	table := tableOf(t, 500)
	c := must[data.Points](t)(data.NewPoints(1, table.Points().Values()[:500]))
	under := must[*data.ConditionalTable](t)(data.FromPointsWithConditions("under", table.Points(), c))
	paper := func(s data.Source) f4f.BasePlan { return f4f.Base(s).Recipe(f4f.Paper()) }
	between := func(l, r f4f.BasePlan) f4f.BetweenPlan { return f4f.Between(l, r).Recipe(f4f.Paper()) }
	turned, circles, board := paper(data.Rotated(data.FourCircles(), 45)), paper(data.FourCircles()), paper(data.Checkerboard())
	for _, row := range []struct {
		name string
		plan interface{ Fingerprint() (string, error) }
		want string
	}{
		{"a base", circles, "12f292567aa3ac010fdc2fe2961f00d0e437e0e7c37495c64bdf9dad4d211927"},
		{"a conditional base", turned, "b118c7e8d72ca65018929b931d89ebb7ae83aa92c70dda600bd31bba41280602"},
		{"a table", paper(table), "2d046858a48d572707e68bf69c00eeff525844e6d0c17f8e7dde511555f02a9b"},
		{"a table, standardised", paper(table).Standardise(), "e82978d32cbf16f462d8e6197eceb0ba1a377a1d87bcc41eeee4048a9e1efdca"},
		{"a table with conditions", paper(under), "e231b1f6f9a72998df954b21a4b80a946d83c83b6cbeabea8fceb0326531f6a7"},
		{"a transport", between(circles, board), "34636321599f8de7ebe93abe8b41deaf2967ff1c21f8c699e20583e41c058b07"},
		{"a transport between tables", between(paper(table), paper(table).Seed(1)), "279947a8cbce378bb2c903e978c2e79d0451b56b1c70cb44a72a9de4f945d205"},
		{"a transport among conditions", between(turned, turned).On(f4f.Difference), "16c6df8ba47c6c2a8ed6d2ac20f24e6f6c00cd1020560820f98f765393acf49b"},
		{"a few epochs", circles.Epochs(3).LearningRate(1e-3).Samples(5000).Seed(7), "c33ad70b3e3efda49f9c191aff1fe33500b5229e2c36b6f366447aaabc037d25"},
		{"stopped early", circles.EarlyStop(3).KeepBest().NearIdentity(0.3).Beta2(0.99).WarmUp(0.1), "e5eefd8e786ded0cb2a369520892c68175f369df0b60847e7333643913bfe02f"},
	} {
		if got := printOf(t, row.plan); got != row.want {
			t.Errorf("%s has the fingerprint %s, want %s as before", row.name, got, row.want)
		}
	}
}

// The recipe of a default plan is in steps. Each row has a plan and an explicit plan of the recipe
// it comes to, which must have the same fingerprint.
func TestAPlanTakesAsManyEpochsAsMakeItsSteps(t *testing.T) {
	const steps = 31_250
	circles := f4f.Base(data.FourCircles())
	table := func(n int) f4f.BasePlan { return f4f.Base(tableOf(t, n)) }
	best := func(p f4f.BasePlan) f4f.BasePlan { return p.KeepBest() }
	weighted := must[data.Points](t)(tableOf(t, 40_000).Points().WithWeights(slices.Repeat([]float64{1.5, -0.5}, 20_000)))
	worth := f4f.Base(data.FromPoints("table", weighted))
	for _, row := range []struct {
		name       string
		plan, want f4f.BasePlan
	}{
		{"a source", circles, circles.Epochs(2).Samples(2_000_000).LearningRate(1e-3)},
		{"a source by the recipe of before", circles, circles.Recipe(f4f.Fast())},
		{"another rate", circles.LearningRate(1e-4), circles.LearningRate(1e-4).Epochs(2)},
		{"more epochs", circles.Epochs(8), circles.Epochs(8).LearningRate(1e-3)},
		{"fewer points", circles.Samples(100_000), circles.Samples(100_000).Epochs(40)},
		{"larger batches", circles.Batch(256), circles.Batch(256).Epochs(4)},
		{"more steps", circles.Steps(2 * steps), circles.Epochs(4)},
		{"fewer steps", circles.Steps(16_000), circles.Epochs(1).LearningRate(2e-3)},
		{"fewer than an epoch", circles.Steps(8_000), circles.Samples(1_024_000).Epochs(1).LearningRate(3e-3)},
		{"a few steps", circles.Steps(1_000), circles.Samples(128_000).Epochs(1).LearningRate(3e-3)},
		{"a few steps over fewer points", circles.Steps(1_000).Samples(1_280), circles.Samples(1_280).Epochs(40)},
		{"a table of rows worth a fifth", worth, best(worth.Batch(64).Epochs(40).LearningRate(2e-3))},
		{"the last word", circles.Epochs(7).Steps(steps), circles.Epochs(2)},
		{"the other last word", circles.Steps(1_000).Epochs(7), circles.Epochs(7)},
		{"the paper's", circles.Recipe(f4f.Paper()), circles.Recipe(f4f.Paper()).Epochs(10)},
		{"the paper's epochs", circles.Steps(0), circles.Epochs(10)},
		{"a conditional source", f4f.Base(turned{}), f4f.Base(turned{}).Epochs(2)},
		{"the paper's under a condition", f4f.Base(turned{}).Recipe(f4f.Paper()), f4f.Base(turned{}).Recipe(f4f.Paper()).Epochs(32)},
		{"500 rows", table(500), best(table(500).Epochs(40).Batch(16).LearningRate(2e-3))},
		{"10,000 rows", table(10_000), best(table(10_000).Epochs(40).Batch(16))},
		{"100,000 rows", table(100_000), best(table(100_000).Epochs(22).Batch(64).LearningRate(2e-3))},
		{"1,000,000 rows", table(1_000_000), best(table(1_000_000).Epochs(4).Batch(128).LearningRate(2e-3))},
		{"10 rows", table(10), best(table(10).Epochs(40).Batch(8))},
		{"a table by larger batches", table(10_000).Batch(128), best(table(10_000).Epochs(40).Batch(128).LearningRate(2e-3))},
		{"a table for so many epochs", table(500).Epochs(7), best(table(500).Epochs(7))},
		{"a table that stops early", table(500).EarlyStop(3), best(table(500).EarlyStop(3).Epochs(40))},
		{"a table of which nothing is held out", table(500).Validation(0), table(500).Validation(0).Epochs(40)},
	} {
		if printOf(t, row.plan) != printOf(t, row.want) {
			t.Errorf("%s: %s is another flow than %s", row.name, row.plan, row.want)
		}
	}
}

// A transport goes once through the longer of its two sides in an epoch.
func TestATransportTakesAsManyEpochsAsMakeItsSteps(t *testing.T) {
	source, few, many := f4f.Base(data.FourCircles()), f4f.Base(tableOf(t, 500)), f4f.Base(tableOf(t, 200_000))
	for _, row := range []struct {
		name       string
		plan, want f4f.BetweenPlan
	}{
		{"sources", f4f.Between(source, source), f4f.Between(source, source).Epochs(2)},
		{"tables", f4f.Between(few, many), f4f.Between(few, many).Epochs(22).KeepBest()}, // 180,000 rows
		{"a source and a table", f4f.Between(source, few), f4f.Between(source, few).Epochs(2).KeepBest()},
		{"the paper's", f4f.Between(few, many).Recipe(f4f.Paper()), f4f.Between(few, many).Recipe(f4f.Paper()).Epochs(20)},
		// Its bases need no more words.
		{"bases", f4f.Between(few, many).Epochs(3), f4f.Between(few.Epochs(40), many.Epochs(22)).Epochs(3)},
	} {
		if printOf(t, row.plan) != printOf(t, row.want) {
			t.Errorf("%s: %s is another flow than %s", row.name, row.plan, row.want)
		}
	}
	// Where there is a penalty, held-out rows tell nothing of it: the last epoch counts.
	penalised := f4f.Between(few, many).Penalty(f4f.L1(1))
	if printOf(t, penalised) == printOf(t, penalised.KeepBest()) {
		t.Error("a transport with a penalty keeps the epoch that is best without")
	}
}

func TestTablesAreStandardisedUnlessSaidOtherwise(t *testing.T) {
	table, source := f4f.Base(tableOf(t, 500)), f4f.Base(data.FourCircles())
	for _, row := range []struct {
		name         string
		plan, as     f4f.BasePlan
		standardised bool
		code         string
	}{
		{"a table", table, table.Standardise(), true, "f4f.Base(table)"},
		{"a raw table", table.Raw(), table.Raw(), false, "f4f.Base(table).Raw()"},
		{"a source", source, source.Raw(), false, "f4f.Base(four circles)"},
		{"a standardised source", source.Standardise(), source.Standardise(), true, "f4f.Base(four circles).Standardise()"},
		{"the paper's table", table.Recipe(f4f.Paper()), table.Recipe(f4f.Paper()).Raw(), false, "f4f.Base(table).Recipe(f4f.Paper())"},
		{"the last word", table.Raw().Standardise(), table, true, "f4f.Base(table)"},
	} {
		if printOf(t, row.plan) != printOf(t, row.as) || (printOf(t, row.plan) == printOf(t, row.plan.Standardise())) != row.standardised {
			t.Errorf("%s: standardised must be %v", row.name, row.standardised)
		}
		if got := row.plan.String(); got != row.code {
			t.Errorf("%s prints as %s, want %s", row.name, got, row.code)
		}
	}
}

// On any kind of data, a plan that sets only its length trains to finite numbers.
func TestADefaultPlanTrainsOnAnyKindOfData(t *testing.T) {
	tiny := func(p f4f.BasePlan) f4f.BasePlan {
		return p.Steps(20).Layers(2).Hidden(12).Blocks(1).Backend("go").Store(store(t))
	}
	line := normal{"line", []float64{3}, []float64{0.1}}
	many := normal{"many", make([]float64, 16), []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.01}}
	for name, plan := range map[string]f4f.BasePlan{
		"one feature": tiny(f4f.Base(line)), "sixteen": tiny(f4f.Base(many)), "coupling": tiny(f4f.Base(many)).LayerKind(f4f.Coupling).Mixing(f4f.LULinear),
		"a condition": tiny(f4f.Base(turned{})), "double precision": tiny(f4f.Base(left)).Precision(f4f.Float64), "a table": tiny(f4f.Base(tableOf(t, 300))),
		"a table of sixteen": tiny(f4f.Base(data.FromPoints("many", sample(t, many, 300, 1)))),
	} {
		for seed := range uint64(2) {
			d, err := plan.Seed(seed).Fit(t.Context())
			if err != nil {
				t.Errorf("%s, seed %d: %v", name, seed, err)
				continue
			}
			steps := len(d.Losses())
			if table := strings.Contains(name, "table"); !table && steps != 20 || steps < 2 {
				t.Errorf("%s: it took %d steps, want 20", name, steps)
			}
		}
	}
	among := f4f.Between(tiny(f4f.Base(turned{})), tiny(f4f.Base(turned{}))).On(f4f.Difference).Steps(20).Layers(2).Hidden(12).Blocks(1).Backend("go").Store(store(t))
	for name, plan := range map[string]f4f.BetweenPlan{
		"a transport":      f4f.Between(tiny(f4f.Base(left)), tiny(f4f.Base(right))).Steps(20).Layers(2).Hidden(12).Blocks(1).Backend("go").Store(store(t)),
		"among conditions": among, "under one condition": among.On(f4f.Shared),
	} {
		if g, err := plan.Fit(t.Context()); err != nil || len(g.Losses()) != 20 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
