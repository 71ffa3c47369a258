package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
)

// scored returns a script that says it has trained and then scored. In between it copies scores to
// where its task asks for them.
func scored(name, scores string) peer {
	return script(name, `
		folder=$(echo "$1" | sed 's/.*"folder":"\([^"]*\)".*/\1/')
		echo '{"trained": true}'
		cp '`+scores+`' "$folder/scores.npy"
		cp '`+scores+`' "$folder/own.npy"
		echo '{"scored": true, "steps": 7, "parameters": 42, "own_steps": 3, "own_seconds": 0.5}'`)
}

// column writes values as points of one feature.
func column(t *testing.T, path string, values ...float32) string {
	t.Helper()
	p, err := data.NewPoints(1, values)
	if err == nil {
		err = data.WriteNPY(path, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTrialIsJudgedByWhatItWrote(t *testing.T) {
	at := t.TempDir()
	scores := column(t, filepath.Join(t.TempDir(), "scores.npy"), -3, -2, -4)
	truth := truth{folder: at, logDensity: []float64{-1, -1, -1}}
	got, err := scored("A", scores).try(t.Context(), task{Folder: at, Seed: 5}, time.Minute, truth)
	if err != nil || got.Failed != "" {
		t.Fatal(err, got.Failed)
	}
	if got.Seed != 5 || got.Score.Value != 2 || !(got.Score.Error > 0) || got.Steps != 7 || got.Parameters != 42 || !(got.Seconds > 0) {
		t.Errorf("the trial is %+v, want a KL of 2 nats", got)
	}
	if got.Own == nil || got.Own.Score.Value != 2 || got.Own.Steps != 3 || got.Own.Seconds != 0.5 {
		t.Errorf("its own rule came to %+v, want 2 nats after 3 steps", got.Own)
	}

	column(t, filepath.Join(at, "test.npy"), 10, 20, 30)
	truth.logDensity = nil // of a table
	if got, err = scored("A", scores).try(t.Context(), task{Folder: at}, time.Minute, truth); err != nil || got.Score.Value != -3 {
		t.Errorf("the trial is %+v, %v, want a log-likelihood of -3 nats", got, err)
	}
}

func TestTrialThatFailsSaysWhyAndOthersGoOn(t *testing.T) {
	at := t.TempDir()
	endless := column(t, filepath.Join(t.TempDir(), "scores.npy"), -3, float32(math.Inf(-1)))
	stale := column(t, filepath.Join(t.TempDir(), "scores.npy"), -3, -3)
	if _, err := scored("A", stale).try(t.Context(), task{Folder: at}, time.Minute, truth{folder: at, logDensity: []float64{0, 0}}); err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]peer{ // one that writes nothing isn't judged by what A wrote
		"no such module": script("broken", `echo "no such module" >&2; exit 3`),
		"scores.npy":     script("broken", `echo '{"trained": true}'; echo '{"scored": true}'`),
		"has trained":    script("broken", `echo '{"ready": true}'; echo '{"peak": 3}'`),
		"row 1":          scored("broken", endless),
	} {
		got, err := p.try(t.Context(), task{Folder: at, Seed: 1}, time.Minute, truth{folder: at, logDensity: []float64{0, 0}})
		if err != nil || !strings.Contains(got.Failed, want) {
			t.Errorf("the trial is %+v, %v, want that it failed with %q", got, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := script("A", `sleep 5`).try(ended, task{Folder: at}, time.Minute, truth{folder: at}); err == nil {
		t.Error("an interrupt is no error, want that the run ends")
	}
}

// The task that a peer gets says until when to train: from its start for as long as ours took, but
// at least the minimum.
func TestPeersTrainAsLongAsOurs(t *testing.T) {
	work := t.TempDir()
	values := make([]float32, testPoints)
	scores := column(t, filepath.Join(work, "ours.npy"), values...)
	tasks := filepath.Join(work, "tasks")
	theirs := script("B", `echo "$1" >> `+tasks+`; exit 1`)
	q := quality{place{ours: scored(ours, scores), beside: []peer{theirs}, work: work}, options{seeds: 2, least: 30}}
	row, err := q.measure(t.Context(), qualityCase{kind: baseCase, left: data.UniformSquare().Name()})
	if err != nil {
		t.Fatal(err)
	}
	if len(row.Flows) != 2 || len(row.Flows[0].Trials) != 2 || len(row.Flows[1].Trials) != 2 {
		t.Fatalf("the row is %+v, want two trials of each", row)
	}
	text, err := os.ReadFile(tasks)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var asked task
		if err := json.Unmarshal([]byte(line), &asked); err != nil {
			t.Fatal(err)
		}
		if budget := asked.Deadline - asked.Started; math.Abs(budget-30) > 0.01 || asked.Seed != uint64(i+1) {
			t.Errorf("task %d has %g seconds and the seed %d, want 30 and %d", i, budget, asked.Seed, i+1)
		}
	}

	row, err = q.measure(t.Context(), qualityCase{kind: transportCase, left: data.Ring().Name(), right: data.UniformSquare().Name()})
	if err != nil || len(row.Flows) != 1 {
		t.Errorf("the row of a transport is %+v, %v, want ours alone", row, err)
	}
}

// A missing table must not end a run of hours.
func TestTableThatIsMissingIsTold(t *testing.T) {
	q := quality{place{ours: script(ours, "exit 1"), work: t.TempDir(), python: "/no/such/python"}, options{seeds: 1}}
	row, err := q.measure(t.Context(), qualityCase{kind: tableCase, left: "penguins"})
	if err != nil || len(row.Flows[0].Trials) != 1 || !strings.Contains(row.Flows[0].Trials[0].Failed, "/no/such/python") {
		t.Errorf("the row is %+v, %v, want one that tells what is missing", row, err)
	}
}

func TestQualityCasesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range qualityCases() {
		if seen[c.String()] {
			t.Errorf("two cases are called %q", c)
		}
		seen[c.String()] = true
		if c.kind != tableCase {
			if _, err := data.ByName(c.source()); err != nil {
				t.Error(err)
			}
		}
	}
	if len(seen) != 7+1+11+3 {
		t.Errorf("there are %d cases, want 7 sets, one of angles, 11 pairs and 3 tables", len(seen))
	}
}

// We train a few steps of each kind by the protocol that peers speak, on the Go backend: XLA would
// take most of a minute to compile plans of their full size.
func TestWeSpeakTheProtocolOfQuality(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "go")
	at, store := t.TempDir(), t.TempDir()
	for file, seed := range map[string]uint64{"train.npy": 1, "test.npy": 2} {
		x, err := data.Checkerboard().Sample(400, seed)
		if err == nil {
			err = data.WriteNPY(filepath.Join(at, file), x)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, asked := range []task{
		{Kind: baseCase, Left: "checkerboard"},
		{Kind: transportCase, Left: "ring", Right: "checkerboard"},
		{Kind: tableCase, Left: "rows", Table: true},
	} {
		asked.Seed, asked.Folder, asked.Store, asked.Steps = 1, at, store, 2
		text, err := json.Marshal(asked)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := serveQuality(t.Context(), &out, string(text)); err != nil {
			t.Fatal(err)
		}
		var answers [2]answer
		says := json.NewDecoder(&out)
		for i := range answers {
			if err := says.Decode(&answers[i]); err != nil {
				t.Fatal(err)
			}
		}
		if a := answers[1]; !answers[0].Trained || !a.Scored || a.Steps < 1 || a.Parameters < 1000 {
			t.Errorf("of a %s we say %+v, want that we have trained and scored", asked.Kind, answers)
		}
		s, err := truth{folder: at}.judge("scores.npy")
		if err != nil || math.Abs(s.Value) > 30 {
			t.Errorf("of a %s the mean log-likelihood is %+v nats, %v", asked.Kind, s, err)
		}
	}
}

func TestBadOptionsOfQualityAreErrors(t *testing.T) {
	good := options{quality: true, seeds: 1, least: 1}
	for want, change := range map[string]func(o *options) []string{
		"takes no arguments": func(*options) []string { return []string{"base"} },
		"-seeds":             func(o *options) []string { o.seeds = 0; return nil },
		"-steps":             func(o *options) []string { o.steps = -1; return nil },
		"-least":             func(o *options) []string { o.least = math.NaN(); return nil },
		"matches nothing":    func(o *options) []string { o.only = "no such case"; return nil },
		"JSON of a task":     func(o *options) []string { o.as = "quality"; return []string{"ring"} },
	} {
		o := good
		args := change(&o)
		if err := start(t.Context(), o, args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}
