package f4f_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

func TestFittingAgainLoadsAndTrainsNothing(t *testing.T) {
	plan := smallBetween(t)
	first := fitted(t, plan)
	var heard []fit.Event
	began := time.Now()
	second, err := plan.Fit(listen(&heard))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("loading a transport and its bases took %v", time.Since(began)) // told, not judged: this machine may be busy
	for _, e := range heard {
		if !e.Loaded {
			t.Errorf("something was trained again: %+v", e)
		}
	}
	x := sample(t, left, 100, 1)
	if off := furthest(must[data.Points](t)(first.Forward(x)), must[data.Points](t)(second.Forward(x))); off != 0 {
		t.Errorf("the flow that was loaded maps points up to %g apart", off)
	}
}

// A transport's file has its bases, so that pruned ones aren't missed until they are needed.
func TestAStoredTransportNeedsItsBasesNoMore(t *testing.T) {
	plan := smallBetween(t)
	x, first := sample(t, left, 100, 1), fitted(t, plan)
	same := func(name string, again *f4f.Transport) {
		t.Helper()
		if off := furthest(must[data.Points](t)(first.Forward(x)), must[data.Points](t)(again.Forward(x))); off != 0 {
			t.Errorf("%s: it maps points up to %g apart", name, off)
		}
	}
	bases := func() []string { return must[[]string](t)(filepath.Glob(filepath.Join(store(t), "base-*"))) }
	prune := func() {
		for _, folder := range bases() {
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
		}
	}

	prune()
	var heard []fit.Event
	same("loaded alone", must[*f4f.Transport](t)(plan.Fit(listen(&heard))))
	same("loaded with others", must[[]*f4f.Transport](t)(f4f.FitAll(listen(&heard), plan))[0])
	for _, e := range heard {
		if !e.Loaded {
			t.Errorf("something was trained again: %+v", e)
		}
	}
	if len(heard) == 0 || len(bases()) > 0 {
		t.Errorf("after %d events the bases are there again: %v", len(heard), bases())
	}
	flows := must[[]*f4f.Transport](t)(f4f.FitAll(listen(&heard), plan, plan.Seed(2))) // whose bases the other needs
	same("loaded with one that is trained", flows[0])
	if len(flows[1].Losses()) == 0 || len(bases()) != 2 {
		t.Errorf("the other plan was trained in %d steps between the bases %v", len(flows[1].Losses()), bases())
	}

	prune()
	for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(store(t), "left-right-*", "flow.safetensors"))) {
		if err := os.WriteFile(path, []byte("torn"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	same("trained again", fitted(t, plan))
	if len(bases()) != 2 {
		t.Errorf("trained again, it has the bases %v", bases())
	}
}

func TestAnInterruptedFitGoesOnWhereItStopped(t *testing.T) {
	plan := small(t, left).Epochs(4)
	whole := fitted(t, plan.Store(t.TempDir()))
	ctx, stop := context.WithCancel(t.Context())
	ctx = f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Step > 70 {
			stop()
		}
	})
	part, err := plan.Fit(ctx)
	if !errors.Is(err, f4f.ErrInterrupted) || !strings.Contains(err.Error(), "fit again to go on") {
		t.Fatalf("the error is %v", err)
	}
	if n := len(part.Losses()); n <= 70 || n >= 160 {
		t.Fatalf("%d steps were kept, want between 70 and 160", n)
	}
	if _, err := part.Sample(10, 1); err != nil {
		t.Errorf("what was reached can't be used: %v", err)
	}
	var heard []fit.Event
	resumed, err := plan.Fit(listen(&heard))
	if err != nil {
		t.Fatal(err)
	}
	if heard[0].Step < len(part.Losses()) {
		t.Errorf("the fit went on at step %d, %d had been taken", heard[0].Step, len(part.Losses()))
	}
	x := sample(t, left, 100, 1)
	a, b := must[[]float64](t)(whole.LogProb(x)), must[[]float64](t)(resumed.LogProb(x))
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("point %d has log-prob %v after an interruption and %v without", i, b[i], a[i])
		}
	}
}

func TestAContextThatEndedBeforeFitIsAnInterruption(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if d, err := small(t, left).Fit(ctx); d != nil || !errors.Is(err, f4f.ErrInterrupted) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v and the error %v", d, err)
	}
}

func TestANonFiniteLossKeepsTheLastGoodEpochInAFile(t *testing.T) {
	poison := f4f.PenaltyFunc("poison", 1, func(x, y *Node) *Node {
		// Points left of −2.6 are rare: some epoch will meet one that makes the price NaN.
		return ReduceSum(Log(AddScalar(x, 2.6)), -1)
	})
	g, err := smallBetween(t).Penalty(poison).Epochs(40).Fit(t.Context())
	if !errors.Is(err, f4f.ErrNonFinite) {
		t.Fatalf("the error is %v", err)
	}
	if g == nil {
		t.Fatal("nothing was kept")
	}
	_, path, found := strings.Cut(err.Error(), "what was reached is in ")
	if !found || !strings.Contains(err.Error(), "step ") || !strings.Contains(err.Error(), "left → right") {
		t.Fatalf("the error names neither flow, step nor file: %v", err)
	}
	kept := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))
	x := sample(t, left, 20, 1)
	if off := furthest(must[data.Points](t)(g.Forward(x)), must[data.Points](t)(kept.Forward(x))); !(off <= 1e-4) {
		t.Errorf("the file maps points up to %g apart from what was returned", off)
	}
}

func TestADamagedFlowIsSetAsideAndTrainedAgain(t *testing.T) {
	plan := small(t, left)
	d := fitted(t, plan)
	files := must[[]string](t)(filepath.Glob(filepath.Join(store(t), "*", "flow.safetensors")))
	if len(files) != 1 {
		t.Fatalf("the store holds %v", files)
	}
	whole := must[[]byte](t)(os.ReadFile(files[0]))
	for name, content := range map[string][]byte{"torn": whole[:len(whole)/2], "altered": append(append([]byte{}, whole[:len(whole)-1]...), whole[len(whole)-1]^1), "empty": nil} {
		if err := os.WriteFile(files[0], content, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := f4f.LoadDensity(t.Context(), files[0]); !errors.Is(err, f4f.ErrCorrupt) {
			t.Errorf("%s: loading gives %v", name, err)
		}
		var heard []fit.Event
		again, err := plan.Fit(listen(&heard))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if notes := fmt.Sprint(heard[0].Notes); !strings.Contains(notes, "damaged") {
			t.Errorf("%s: nothing was said but %s", name, notes)
		}
		aside, err := os.ReadFile(files[0] + ".damaged")
		if err != nil || len(aside) != len(content) {
			t.Errorf("%s: the damaged file is lost: %v", name, err)
		}
		x := sample(t, left, 10, 1)
		if a, b := must[[]float64](t)(d.LogProb(x)), must[[]float64](t)(again.LogProb(x)); a[0] != b[0] {
			t.Errorf("%s: trained again, a point has log-prob %v, before %v", name, b[0], a[0])
		}
	}
}

func TestPointsBeyondTheBoundAreTold(t *testing.T) {
	wide := normal{"wide", []float64{0, 0}, []float64{3, 1}}
	for _, test := range []struct {
		plan f4f.BasePlan
		told bool
	}{{small(t, wide), true}, {small(t, wide).Standardise(), false}, {small(t, wide).TailBound(15), false}} {
		var heard []fit.Event
		if _, err := test.plan.Fit(listen(&heard)); err != nil {
			t.Fatal(err)
		}
		if notes := fmt.Sprint(heard[0].Notes); strings.Contains(notes, "beyond ±") != test.told {
			t.Errorf("%s: notes are %s", test.plan, notes)
		}
	}
}

func TestTwoProcessesTrainOnePlanOnce(t *testing.T) {
	folder := t.TempDir()
	var outputs [3]strings.Builder
	var running [3]*exec.Cmd
	for i := range running {
		running[i] = child("base", folder)
		running[i].Stdout, running[i].Stderr = &outputs[i], &outputs[i]
		if err := running[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	trained, points := 0, map[string]bool{}
	for i, c := range running {
		if err := c.Wait(); err != nil {
			t.Fatalf("%v: %s", err, &outputs[i])
		}
		how, point, _ := strings.Cut(strings.TrimSpace(outputs[i].String()), " ")
		if points[point] = true; how == "trained" {
			trained++
		}
	}
	if trained != 1 || len(points) != 1 {
		t.Errorf("%d of 3 processes trained, and they drew %v; want one and the same", trained, points)
	}
}

func TestAKilledFitIsResumedAndItsLockGoesWithIt(t *testing.T) {
	folder := t.TempDir()
	c := child("base", folder)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 200 { // until it has begun
		time.Sleep(10 * time.Millisecond)
		if locks, _ := filepath.Glob(filepath.Join(folder, "*", "lock")); len(locks) > 0 {
			break
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if out, err := child("base", folder).CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "trained") {
		t.Errorf("after a kill: %v: %s", err, out)
	}
}
