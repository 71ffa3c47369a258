package f4f_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
	"github.com/flowsforflows/flows/f4f/internal/testenv"
)

// The test binary is also the other process: one that fits a plan into a store, to be killed,
// starved of its disk, or waited for.

// children are the tasks that a process can run in a store.
var children = map[string]func(store string) error{
	"base": func(store string) error {
		trained := false
		ctx := f4f.WithEvents(context.Background(), func(e fit.Event) { trained = trained || e.Step > 0 })
		d, err := childBase(left, "go").Store(store).Fit(ctx)
		if err != nil {
			return err
		}
		x, err := d.Sample(1, 1)
		if err != nil || math.IsNaN(x.At(0, 0)) {
			return fmt.Errorf("drew %v, %v", x, err)
		}
		fmt.Println(map[bool]string{true: "trained", false: "loaded"}[trained], x.At(0, 0))
		return nil
	},
	"transport in Go": func(store string) error {
		base := func(s normal) f4f.BasePlan {
			return childBase(s, "go").Samples(2000).Validation(0.1).KeepBest().Store(store)
		}
		return fitTransport(base(left), base(right), func(p f4f.BetweenPlan) f4f.BetweenPlan {
			return p.Samples(2000).Epochs(6).Validation(0.1).Backend("go").Store(store)
		})
	},
	"transport in XLA": func(store string) error { // with less to compile
		base := func(s normal) f4f.BasePlan { return childBase(s, "xla:cpu").Layers(1).Epochs(60).Store(store) }
		return fitTransport(base(left), base(right), func(p f4f.BetweenPlan) f4f.BetweenPlan { return p.Layers(1).Epochs(60).Backend("xla:cpu").Store(store) })
	},
}

// childBase returns a plan that takes about half a second.
func childBase(s normal, backend string) f4f.BasePlan {
	return f4f.Base(s).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2500).Batch(50).Epochs(6).Backend(backend)
}

// fitTransport fits a plan with alternating directions and an annealed penalty. Its bases come
// first.
func fitTransport(left, right f4f.BasePlan, change func(f4f.BetweenPlan) f4f.BetweenPlan) error {
	plan := f4f.Between(left, right).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(4000).Batch(50).Epochs(12).Penalty(f4f.L1(1).Annealed())
	_, err := change(plan).Fit(context.Background())
	return err
}

// child is a process that does one of these in a store.
var child = testenv.Process

func TestMain(m *testing.M) { testenv.Main(m, children) }

// sameFlows returns an error if the flows of two stores differ in a bit of their weights or losses.
func sameFlows(a, b string, flows int) error {
	files, err := filepath.Glob(filepath.Join(a, "*", "flow.safetensors"))
	if err != nil || len(files) != flows {
		return fmt.Errorf("there are %d flows, want %d: %v", len(files), flows, err)
	}
	for _, file := range files {
		relative, err := filepath.Rel(a, file)
		if err != nil {
			return err
		}
		x, _, err := safetensors.Read(file)
		if err != nil {
			return err
		}
		y, _, err := safetensors.Read(filepath.Join(b, relative))
		if err != nil {
			return err
		}
		if len(x) != len(y) {
			return fmt.Errorf("%s has %d tensors here and %d there", relative, len(x), len(y))
		}
		for name, value := range x {
			if y[name] == nil || !value.Equal(y[name]) {
				return fmt.Errorf("%s: %s differs", relative, name)
			}
		}
	}
	return nil
}
