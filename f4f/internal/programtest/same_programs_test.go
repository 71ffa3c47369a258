package programtest_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/internal/testenv"
)

// A program that is kept on disk is found by its bytes: one that differs in a byte from process to
// process, or from seed to seed, is compiled again and again. The child trains and evaluates a plan
// of every kind; whatever is not found where an earlier child has been makes a file more.

// children are the tasks that a process can run in a store.
var children = map[string]func(store string) error{
	"every program": func(store string) error { return everyProgram(store, variation{}) },
	"every program, other numbers": func(store string) error {
		return everyProgram(store, variation{seed: 7, rate: 2, epochs: 1, points: 3, scale: 1.5})
	},
}

func TestMain(m *testing.M) { testenv.Main(m, children) }

// normal is a normal distribution with independent features.
type normal struct {
	name      string
	mean, std []float64
}

func (s normal) Name() string { return s.name }
func (s normal) Dim() int     { return len(s.mean) }

func (s normal) Sample(n int, seed uint64) (data.Points, error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	values := make([]float32, 0, n*s.Dim())
	for range n {
		for j, m := range s.mean {
			values = append(values, float32(m+s.std[j]*rng.NormFloat64()))
		}
	}
	return data.NewPoints(s.Dim(), values)
}

// counts is a normal distribution whose second feature is rounded.
type counts struct{ normal }

func (s counts) Name() string { return "counts" }

func (s counts) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.normal.Sample(n, seed)
	for i := range x.Len() {
		x.Row(i)[1] = float32(math.Round(x.At(i, 1)))
	}
	return x, err
}

// variation holds the numbers that no program may depend on.
type variation struct {
	seed           uint64
	rate           float64 // more of the learning rate, in 1e-3
	epochs, points int     // more of them
	scale          float64 // of the data, beyond 1
}

// everyProgram trains plans that together have every kind of program, as quickly as it can, and
// calls every method of the flows. Layers are small and few, because compiling them takes longest.
func everyProgram(store string, v variation) error {
	ctx := context.Background()
	knobs := func(p f4f.BasePlan) f4f.BasePlan {
		return p.Recipe(f4f.Paper()).Layers(1).Hidden(4).Blocks(0).Bins(2).Batch(10).Samples(113 + v.points).Epochs(1 + v.epochs).LearningRate(1e-3 * (1 + v.rate)).
			Seed(v.seed).Validation(0.2).Devices(1).Backend("xla:cpu").Store(store)
	}
	gaussian := func(mean, std float64) normal {
		return normal{"plane", []float64{mean, -mean}, []float64{std, 2 * std}}
	}
	scaled := gaussian(1+v.scale, 0.5+v.scale)
	turned := data.Rotated(scaled, 45+10*v.scale)
	base, standard, other := knobs(f4f.Base(scaled)), knobs(f4f.Base(scaled)).Standardise(), knobs(f4f.Base(gaussian(-1, 1+v.scale))).Standardise()
	conditional := knobs(f4f.Base(turned))

	bases := []f4f.BasePlan{
		base.Layers(2).Blocks(1), standard, conditional,
		base.Layers(2).LayerKind(f4f.Coupling).Mixing(f4f.LULinear).NearIdentity(0.3).WarmUp(0.1 + v.scale/10).Precision(f4f.Float64),
		conditional.Embedding(3).Devices(2),
		base.IdentityStart().Window(20).KeepBest(),
		knobs(f4f.Base(counts{scaled})).Column("1", data.Whole).VariationalNoise().Standardise(),
	}
	const asked = 3 // of the first ones everything is asked, and the rest is trained alone
	for i, plan := range bases {
		d, err := plan.Fit(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", plan, err)
		}
		if i >= asked {
			continue
		}
		if d.ConditionDim() > 0 {
			d = d.At(data.Point(0.5))
		}
		x, err := d.Sample(5, 1)
		if err == nil {
			_, err = d.LogProb(x)
		}
		if err == nil {
			_, err = d.Encode(x)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", plan, err)
		}
	}

	between := func(left, right f4f.BasePlan) f4f.BetweenPlan {
		return f4f.Between(left, right).Recipe(f4f.Paper()).Layers(1).Hidden(4).Blocks(0).Bins(2).Batch(10).Samples(113 + v.points).Epochs(1 + v.epochs).LearningRate(1e-3 * (1 + v.rate)).
			Seed(v.seed).Validation(0.2).Devices(1).Backend("xla:cpu").Store(store)
	}
	for i, plan := range []f4f.BetweenPlan{
		between(standard, other).Penalty(f4f.L1(1).Annealed()).Window(20),
		between(conditional, conditional).On(f4f.Difference).Penalty(f4f.L2(1)),
		between(conditional, conditional.Seed(100+v.seed)).On(f4f.Both).Direction(f4f.BothWays).Devices(2),
		between(standard, other).Direction(f4f.ForwardOnly),
		between(standard, other).Direction(f4f.InverseOnly),
	} {
		t, err := plan.Fit(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", plan, err)
		}
		if i >= 2 {
			continue
		}
		if t.Left().ConditionDim() > 0 {
			t = t.At(data.Point(0.25), data.Point(0.5))
		}
		x, err := gaussian(0, 1).Sample(5, 1)
		if err == nil {
			_, err = t.Forward(x)
		}
		if err == nil {
			_, err = t.Inverse(x)
		}
		if err == nil {
			_, err = t.LogProb(x)
		}
		if err == nil {
			_, err = t.LogProbLeft(x)
		}
		if err == nil && i == 0 {
			_, err = t.Audit(x)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", plan, err)
		}
	}
	_, err := f4f.FitBatched(ctx, standard.Seed(100+v.seed), other.Seed(200+v.seed))
	return err
}

func TestEveryProcessHasTheSamePrograms(t *testing.T) {
	programs := t.TempDir()
	run := func(what string) []string {
		t.Helper()
		c := testenv.Process(what, t.TempDir())
		c.Env = append(c.Env, backend.ProgramsEnv+"="+programs)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		files, err := filepath.Glob(filepath.Join(programs, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	first := run("every program")
	if len(first) < 40 {
		t.Errorf("there are %d programs, want at least the two of each training and one of each evaluation", len(first))
	}
	for _, what := range []string{"every program", "every program, other numbers"} {
		after := run(what)
		if more := len(after) - len(first); more != 0 {
			t.Errorf("%s: another process compiles %d of %d programs anew", what, more, len(first))
			for _, file := range after {
				if !slices.Contains(first, file) {
					t.Log(filepath.Base(file))
				}
			}
		}
		first = after
	}
}
