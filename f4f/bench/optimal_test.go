package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
)

// inPlane is the smallest case.
var inPlane = optimalCase{Kind: normalsCase, Dim: 2}

// mapping returns a script that says it has trained for some seconds, copies the files of a folder
// to where its task asks for them, and says that it has scored.
func mapping(name, files string, seconds int) peer {
	return script(name, fmt.Sprintf(`
		folder=$(echo "$1" | sed 's/.*"folder":"\([^"]*\)".*/\1/')
		echo '{"trained": true, "steps": 7, "seconds": %d, "wall": 2}'
		cp '%s'/*.npy "$folder"
		echo '{"scored": true, "seconds": 3, "parameters": 42}'`, seconds, files))
}

// written writes points to files of a new folder.
func written(t *testing.T, files map[string]data.Points) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for file, x := range files {
		if err := data.WriteNPY(filepath.Join(folder, file), x); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// truthOf returns what the maps of the smallest case are scored by.
func truthOf(t *testing.T) mapTruth {
	t.Helper()
	truth, err := writeMapTruth(inPlane, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

// The linear map of the true moments is the optimal one, with the density of the right.
func TestMapsAreJudgedByWhatTheyWrote(t *testing.T) {
	truth := truthOf(t)
	left, right := truth.pair.Left().(*data.Normal), truth.pair.Right().(*data.Normal)
	m, err := linearBetween(left, right)
	if err != nil {
		t.Fatal(err)
	}
	origins, logDets, err := m.back(truth.back)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, len(logDets))
	for i, v := range logDets {
		values[i] = float32(v)
	}
	column, err := data.NewPoints(1, values)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]data.Points{imagesFile: truth.images, originsFile: origins, logDetsFile: column}
	got, err := mapping("A", written(t, files), 5).learn(t.Context(), mapTask{Folder: truth.folder, Seed: 3, Timed: 1000}, truth)
	if err != nil || got.Failed != "" {
		t.Fatal(err, got.Failed)
	}
	if got.Seed != 3 || got.Steps != 7 || got.Seconds != 5 || got.Wall != 2 || got.Parameters != 42 || got.Mapping != 3000 {
		t.Errorf("the trial is %+v", got)
	}
	if got.UVP.Value != 0 || math.Abs(got.Cosine.Value-1) > 1e-9 || got.KL == nil || math.Abs(got.KL.Value) > 1e-5 {
		t.Errorf("the optimal map is judged as %+v, KL %+v", got, got.KL)
	}

	// Without a density there is no KL, though an earlier process wrote one.
	twice := slices.Clone(truth.test.Values())
	for i := range twice {
		twice[i] *= 2
	}
	images, err := data.NewPoints(2, twice)
	if err != nil {
		t.Fatal(err)
	}
	got, err = mapping("B", written(t, map[string]data.Points{imagesFile: images}), 5).learn(t.Context(), mapTask{Folder: truth.folder, Timed: 1000}, truth)
	if err != nil || got.Failed != "" || got.KL != nil || !(got.UVP.Value > 10) {
		t.Errorf("another map is judged as %+v, %v", got, err)
	}
}

func TestMapThatFailsSaysWhyAndOthersGoOn(t *testing.T) {
	truth := truthOf(t)
	for want, p := range map[string]peer{
		"no such module": script("broken", `echo "no such module" >&2; exit 3`),
		"images.npy":     script("broken", `echo '{"trained": true}'; echo '{"scored": true}'`),
		"has trained":    script("broken", `echo '{"ready": true}'; echo '{"peak": 3}'`),
		"8192":           mapping("short", written(t, map[string]data.Points{imagesFile: truth.images, originsFile: truth.test, logDetsFile: truth.test}), 1),
		"16384":          mapping("short", written(t, map[string]data.Points{imagesFile: truth.back}), 1),
	} {
		got, err := p.learn(t.Context(), mapTask{Folder: truth.folder, Seed: 1, Timed: 1}, truth)
		if err != nil || !strings.Contains(got.Failed, want) || got.Seed != 1 {
			t.Errorf("the trial is %+v, %v, want that it failed with %q", got, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := script("A", `sleep 5`).learn(ended, mapTask{Folder: truth.folder}, truth); err == nil {
		t.Error("an interrupt is no error, want that the run ends")
	}
}

// A run goes on where an earlier one was. A map that failed is tried again.
func TestOptimalResumes(t *testing.T) {
	out, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	truth := truthOf(t)
	files := written(t, map[string]data.Points{imagesFile: truth.images})
	logged := func(p peer) peer {
		return peer{p.name, func(task string) []string {
			words := p.command(task)
			words[2] = "echo " + p.name + " >> " + log + "\n echo \"$1\" >> " + log + ".tasks\n" + words[2]
			return words
		}}
	}
	o := options{seeds: 2, budget: 30, out: out}
	fresh := optimalReport{Budget: o.budget, Points: mapPoints}
	run := func(beside ...peer) (*optimalReport, string) {
		t.Helper()
		r, err := resumed(out, fresh)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(log, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		q := optimal{place{ours: logged(mapping(ours, files, 50)), beside: beside, work: t.TempDir()}, o, &r}
		if err := q.measure(t.Context(), inPlane); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return &r, strings.Join(strings.Fields(string(text)), " ")
	}
	if r, order := run(logged(script("B", "exit 1"))); order != "flows B flows B" || r.trial(inPlane, "B", 1) != nil || r.trial(inPlane, ours, 2) == nil {
		t.Errorf("the first run is of %s, with %+v", order, r)
	}
	if r, order := run(logged(mapping("B", files, 9))); order != "B B" || r.trial(inPlane, "B", 2) == nil || len(r.Rows) != 1 || len(r.Rows[0].of("B").Trials) != 2 {
		t.Errorf("the second run is of %s, with %+v", order, r)
	}
	if _, order := run(logged(mapping("B", files, 9))); order != "" {
		t.Errorf("the third run is of %s, want nothing left", order)
	}
	// Where ours took longer than the budget, others get as long.
	text, err := os.ReadFile(log + ".tasks")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var asked mapTask
		if err := json.Unmarshal([]byte(line), &asked); err != nil {
			t.Fatal(err)
		}
		if want := []float64{30, 50, 30, 50, 50, 50}[i]; asked.Seconds != want || asked.Case != inPlane || asked.Timed != mapTimed {
			t.Errorf("task %d is %+v, want %g seconds", i, asked, want)
		}
	}

	fresh.Budget = 40
	if _, err := resumed(out, fresh); err == nil || !strings.Contains(err.Error(), "-out") || !strings.Contains(err.Error(), "30 s") {
		t.Errorf("results of another budget give %v", err)
	}
	if err := os.WriteFile(filepath.Join(out, "optimal.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := resumed(out, fresh); err == nil || !strings.Contains(err.Error(), "optimal.json") {
		t.Errorf("half a report gives %v", err)
	}
}

func TestOptimalCasesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range optimalCases([]string{"/far/away/a.safetensors", "b.safetensors"}) {
		if seen[c.String()] {
			t.Errorf("two cases are called %q", c)
		}
		seen[c.String()] = true
		if c.Kind == fileCase {
			continue
		}
		pair, err := c.pair()
		if err != nil || pair.Left().Dim() != c.Dim {
			t.Errorf("%s: the pair is %v, %v", c, pair, err)
		}
	}
	if len(seen) != 10 || !seen["file: a.safetensors"] {
		t.Errorf("the cases are %v, want four pairs of normals, four of a mixture and two files", seen)
	}
	for _, c := range []optimalCase{{Kind: "else", Dim: 2}, {Kind: fileCase, Path: "/no/such/file"}} {
		if _, err := c.pair(); err == nil {
			t.Errorf("%s gives no error", c)
		}
	}
}

// A training is as long as asked for, by steps that take longer the more there are.
func TestTrainingsArePaced(t *testing.T) {
	var trained []int
	_, steps, spent, err := paced(t.Context(), 100, func(_ context.Context, steps int) (int, pace, error) {
		trained = append(trained, steps)
		each := 10 * time.Millisecond
		if steps > 1000 {
			each = 20 * time.Millisecond
		}
		return steps, pace{steps, time.Duration(steps) * each, 0}, nil
	})
	if err != nil || len(trained) != 3 || steps != trained[2] || spent.processor != 100*time.Second {
		t.Errorf("trainings of %v steps, the last of %v, %v", trained, spent.processor, err)
	}
}

// We learn the smallest case, for as short a time as possible, by the protocol that others speak.
func TestWeSpeakTheProtocolOfOptimal(t *testing.T) {
	truth := truthOf(t)
	files := map[string]data.Distribution{leftFile: truth.pair.Left(), rightFile: truth.pair.Right()}
	for file, side := range files {
		x, err := side.Sample(5000, 3)
		if err == nil {
			err = data.WriteNPY(filepath.Join(truth.folder, file), x)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(mapTask{Case: inPlane, Seed: 1, Seconds: 0.01, Timed: 100, Folder: truth.folder})
	if err != nil {
		t.Fatal(err)
	}
	for method, least := range map[string]int{linearMethod: 0, knownMethod: 500} {
		if method == knownMethod && testing.Short() {
			continue
		}
		var out bytes.Buffer
		if err := serveOptimal(t.Context(), &out, method, string(text)); err != nil {
			t.Fatal(err)
		}
		var answers [2]answer
		says := json.NewDecoder(&out)
		for i := range answers {
			if err := says.Decode(&answers[i]); err != nil {
				t.Fatal(err)
			}
		}
		if a := answers[0]; !a.Trained || !answers[1].Scored || a.Steps < least || !(a.Seconds > 0) {
			t.Errorf("of the method %s we say %+v", method, answers)
		}
		var got mapTrial
		if err := truth.judge(&got); err != nil || got.KL == nil || got.UVP.Value > 5 || math.Abs(got.KL.Value) > 0.1 {
			t.Errorf("by the method %s we come to %+v, %v", method, got, err)
		}
	}
}

func TestBadOptionsOfOptimalAreErrors(t *testing.T) {
	good := options{optimal: true, seeds: 1, budget: 1}
	for want, change := range map[string]func(o *options) []string{
		"takes no arguments":    func(*options) []string { return []string{"normals"} },
		"-seeds":                func(o *options) []string { o.seeds = 0; return nil },
		"-budget":               func(o *options) []string { o.budget = math.NaN(); return nil },
		"-core":                 func(o *options) []string { o.core = 1 << 20; return nil },
		"matches nothing":       func(o *options) []string { o.only = "no such case"; return nil },
		"JSON of a task":        func(o *options) []string { o.as = "known"; return []string{"normals"} },
		"-quality and -optimal": func(o *options) []string { o.quality = true; return nil },
	} {
		o := good
		args := change(&o)
		if err := start(t.Context(), o, args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}
