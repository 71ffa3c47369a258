package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/store"
)

var long = flag.Bool("long", false, "run the tests that take minutes")

// came is the result of an action in testdata/faults.py.
type came struct {
	Action  string
	Ended   bool    // by itself, before it could be stopped
	Seconds float64 // from the action to the cell's end
	Said    string
}

// stopped runs a cell that fits plan, and stops it as the actions say.
func stopped(t *testing.T, plan, flows string, actions ...string) []came {
	t.Helper()
	return ran(t, fmt.Sprintf(`fmt.Println("begun")
plan := %s
flow := Fit(plan.Store(%q))
fmt.Println("trained in", len(flow.Losses()), "steps")
`, plan, flows), flows, actions...)
}

// ran runs a cell with these lines by testdata/faults.py, and stops it as the actions say.
func ran(t *testing.T, lines, flows string, actions ...string) []came {
	t.Helper()
	if testing.Short() {
		t.Skip("sets up Jupyter")
	}
	env, err := prepare(t.Context(), newConsole(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	cell := filepath.Join(t.TempDir(), "cell")
	code := `import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	. "github.com/flowsforflows/flows/kernelext"
)

%%
` + lines
	if err := os.WriteFile(cell, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := env.Python(t.Context(), append([]string{"testdata/faults.py", cell}, actions...)...)
	cmd.Env = append(cmd.Env, "TMPDIR="+t.TempDir(), store.FolderEnv+"="+flows)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	var all []came
	for line := range strings.Lines(string(out)) {
		var c came
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, c)
	}
	if len(all) != len(actions) {
		t.Fatalf("%d of %d actions were told of: %s", len(all), len(actions), &said)
	}
	return all
}

var atStep = regexp.MustCompile(`interrupted at step (\d+) of`)

// stepOf returns the step at which a cell says that it was interrupted, or −1 if it doesn't say.
func stepOf(c came) int {
	if found := atStep.FindStringSubmatch(c.Said); found != nil {
		step, _ := strconv.Atoi(found[1])
		return step
	}
	return -1
}

func TestACellThatIsStoppedGoesOnWhereItStopped(t *testing.T) {
	flows := t.TempDir()
	plan := f4f.Base(data.TwoMoons()).Layers(2).Hidden(16).Blocks(1).Samples(5000).Epochs(60).Backend("go")
	all := stopped(t, `f4f.Base(data.TwoMoons()).Layers(2).Hidden(16).Blocks(1).Samples(5000).Epochs(60).Backend("go")`, flows,
		"interrupt:0.7", "restart:1.2", "interrupt:0.7", "end")
	last := 0
	for i, c := range all {
		if c.Ended != (c.Action == "end") {
			t.Fatalf("%d: %s: ended by itself: %v: %s", i, c.Action, c.Ended, c.Said)
		}
		if !strings.HasPrefix(c.Action, "interrupt") {
			continue
		}
		step := stepOf(c)
		t.Logf("%s: stopped within %.2f s at step %d", c.Action, c.Seconds, step)
		if step <= last || !strings.Contains(c.Said, "fit again to go on") {
			t.Errorf("%d: stopped at step %d after %d: %s", i, step, last, c.Said)
		}
		last = step
	}
	if end := all[len(all)-1]; !strings.Contains(end.Said, "trained in 2340 steps") {
		t.Errorf("in the end the cell said: %s", end.Said)
	}
	whole := t.TempDir()
	if _, err := plan.Store(whole).Fit(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, got := flowIn(t, whole), flowIn(t, flows)
	for name, value := range want {
		if got[name] == nil || !value.Equal(got[name]) {
			t.Errorf("%s isn't bit for bit that of a fit that was never stopped", name)
		}
	}
}

// flowIn returns the one flow in a store.
func flowIn(t *testing.T, flows string) fit.Snapshot {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(flows, "*", "flow.safetensors"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the store holds the flows %v, %v; want one", files, err)
	}
	state, _, err := fit.ReadState(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return state.Weights
}

// TestACellStopsWithinTwoSeconds interrupts the fit of the paper's transport and its bases in XLA
// at random moments: while data are drawn, programs are compiled, and bases and the transport are
// trained.
//
//	go test ./notebooks -run WithinTwoSeconds -long -v -count 3
func TestACellStopsWithinTwoSeconds(t *testing.T) {
	if !*long {
		t.Skip("the short form is TestACellThatIsStoppedGoesOnWhereItStopped; this one takes some minutes")
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var actions []string
	for i := range 12 {
		action := fmt.Sprintf("interrupt:%.2f", 6*rng.Float64())
		if i%3 == 2 {
			action = fmt.Sprintf("interrupt:%.2f@steps/s", 2*rng.Float64()) // while it trains
		}
		actions = append(actions, action)
	}
	flows := t.TempDir()
	all := stopped(t, `f4f.Between(f4f.Base(data.FourCircles()).Samples(100_000).Epochs(2), f4f.Base(data.Checkerboard()).Samples(100_000).Epochs(2)).Samples(100_000).Epochs(1000).Validation(0.1)`, flows, actions...)
	worst, trained := 0.0, 0
	for i, c := range all {
		t.Logf("%s: stopped within %.2f s, at step %d", c.Action, c.Seconds, stepOf(c))
		if c.Ended {
			t.Fatalf("%d: ended by itself: %s", i, c.Said)
		}
		if worst = max(worst, c.Seconds); stepOf(c) > 0 {
			trained++
		}
		if stepOf(c) < 0 && !strings.Contains(c.Said, "interrupted") {
			t.Errorf("%d: %s", i, c.Said)
		}
	}
	t.Logf("%d interruptions, %d of them while a flow was trained: stopped within %.2f s at worst", len(all), trained, worst)
	if trained == 0 {
		t.Error("no interruption came while a flow was trained")
	}
}
