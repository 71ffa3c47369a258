package f4f_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend"
)

// outcome describes a flow during its training and afterwards.
type outcome struct {
	Losses   []float32
	LogProbs []float64
}

// outcomesFile is the file in its store where a process writes its outcomes, by the kind of flow.
const outcomesFile = "outcomes.json"

func init() {
	children["kinds in XLA"] = func(store string) error {
		outcomes := map[string]outcome{}
		plan := func(s data.Source, devices int) f4f.BasePlan {
			return f4f.Base(s).Layers(1).Hidden(8).Blocks(0).Bins(2).Samples(4800).Batch(48).Epochs(10).Backend("xla:cpu,devices=2").Devices(devices).Store(store)
		}
		between := func(a, b f4f.BasePlan) f4f.BetweenPlan {
			return f4f.Between(a, b).Layers(1).Hidden(8).Blocks(0).Bins(2).Samples(4800).Batch(48).Epochs(10).Backend("xla:cpu,devices=2").Devices(1).Store(store)
		}
		x, err := left.Sample(500, 1)
		if err != nil {
			return err
		}
		ctx := context.Background()
		for name, p := range map[string]f4f.BasePlan{"base": plan(left, 1), "base on two devices": plan(right, 2)} {
			d, err := p.Fit(ctx)
			if err != nil {
				return err
			}
			logProbs, err := d.LogProb(x)
			if err != nil {
				return err
			}
			outcomes[name] = outcome{d.Losses(), logProbs}
		}
		g, err := between(plan(left, 1), plan(right, 2)).Fit(ctx)
		if err != nil {
			return err
		}
		logProbs, err := g.LogProb(x)
		if err != nil {
			return err
		}
		outcomes["transport"] = outcome{g.Losses(), logProbs}
		conditional := plan(data.Rotated(left, 45), 1)
		d, err := conditional.Fit(ctx)
		if err != nil {
			return err
		}
		if logProbs, err = d.At(data.Point(0.5)).LogProb(x); err != nil {
			return err
		}
		outcomes["conditional base"] = outcome{d.Losses(), logProbs}
		if g, err = between(conditional, conditional).On(f4f.Difference).Fit(ctx); err != nil {
			return err
		}
		if logProbs, err = g.At(data.Point(0.25), data.Point(0.75)).LogProb(x); err != nil {
			return err
		}
		outcomes["transport among conditions"] = outcome{g.Losses(), logProbs}
		b, err := json.Marshal(outcomes)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(store, outcomesFile), b, 0o600)
	}
}

// TestKeptProgramsGiveTheSameBits trains flows for hundreds of steps each in three processes with a
// store of their own: one keeps no programs, one compiles and keeps them, and one loads those.
func TestKeptProgramsGiveTheSameBits(t *testing.T) {
	const steps = 1000
	kept := t.TempDir()
	programs := func() (names []string) {
		for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(kept, "*.program"))) {
			names = append(names, filepath.Base(path))
		}
		return names
	}
	run := func(variable string) (outcomes func() map[string]outcome) {
		store, began := t.TempDir(), time.Now()
		c := child("kinds in XLA", store)
		c.Env = append(c.Env, backend.ProgramsEnv+"="+variable)
		var said bytes.Buffer
		c.Stdout, c.Stderr = &said, &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill() }) // where the test has failed before its end
		return func() (all map[string]outcome) {
			if err := c.Wait(); err != nil {
				t.Fatalf("%v: %s", err, &said)
			}
			t.Logf("%s=%s: %v, of which computing %v", backend.ProgramsEnv, variable, time.Since(began).Round(time.Millisecond), c.ProcessState.UserTime().Round(time.Millisecond))
			if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(filepath.Join(store, outcomesFile))), &all); err != nil {
				t.Fatal(err)
			}
			return all
		}
	}
	without, keeping := run("off"), run(kept) // at once
	want := keeping()
	compiled := programs()
	if len(compiled) == 0 || len(want) != 5 {
		t.Fatalf("%d programs were kept, %d flows trained", len(compiled), len(want))
	}
	for name, got := range map[string]map[string]outcome{"without": without(), "loading them": run(kept)()} {
		for kind, w := range want {
			g := got[kind]
			if len(w.Losses) != steps || !slices.Equal(g.Losses, w.Losses) {
				t.Errorf("%s: %d losses of %s are not the %d of the first process", name, len(g.Losses), kind, len(w.Losses))
			}
			if !slices.Equal(g.LogProbs, w.LogProbs) {
				t.Errorf("%s: log-probs of %s differ", name, kind)
			}
		}
	}
	if now := programs(); !slices.Equal(now, compiled) {
		t.Errorf("the second process compiled anew: there were %d programs, and there are %d", len(compiled), len(now))
	}
	t.Logf("%d programs; flows %q", len(compiled), slices.Sorted(maps.Keys(want)))
}
