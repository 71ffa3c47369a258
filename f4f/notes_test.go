package f4f_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// recorder is a slog.Handler that collects records.
type recorder struct {
	mu      sync.Mutex
	records []said
}

// said is a record: its text without "f4f: " at the beginning, and the flow that it is about.
type said struct {
	level      slog.Level
	text, flow string
}

func (s said) String() string { return fmt.Sprintf("%v, %s: %s", s.level, s.flow, s.text) }

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }

func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := said{level: record.Level, text: strings.TrimPrefix(record.Message, "f4f: ")}
	record.Attrs(func(a slog.Attr) bool {
		if a.Key == "flow" {
			s.flow = a.Value.String()
		}
		return true
	})
	r.records = append(r.records, s)
	return nil
}

// taken returns the records since the last call.
func (r *recorder) taken() []said {
	r.mu.Lock()
	defer r.mu.Unlock()
	records := r.records
	r.records = nil
	return records
}

// warnings returns the notes of a flow as warnings, in their order.
func warnings(flow string, notes []string) (all []said) {
	for _, note := range notes {
		all = append(all, said{slog.LevelWarn, note, flow})
	}
	return all
}

// logged collects what is logged by log/slog until the test ends. Flows are loaded by the Go
// backend, which has no note if it was asked for.
func logged(t testing.TB) *recorder {
	t.Setenv("GOMLX_BACKEND", "go")
	r, before := &recorder{}, slog.Default()
	slog.SetDefault(slog.New(r))
	t.Cleanup(func() { slog.SetDefault(before) })
	return r
}

// notesOf returns the notes of events.
func notesOf(events []fit.Event) (notes []string) {
	for _, e := range events {
		notes = append(notes, e.Notes...)
	}
	return notes
}

// gapsIn returns a table whose second column is −999 in a tenth of the rows. A fit has two notes on
// it.
func gapsIn(t testing.TB, name string) data.Source {
	return data.FromPoints(name, rows(t, 600, around(0, 1), padded(0.1)))
}

func TestNotesGoToTheLogOnceAndStayWithTheDensity(t *testing.T) {
	log := logged(t)
	plan := small(t, gapsIn(t, "table")).Raw().Epochs(1)
	d := fitted(t, plan)
	notes := d.Notes()
	if len(notes) != 2 || !strings.Contains(notes[0], "lie beyond ±4") || !strings.Contains(notes[1], "-999") {
		t.Fatalf("the density's notes are %q", notes)
	}
	want := warnings("base table", notes)
	if got := log.taken(); !slices.Equal(got, want) {
		t.Errorf("the fit said %q, want each note once", got)
	}
	notes[0] = "changed"
	if d.Notes()[0] == "changed" {
		t.Error("a change of Notes' result changes the density")
	}
	notes = d.Notes()

	again := fitted(t, plan)
	if got := log.taken(); !slices.Equal(got, want) || !slices.Equal(again.Notes(), notes) {
		t.Errorf("found in the store, it says %q and has the notes %q", got, again.Notes())
	}
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	if err := again.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must[*f4f.Density](t)(f4f.LoadDensity(t.Context(), path))
	if got := log.taken(); !slices.Equal(got, want) || !slices.Equal(loaded.Notes(), notes) {
		t.Errorf("loaded, it says %q and has the notes %q", got, loaded.Notes())
	}

	var heard []fit.Event
	must[*f4f.Density](t)(plan.Store(t.TempDir()).Fit(listen(&heard)))
	if got := notesOf(heard); !slices.Equal(got, notes) {
		t.Errorf("with a receiver the fit tells %q", got)
	}
	for name, load := range map[string]func() (*f4f.Density, error){
		"the store": func() (*f4f.Density, error) { return plan.Fit(listen(&heard)) },
		"a file":    func() (*f4f.Density, error) { return f4f.LoadDensity(listen(&heard), path) },
	} {
		heard = nil
		must[*f4f.Density](t)(load())
		if len(heard) != 1 || !heard[0].Loaded || heard[0].Flow != "base table" || !slices.Equal(heard[0].Notes, notes) {
			t.Errorf("with a receiver, %s gives the events %+v", name, heard)
		}
	}
	must[*f4f.Density](t)(plan.Fit(f4f.WithEvents(t.Context(), nil)))
	if got := log.taken(); len(got) > 0 {
		t.Errorf("with a receiver it went to the log as well: %q", got)
	}
	var none *f4f.Density
	var nowhere *f4f.Transport
	if none.Notes() != nil || nowhere.Notes() != nil {
		t.Error("no flow has notes")
	}
}

// An interrupted fit has its notes, and the fit that resumes it has them once.
func TestAResumedFitHasItsNotesOnce(t *testing.T) {
	plan := small(t, gapsIn(t, "table")).Raw().Epochs(3)
	ctx, stop := context.WithCancel(t.Context())
	first, err := plan.Fit(f4f.WithEvents(ctx, func(e fit.Event) {
		if e.EpochEnded {
			stop()
		}
	}))
	if !errors.Is(err, f4f.ErrInterrupted) || len(first.Notes()) != 2 {
		t.Fatalf("interrupted, the density has the notes %q: %v", first.Notes(), err)
	}
	log := logged(t)
	d := fitted(t, plan)
	if !slices.Equal(d.Notes(), first.Notes()) {
		t.Errorf("resumed, it has the notes %q, interrupted %q", d.Notes(), first.Notes())
	}
	if got := log.taken(); !slices.Equal(got, warnings("base table", d.Notes())) {
		t.Errorf("resumed, it says %q", got)
	}
}

func TestATransportKeepsItsOwnNotesAndThoseOfItsBases(t *testing.T) {
	log := logged(t)
	base := func(s data.Source) f4f.BasePlan { return small(t, s).Raw().Epochs(1) }
	plan := f4f.Between(base(gapsIn(t, "gaps")), base(right)).Layers(1).Hidden(12).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Backend("go").Store(store(t))
	g := fitted(t, plan)
	own, ofLeft := g.Notes(), g.Left().Notes()
	if len(own) != 1 || !strings.Contains(own[0], "lie beyond ±4") || len(ofLeft) != 2 || g.Right().Notes() != nil {
		t.Fatalf("the notes are %q, of the left base %q, of the right one %q", own, ofLeft, g.Right().Notes())
	}
	want := append(warnings("base gaps", ofLeft), warnings("gaps → right", own)...)
	if got := log.taken(); !slices.Equal(got, want) {
		t.Errorf("the fit said %q", got)
	}
	all := slices.Concat(own, ofLeft)
	fitted(t, plan)
	if got := log.taken(); !slices.Equal(got, warnings("gaps → right", all)) {
		t.Errorf("found in the store, it says %q", got)
	}
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	if err := g.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must[*f4f.Transport](t)(f4f.LoadTransport(t.Context(), path))
	if !slices.Equal(loaded.Notes(), own) || !slices.Equal(loaded.Left().Notes(), ofLeft) || loaded.Right().Notes() != nil {
		t.Errorf("loaded, the notes are %q, of the left base %q, of the right one %q", loaded.Notes(), loaded.Left().Notes(), loaded.Right().Notes())
	}
	if got := log.taken(); !slices.Equal(got, warnings("gaps → right", all)) {
		t.Errorf("loaded, it says %q", got)
	}
	transfer := must[*f4f.Transport](t)(f4f.BaseTransfer(loaded.Left(), loaded.Right()))
	if transfer.Notes() != nil || !slices.Equal(transfer.Left().Notes(), ofLeft) {
		t.Errorf("a base transfer has the notes %q, its left base %q", transfer.Notes(), transfer.Left().Notes())
	}
}

func TestPlansFittedTogetherKeepNotesOfTheirOwn(t *testing.T) {
	log := logged(t)
	plans := []f4f.BasePlan{small(t, gapsIn(t, "table")).Raw().Epochs(1), small(t, right).Epochs(1), small(t, gapsIn(t, "table")).Raw().Epochs(1).Seed(1)}
	flows, err := f4f.FitAll(t.Context(), plans...)
	if err != nil {
		t.Fatal(err)
	}
	if len(flows[0].Notes()) != 2 || flows[1].Notes() != nil || len(flows[2].Notes()) != 2 {
		t.Errorf("the notes are %q, %q and %q", flows[0].Notes(), flows[1].Notes(), flows[2].Notes())
	}
	byFlow := map[string][]said{}
	for _, s := range log.taken() {
		byFlow[s.flow] = append(byFlow[s.flow], s)
	}
	for i, label := range []string{"base table", "base right", "base table (2)"} {
		if !slices.Equal(byFlow[label], warnings(label, flows[i].Notes())) {
			t.Errorf("of %s it was said %q", label, byFlow[label])
		}
	}
}

func TestATrainingThatEndsAboveItsBestEpochKeepsTheNote(t *testing.T) {
	log := logged(t)
	plan := small(t, data.FromPoints("few", rows(t, 200, around(0, 1), around(0, 1)))).Recipe(f4f.Paper()).Standardise().Bins(8).Validation(0.8).Batch(20).LearningRate(5e-2).Epochs(60)
	d := fitted(t, plan)
	notes := d.Notes()
	if len(notes) != 1 || !strings.Contains(notes[0], "was best after epoch") {
		t.Fatalf("the notes are %q", notes)
	}
	fitted(t, plan)
	if got, want := log.taken(), warnings("base few", notes); !slices.Equal(got, append(want, want...)) {
		t.Errorf("trained and found in the store, it said %q", got)
	}
}

// A note that concerns one fit alone is sent by that fit and not kept with the flow.
func TestPassingNotesAreLoggedAndNotKept(t *testing.T) {
	plan := small(t, left)
	fitted(t, plan)
	file := must[[]string](t)(filepath.Glob(filepath.Join(store(t), "*", "flow.safetensors")))[0]
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	log := logged(t)
	d := fitted(t, plan)
	if got := log.taken(); len(got) != 1 || got[0].level != slog.LevelWarn || got[0].flow != "base left" || !strings.Contains(got[0].text, "damaged") {
		t.Errorf("of a damaged file it was said %q", got)
	}
	fitted(t, plan)
	if got := log.taken(); len(got) > 0 || d.Notes() != nil {
		t.Errorf("later it says %q, and the density has the notes %q", got, d.Notes())
	}
}

func TestWaitingForAnotherProcessIsNoWarning(t *testing.T) {
	plan := small(t, left)
	lease := filepath.Join(filepath.Dir(interrupted(t, plan, store(t))), "lock.owner")
	if err := os.WriteFile(lease, []byte(`{"Host":"borea","Boot":"0f","PID":4711,"Token":"T"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	log := logged(t)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := plan.Fit(ctx); !errors.Is(err, f4f.ErrInterrupted) {
		t.Errorf("while another machine trains, the error is %v", err)
	}
	if got := log.taken(); len(got) != 1 || got[0].level != slog.LevelInfo || !strings.Contains(got[0].text, "waiting for it") {
		t.Errorf("it was said %q", got)
	}
}

func TestNotesChangeNeitherFingerprintNorPlanOfAFile(t *testing.T) {
	plan := small(t, gapsIn(t, "table")).Raw().Epochs(1)
	d := fitted(t, plan)
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	if err := d.Save(path); err != nil {
		t.Fatal(err)
	}
	if print := must[string](t)(plan.Fingerprint()); print != d.Fingerprint() {
		t.Errorf("the plan's fingerprint is %s, the density's %s", print, d.Fingerprint())
	}
	_, texts, err := safetensors.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var notes map[string][]string
	if err := json.Unmarshal([]byte(texts["notes"]), &notes); err != nil || !slices.Equal(notes["flow"], d.Notes()) || strings.Contains(texts["plan"], "-999") {
		t.Errorf("the file has the notes %s and the plan %s: %v", texts["notes"], texts["plan"], err)
	}
	if err := fitted(t, small(t, left)).Save(path); err != nil {
		t.Fatal(err)
	}
	if _, texts, err = safetensors.Read(path); err != nil || texts["notes"] != "" {
		t.Errorf("without notes the file has %q: %v", texts["notes"], err)
	}
}

func init() {
	children["trains without XLA"] = trainsWithoutXLA
	children["loads without XLA"] = loadsWithoutXLA
	children["loads without XLA, and listens"] = listensWithoutXLA
}

const (
	slower      = "slower than XLA" // of the note on the Go backend
	whenTrained = "When it was trained: "
)

func TestTheGoBackendInXLAsPlaceIsToldOnceAProcess(t *testing.T) {
	folder := t.TempDir()
	for _, what := range []string{"trains without XLA", "loads without XLA", "loads without XLA, and listens"} {
		c := child(what, folder)
		home := t.TempDir()
		c.Env = append(c.Env, "HOME="+home, "XDG_CACHE_HOME=", "PATH="+home, "PJRT_PLUGIN_LIBRARY_PATH="+home, "GOMLX_BACKEND=", "HTTPS_PROXY=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", what, err, out)
		}
	}
}

// flowIn returns the path of a base's file in a store.
func flowIn(store, source string) string {
	files, err := filepath.Glob(filepath.Join(store, "base-"+source+"-*", "flow.safetensors"))
	if err != nil || len(files) != 1 {
		panic(fmt.Errorf("%s holds %v of %s: %v", store, files, source, err))
	}
	return files[0]
}

func trainsWithoutXLA(store string) error {
	log := &recorder{}
	slog.SetDefault(slog.New(log))
	d, err := childBase(left, "").Epochs(1).Store(store).Fit(context.Background())
	if err != nil {
		return err
	}
	installing, warned := 0, []said(nil)
	for _, s := range log.taken() {
		if s.level == slog.LevelInfo {
			installing++
		} else {
			warned = append(warned, s)
		}
	}
	if len(warned) != 1 || !strings.Contains(warned[0].text, slower) || warned[0].flow != "base left" || installing == 0 {
		return fmt.Errorf("the fit said %q, and %d times that XLA was being installed", warned, installing)
	}
	if notes := d.Notes(); len(notes) != 1 || notes[0] != whenTrained+warned[0].text {
		return fmt.Errorf("the density's notes are %q", notes)
	}
	if d, err = childBase(right, "").Epochs(1).Store(store).Fit(context.Background()); err != nil {
		return err
	}
	if got := log.taken(); len(got) > 0 || len(d.Notes()) != 1 {
		return fmt.Errorf("the next fit said %q, and has the notes %q", got, d.Notes())
	}
	var notes []string
	listening := f4f.WithEvents(context.Background(), func(e fit.Event) { notes = append(notes, e.Notes...) })
	if _, err = childBase(right, "").Seed(1).Epochs(1).Store(store + " of its own").Fit(listening); err != nil {
		return err
	}
	if got := log.taken(); len(got) > 0 || len(notes) != 1 || !strings.Contains(notes[0], slower) {
		return fmt.Errorf("with a receiver the log got %q, and the receiver %q", got, notes)
	}
	return os.RemoveAll(store + " of its own")
}

func loadsWithoutXLA(store string) error {
	log := &recorder{}
	slog.SetDefault(slog.New(log))
	ctx := f4f.WithEvents(context.Background(), nil) // which has nothing told
	if _, err := childBase(left, "go").Epochs(1).Store(store).Fit(ctx); err != nil {
		return err
	}
	if got := log.taken(); len(got) > 0 {
		return fmt.Errorf("with nobody to tell, the log got %q", got)
	}
	for turn, want := range []int{2, 1} { // what runs it now, and what it was trained by
		d, err := f4f.LoadDensity(context.Background(), flowIn(store, "left"))
		if err != nil {
			return err
		}
		var warned []string
		for _, s := range log.taken() {
			if s.level == slog.LevelWarn {
				warned = append(warned, s.text)
			}
		}
		if len(d.Notes()) != 1 || len(warned) != want || warned[want-1] != d.Notes()[0] || !strings.Contains(warned[0], slower) {
			return fmt.Errorf("loading number %d said %q", turn+1, warned)
		}
	}
	return nil
}

func listensWithoutXLA(store string) error {
	log := &recorder{}
	slog.SetDefault(slog.New(log))
	var notes []string
	ctx := f4f.WithEvents(context.Background(), func(e fit.Event) {
		if e.Flow == "base right" { // not XLA's installation
			notes = append(notes, e.Notes...)
		}
	})
	d, err := childBase(right, "").Epochs(1).Store(store).Fit(ctx)
	if err != nil {
		return err
	}
	if got := log.taken(); len(got) > 0 || len(notes) != 2 || !strings.Contains(notes[0], slower) || notes[1] != d.Notes()[0] {
		return fmt.Errorf("the log got %q, and the receiver %q", got, notes)
	}
	return nil
}
