package f4f_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

// A program that is kept on disk is found by its bytes: one that differs in a byte from process to
// process, or from seed to seed, is compiled again and again. The child trains and evaluates a plan
// of every kind; whatever is not found where an earlier child has been makes a file more.

func init() {
	children["transport once compiled"] = transportOnceCompiled
	children["every program"] = func(store string) error { return everyProgram(store, variation{}) }
	children["every program, other numbers"] = func(store string) error {
		return everyProgram(store, variation{seed: 7, rate: 2, epochs: 1, points: 3, scale: 1.5})
	}
}

// variation is what no program may depend on.
type variation struct {
	seed           uint64
	rate           float64 // more of the learning rate, in 1e-3
	epochs, points int     // more of them
	scale          float64 // of the data, beyond 1
}

// transportOnceCompiled trains a transport, and its bases only once there are as many programs as all of it takes.
func transportOnceCompiled(store string) error {
	const all = 2 * 2 // steps and scores of the bases, which are of one shape, and of the transport
	programs := func() int {
		files, _ := filepath.Glob(filepath.Join(os.Getenv(backend.ProgramsEnv), "*.program"))
		return len(files)
	}
	ctx := f4f.WithEvents(context.Background(), func(e fit.Event) {
		for e.Step > 0 && programs() < all-1 { // the bases' score is compiled after their first steps
			time.Sleep(10 * time.Millisecond)
		}
	})
	base := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Layers(2).Hidden(4).Blocks(1).Bins(2).Points(500).Batch(10).Epochs(2).Validation(0.2).Backend("xla:cpu").Store(store)
	}
	_, err := f4f.Between(base(data.TwoMoons()), base(data.Ring())).
		Layers(2).Hidden(4).Blocks(1).Bins(2).Points(500).Batch(10).Epochs(2).Validation(0.2).Backend("xla:cpu").Store(store).Fit(ctx)
	if n := programs(); err == nil && n != all {
		err = fmt.Errorf("there are %d programs, want %d", n, all)
	}
	return err
}

// The child waits for ever where a transport is not compiled while its bases train.
func TestATransportIsCompiledWhileItsBasesTrain(t *testing.T) {
	c := child("transport once compiled", t.TempDir())
	c.Env = append(c.Env, backend.ProgramsEnv+"="+t.TempDir())
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Minute):
		c.Process.Kill()
		t.Fatal("it isn't compiled", <-ended)
	}
}

// everyProgram trains a plan of every kind, as quickly as it can, and asks everything of what it has trained.
func everyProgram(store string, v variation) error {
	ctx := context.Background()
	knobs := func(p f4f.BasePlan) f4f.BasePlan {
		return p.Recipe(f4f.Paper()).Layers(2).Hidden(4).Blocks(1).Bins(2).Batch(10).Points(113 + v.points).Epochs(1 + v.epochs).LearningRate(1e-3 * (1 + v.rate)).
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
		base, standard, other, conditional,
		base.Layer(f4f.Coupling).Mixing(f4f.LULinear).NearIdentity(0.3).WarmUp(0.1 + v.scale/10),
		base.Precision(f4f.Float64).IdentityStart(),
		conditional.Embedding(3),
		base.Window(20).KeepBest(),
		base.Devices(2),
	}
	const asked = 4 // of the first ones everything is asked, and the rest is trained alone
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
		return f4f.Between(left, right).Recipe(f4f.Paper()).Layers(2).Hidden(4).Blocks(1).Bins(2).Batch(10).Points(113 + v.points).Epochs(1 + v.epochs).LearningRate(1e-3 * (1 + v.rate)).
			Seed(v.seed).Validation(0.2).Devices(1).Backend("xla:cpu").Store(store)
	}
	alternate := between(standard, other)
	for i, plan := range []f4f.BetweenPlan{
		alternate.Penalty(f4f.L1(1).Annealed()),
		between(conditional, conditional).On(f4f.Difference).Penalty(f4f.L2(1)),
		alternate.Direction(f4f.ForwardOnly),
		alternate.Direction(f4f.InverseOnly).Window(20),
		alternate.Direction(f4f.BothWays).Devices(2),
		between(conditional, knobs(f4f.Base(data.Rotated(gaussian(0, 1), 20)))).On(f4f.Both),
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
		if err == nil {
			_, err = t.Check(x)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", plan, err)
		}
	}
	_, err := f4f.FitAll(f4f.Batched(ctx), standard.Seed(100+v.seed), other.Seed(200+v.seed))
	return err
}

func TestEveryProcessHasTheSamePrograms(t *testing.T) {
	programs := t.TempDir()
	run := func(what string) []string {
		t.Helper()
		c := child(what, t.TempDir())
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
