package paper

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/internal/filelock"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// long runs the tests that take minutes: go test ./notebooks/internal/paper -long -v
var long = flag.Bool("long", false, "run the tests that take minutes")

// tiny adds a budget of seconds for the duration of the test.
func tiny(t *testing.T) {
	t.Helper()
	former := budgets
	budgets = append([]Budget{{Name: "tiny", About: "a test's", Points: 2560, Seeds: 1, Evaluated: 400, Paired: 50, Pairings: 2}}, budgets...)
	t.Cleanup(func() { budgets = former })
}

// watched runs experiments, counts the training events, and ends the context when stop returns
// true.
func watched(t *testing.T, o Options, experiments []Experiment, stop func(Event) bool) (lines []string, trained int, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var steps atomic.Int32
	o.Progress = func(e Event) {
		if e.Trains {
			steps.Add(1)
		}
		if e.Line {
			lines = append(lines, e.Text)
		}
		if stop != nil && stop(e) {
			cancel()
		}
	}
	err = runAll(ctx, o, experiments)
	return lines, int(steps.Load()), err
}

func modified(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// A real run of a base: stopped in the middle of training, continued, run again when all is done,
// with a figure missing, and with another plan.
func TestARunGoesOnWhereItStopped(t *testing.T) {
	tiny(t)
	o := Options{Budget: "tiny", Store: t.TempDir(), Folder: filepath.Join(t.TempDir(), "made", "here")}
	base := []Case{{Left: "star", Method: learnedBase, Seed: 2}}
	all := []Experiment{
		{Name: "far", Title: "far", Cases: cases([]pair{{"star", "star"}}, []string{optimalPairing}, 1)},
		{Name: "near", Title: "near", Cases: base, Figures: []figure{{name: "near-star", cases: base, draw: func(context.Context, *lab) (*plot.Figure, error) {
			x, err := data.Star().Sample(500, 1)
			if err != nil {
				return nil, err
			}
			return plot.Points("star", x)
		}}}},
	}
	begun := time.Now()
	_, trained, err := watched(t, o, all, func(e Event) bool { begun = time.Now(); return e.Trains })
	if !errors.Is(err, context.Canceled) || trained == 0 {
		t.Fatalf("stopped while it trained (%d times told) it gives %v", trained, err)
	}
	t.Logf("it took %v to stop", time.Since(begun))
	r, err := readResults(o.Folder)
	if err != nil || len(r.Records) != 1 || r.Records[0].Method != optimalPairing {
		t.Fatalf("after that there are the results %+v, %v; want what was measured before", r, err)
	}

	lines, trained, err := watched(t, o, all, nil)
	if err != nil || trained == 0 {
		t.Fatalf("going on it trains %d times and gives %v", trained, err)
	}
	if text := strings.Join(lines, "\n"); strings.Contains(text, optimalPairing) || !strings.Contains(text, "near: star, base, seed 2: KL ") {
		t.Errorf("going on it must measure what wasn't, it says\n%s", text)
	}
	if r, err = readResults(o.Folder); err != nil || len(r.Records) != 2 {
		t.Fatalf("there are the results %+v, %v; want two", r, err)
	}
	for _, record := range r.Records {
		if record.Failed != "" || len(record.Numbers) == 0 || record.Budget != "tiny" || record.Machine.Cores == 0 || (record.Method != optimalPairing) != (record.Fingerprint != "" && record.Plan != "") {
			t.Errorf("a record is not whole: %+v", record)
		}
		for _, n := range record.Numbers {
			if n.Points == 0 || n.Error < 0 {
				t.Errorf("%s has the number %+v", record.Case, n)
			}
		}
	}
	figure, page := filepath.Join(o.Folder, "near-star.tiny.png"), filepath.Join(o.Folder, "paper.md")
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "Budget tiny: a test's; 2 cases.") {
		t.Errorf("the page says (%v)\n%s", err, text)
	}

	was, drawn := modified(t, filepath.Join(o.Folder, "results.json")), modified(t, figure)
	if lines, trained, err = watched(t, o, all, nil); err != nil || trained > 0 || len(lines) > 0 {
		t.Errorf("when all is done it trains %d times, says %q and gives %v", trained, lines, err)
	}
	if !modified(t, filepath.Join(o.Folder, "results.json")).Equal(was) || !modified(t, figure).Equal(drawn) {
		t.Error("when all is done it writes results or figures again")
	}
	if err := os.Remove(figure); err != nil {
		t.Fatal(err)
	}
	if _, trained, err = watched(t, o, all, nil); err != nil || trained > 0 {
		t.Errorf("with a figure missing it trains %d times and gives %v", trained, err)
	}
	modified(t, figure)

	r.find(base[0], Label{Budget: "tiny"}).Fingerprint = "of a plan that was"
	if err := r.write(o.Folder); err != nil {
		t.Fatal(err)
	}
	if lines, _, err = watched(t, o, all, nil); err != nil || len(lines) != 1 || !strings.Contains(lines[0], "star, base") {
		t.Errorf("where the plan has become another it says %q and gives %v; want the base measured again", lines, err)
	}
}

// A case that fails is reported, is no result, and is tried again. The others go on.
func TestAFailedCaseStopsNoOther(t *testing.T) {
	tiny(t)
	budgets[0].Evaluated = -1
	o := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir()}
	both := []pair{{"star", "star"}, {"ring", "ring"}}
	all := []Experiment{{Name: "far", Title: "far", Cases: cases(both, []string{optimalPairing}, 1)}}
	lines, _, err := watched(t, o, all, nil)
	if err == nil || strings.Count(err.Error(), "optimal pairing") != 2 || len(lines) != 2 || !strings.Contains(lines[1], "failed") {
		t.Errorf("it says %q and gives %v", lines, err)
	}
	r, err := readResults(o.Folder)
	if err != nil || len(r.Records) != 2 || r.Records[0].Failed == "" {
		t.Errorf("the results are %+v, %v", r, err)
	}
	budgets[0].Evaluated = 400
	if _, _, err = watched(t, o, all, nil); err != nil {
		t.Errorf("tried again it gives %v", err)
	}
	if r, err = readResults(o.Folder); err != nil || len(r.Records) != 2 || r.Records[0].Failed != "" || len(r.Records[1].Numbers) == 0 {
		t.Errorf("the results are then %+v, %v", r, err)
	}
}

// The trade figure is made of numbers alone. A logarithmic axis can't show the 0 of a map that
// moves nothing.
func TestTheTradeHasAMarkForEverySet(t *testing.T) {
	l := &lab{recipes: recipes{budget: budgets[0]}, results: world(Label{Budget: "paper"}, 3)}
	l.results.edit(question{identity("star", penaltyOnly), movedEuclidean, ""}, to(0))
	star := []pair{{"star", "star"}, {"ring", "ring"}}
	f, err := trade(star)(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := f.PNG(); err != nil || len(content) == 0 {
		t.Errorf("it can't be drawn: %v", err)
	}
	if least := f.Panels[0].Y.Min; least >= 1e-4 || least < 1e-5 {
		t.Errorf("the axis begins at %g, want just below the least mark, of 1e-4", least)
	}
	for i := range l.results.Records {
		if l.results.Records[i].Left == "ring" {
			l.results.Records[i].Method = "another"
		}
	}
	if _, err := trade(star)(t.Context(), l); err == nil || !strings.Contains(err.Error(), "ring → ring") {
		t.Errorf("with ring missing it gives %v", err)
	}
}

// All kinds of cases and figures, for real: with flows trained alone by the paper's recipe, and
// trained together by the fast one.
//
//	go test ./notebooks/internal/paper -run FlowsAre -long -v -timeout 20m
func TestFlowsAreMeasuredAndDrawn(t *testing.T) {
	if !*long {
		t.Skip("takes minutes: run it with -long")
	}
	star, circles := []pair{{"star", "star"}}, []string{"four circles"}
	some, other, ways := []string{flowForFlow, baseTransfer}, []string{optimalPairing, identityBoth}, []string{flowForFlow, baseTransfer, baseSampling}
	for name, all := range map[string][]Experiment{
		"alone": {
			{Name: "plain", Title: "plain", Cases: cases(star, some, 1), Figures: colourCoded("plain", star, some...)},
			{Name: "under", Title: "under", Cases: turned(circles, []string{"rotated"}, []string{flowForFlow, baseSampling}, 1)},
		},
		"together": {
			{Name: "plain", Title: "plain", Cases: cases(star, other, 1), Figures: []figure{
				{name: "grid", cases: cases(star, other, 1), draw: crossing([]string{"star"}, []string{"star"}, identityBoth)},
			}},
			{Name: "under", Title: "under", Cases: turned(circles, []string{"scaled"}, ways, 1), Figures: underConditions("out", "ways", circles, "scaled")[1:]},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tiny(t)
			together := name == "together"
			o := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Together: together, Fast: together}
			if _, _, err := watched(t, o, all, nil); err != nil {
				t.Fatal(err)
			}
			cases, figures := 0, 0
			for _, e := range all {
				cases, figures = cases+len(e.Cases), figures+len(e.Figures)
			}
			r, err := readResults(o.Folder)
			if err != nil || len(r.Records) != cases || len(r.Drawn) != figures {
				t.Fatalf("there are %d results and %d figures, %v; want %d and %d", len(r.Records), len(r.Drawn), err, cases, figures)
			}
			for _, d := range r.Drawn {
				for _, file := range d.Files {
					modified(t, filepath.Join(o.Folder, file))
				}
			}
			for _, record := range r.Records {
				want := 5 // KL, two displacements, outside, sliced Wasserstein
				switch {
				case record.Method == optimalPairing:
					want = 4
				case record.Method == baseSampling:
					want = 3 * 3 // no displacements, at three conditions
				case record.Family != "":
					want = 3 * 5
				}
				if len(record.Numbers) != want {
					t.Errorf("%s has %d numbers, want %d: %+v", record.Case, len(record.Numbers), want, record.Numbers)
				}
			}
		})
	}
}

// A run that read another's half-written results, or wrote its own over them, would lose some.
func TestARunWaitsForAnotherInItsFolder(t *testing.T) {
	folder := t.TempDir()
	unlock, err := filelock.Lock(t.Context(), filepath.Join(folder, ".lock"), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	lines, _, err := watched(t, Options{Budget: "quick", Folder: folder}, nil, func(e Event) bool { return strings.Contains(e.Text, "waiting for it") })
	if !errors.Is(err, context.Canceled) || len(lines) != 1 || !strings.Contains(lines[0], folder) {
		t.Errorf("beside another it gives %v and tells %q", err, lines)
	}
	if _, _, err := watched(t, Options{Budget: "quick", Folder: folder, Publish: folder + "/"}, nil, nil); err == nil || !strings.Contains(err.Error(), "another folder") {
		t.Errorf("published in the folder of the results it gives %v", err)
	}
}
