package store_test

import (
	"math/rand/v2"

	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/store"
)

// normal is a normal distribution of two features around mean.
type normal struct {
	name string
	mean float64
}

func (s normal) Name() string { return s.name }
func (s normal) Dim() int     { return 2 }

func (s normal) Sample(n int, seed uint64) (data.Points, error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	values := make([]float32, 2*n)
	for i := range values {
		values[i] = float32(s.mean + rng.NormFloat64())
	}
	return data.NewPoints(2, values)
}

var left, right = normal{"left", -1}, normal{"right", 1}

// small makes a plan of 80 steps quick to fit: a small flow on the Go backend, which has nothing to
// compile.
func small(t *testing.T, source data.Source) f4f.BasePlan {
	return f4f.Base(source).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(2).Backend("go").Store(folder(t))
}

func fitted(t *testing.T, plan f4f.BasePlan) *f4f.Density {
	t.Helper()
	return must[*f4f.Density](t)(plan.Fit(t.Context()))
}

// folder returns the store of a test, the same at every call.
func folder(t *testing.T) string {
	t.Helper()
	at, ok := folders[t.Name()]
	if !ok {
		at = filepath.Join(t.TempDir(), "store")
		folders[t.Name()] = at
	}
	return at
}

var folders = map[string]string{}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// byName returns the entries of a test's store by name.
func byName(t *testing.T) map[string]store.Entry {
	t.Helper()
	flows := map[string]store.Entry{}
	for _, s := range must[[]store.Entry](t)(store.List(folder(t))) {
		flows[s.Name] = s
	}
	return flows
}

func TestTheStoreTellsWhatItHolds(t *testing.T) {
	plan := f4f.Between(small(t, left), small(t, right)).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(2).Backend("go").Store(folder(t))
	flow := must[*f4f.Transport](t)(plan.Fit(t.Context()))
	if err := os.MkdirAll(filepath.Join(folder(t), "notes"), 0o755); err != nil { // somebody's own
		t.Fatal(err)
	}
	all := byName(t)
	if len(all) != 3 || all["left"].Kind != "density" || all["right"].Kind != "density" {
		t.Fatalf("of a transport and its bases the store holds %+v", all)
	}
	s := all["left → right"]
	if s.Kind != "transport" || s.Fingerprint != flow.Fingerprint() || s.State() != "trained" || s.Err != nil || s.InUse || s.Checkpoint {
		t.Errorf("the transport is stored as %+v (%s)", s, s.State())
	}
	epochs := flow.Epochs()
	if s.Step != len(flow.Losses()) || s.Steps != s.Step || s.Epochs != len(epochs) || s.Loss != epochs[len(epochs)-1].Loss || s.Seconds != flow.Seconds() {
		t.Errorf("%d of %d steps, %d epochs of %v s, loss %v; the flow has %d steps, %v and %v s", s.Step, s.Steps, s.Epochs, s.Seconds, s.Loss, len(flow.Losses()), epochs, flow.Seconds())
	}
	info, err := os.Stat(filepath.Join(s.Folder, "flow.safetensors"))
	if err != nil || s.Bytes != info.Size() || !s.Trained.Equal(info.ModTime()) || time.Since(s.Trained) > time.Hour {
		t.Errorf("%d bytes since %v, the file has %v (%v)", s.Bytes, s.Trained, info, err)
	}
	if !strings.Contains(s.Plan, `"hidden": 12`) || !strings.Contains(s.Plan, "\n") {
		t.Errorf("the plan reads %s", s.Plan)
	}
	if err := s.Verify(); err != nil {
		t.Errorf("whole files give %v", err)
	}
	for _, text := range []string{"left → right", "left-right", filepath.Base(s.Folder), s.Fingerprint[:6], s.Fingerprint} {
		if found, err := store.Find(folder(t), text); err != nil || len(found) != 1 || found[0].Folder != s.Folder {
			t.Errorf("%q finds %v (%v)", text, found, err)
		}
	}
	if _, err := store.Find(folder(t), "rihgt"); err == nil || !strings.Contains(err.Error(), `"rihgt"`) {
		t.Errorf("a name that isn't there gives %v", err)
	}
	if none, err := store.List(filepath.Join(t.TempDir(), "none")); err != nil || len(none) != 0 {
		t.Errorf("a store that isn't there holds %v (%v)", none, err)
	}
}

// halfway returns a store with an interrupted training, and the number of steps that it took.
func halfway(t *testing.T) (steps int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ctx = f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Step > 70 {
			stop()
		}
	})
	part, err := small(t, left).Epochs(4).Fit(ctx)
	if !errors.Is(err, f4f.ErrInterrupted) {
		t.Fatal(err)
	}
	return len(part.Losses())
}

func TestTheStoreTellsHowFarATrainingCame(t *testing.T) {
	steps := halfway(t)
	s := byName(t)["base-left"]
	if s.Flow || !s.Checkpoint || s.Step != steps || s.Steps != 160 || s.Epochs != steps/40 || math.IsNaN(s.Validation) || s.Kind != "" {
		t.Errorf("a training stopped after %d of 160 steps is stored as %+v", steps, s)
	}
	if state := s.State(); !strings.HasSuffix(state, "% trained") || state == "0% trained" || state == "100% trained" {
		t.Errorf("it is said to be %q", state)
	}
}

// onWhole rounds the second feature of points.
type onWhole struct{ normal }

func (s onWhole) Sample(n int, seed uint64) (data.Points, error) {
	x, err := s.normal.Sample(n, seed)
	if err != nil {
		return x, err
	}
	values := x.Values()
	for i := 1; i < len(values); i += 2 {
		values[i] = float32(math.Round(float64(values[i])))
	}
	return data.NewPoints(2, values)
}

func TestTheStoreTellsWhichLossesAreBounds(t *testing.T) {
	counts := small(t, onWhole{normal{"counts", 3}}).Column("1", data.Whole)
	if _, err := f4f.Between(small(t, left), counts).Layers(1).Hidden(8).Blocks(1).Bins(4).Samples(1000).Batch(50).Epochs(1).Backend("go").Store(folder(t)).Fit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, s := range byName(t) {
		if want := name != "left"; s.LossesAreBounds != want {
			t.Errorf("%s: losses are bounds: %v, want %v", name, s.LossesAreBounds, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ctx = f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Step > 70 {
			stop()
		}
	})
	if _, err := counts.Seed(1).Epochs(4).Fit(ctx); !errors.Is(err, f4f.ErrInterrupted) {
		t.Fatal(err)
	}
	if s := byName(t)["base-counts"]; !s.Checkpoint || !s.LossesAreBounds {
		t.Errorf("a training in progress is stored as %+v", s)
	}
}

func TestTheStoreTellsWhatIsDamaged(t *testing.T) {
	fitted(t, small(t, left))
	path := filepath.Join(byName(t)["left"].Folder, "flow.safetensors")
	whole := must[[]byte](t)(os.ReadFile(path))
	write := func(content []byte) store.Entry {
		t.Helper()
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return must[[]store.Entry](t)(store.List(folder(t)))[0]
	}
	for _, n := range []int{3, len(whole) / 2, len(whole) - 1} {
		if s := write(whole[:n]); !errors.Is(s.Err, f4f.ErrCorrupt) || s.State() != "damaged" || !errors.Is(s.Verify(), f4f.ErrCorrupt) {
			t.Errorf("torn after %d bytes it is %q: %v", n, s.State(), s.Err)
		}
	}
	altered := append([]byte{}, whole...)
	altered[len(altered)-1] ^= 1
	if s := write(altered); s.Err != nil || !errors.Is(s.Verify(), f4f.ErrCorrupt) {
		t.Errorf("altered it has %v at a look and %v at a check", s.Err, s.Verify())
	}
	other := strings.Replace(string(whole), "flowsforflows/", "flowsforflocks/"[:len("flowsforflows/")], 1)
	if s := write([]byte(other)); s.Err == nil || s.State() != "of another version" {
		t.Errorf("of another format it is %q: %v", s.State(), s.Err)
	}
	fitted(t, small(t, right)) // beside
	if s := write(whole[:9]); s.State() != "damaged" {
		t.Errorf("it is %q", s.State())
	}
	fitted(t, small(t, left)) // which sets the damaged file aside
	if s := byName(t)["left"]; s.State() != "trained, 1 set aside" || len(s.SetAside) != 1 || s.SetAside[0] != "flow.safetensors.damaged" {
		t.Errorf("after it was trained again it is %q: %v", s.State(), s.SetAside)
	}
}

// files returns the files of a store by their path within it, without locks.
func files(t *testing.T) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(folder(t), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), "lock") {
			plan, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "base-"), "-")
			all = append(all, plan+"/"+d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestPruningTakesWhatItIsToldAndNothingElse(t *testing.T) {
	fitted(t, small(t, left))
	fitted(t, small(t, right))
	entry := byName(t)["left"].Folder
	for name, content := range map[string]string{
		"../../store/mine.txt": "keep", "notes.md": "keep", "flow.safetensors.damaged": "torn", ".flow.safetensors.123": "half",
	} {
		if err := os.WriteFile(filepath.Join(entry, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t)
	prune := func(p store.Selection) []store.Pruned {
		t.Helper()
		return must[[]store.Pruned](t)(store.Prune(folder(t), p))
	}
	for _, p := range []store.Selection{{OlderThan: time.Hour}, {Named: []string{"right"}, OlderThan: time.Hour}} {
		if gone := prune(p); len(gone) != 0 {
			t.Errorf("%+v takes %+v of what was just written", p, gone)
		}
	}
	if gone := prune(store.Selection{Damaged: true, DryRun: true}); len(gone) != 1 || len(gone[0].Files) != 2 || gone[0].Freed != 8 {
		t.Errorf("a dry run of damaged files gives %+v", gone)
	}
	if now := files(t); now != before {
		t.Fatalf("what must take nothing left %s of %s", now, before)
	}

	prune(store.Selection{Damaged: true})
	if now := files(t); now != "left/flow.safetensors left/notes.md right/flow.safetensors store/mine.txt" {
		t.Errorf("without damaged files there are %s", now)
	}
	long := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Join(entry, "flow.safetensors"), long, long); err != nil {
		t.Fatal(err)
	}
	if gone := prune(store.Selection{OlderThan: 24 * time.Hour}); len(gone) != 1 || gone[0].Name != "left" || gone[0].Freed == 0 || gone[0].Kept != "" {
		t.Errorf("by age went %+v", gone)
	}
	if now := files(t); now != "left/notes.md right/flow.safetensors store/mine.txt" {
		t.Errorf("by age there remain %s", now)
	}
	if gone := prune(store.Selection{Named: []string{"right"}}); len(gone) != 1 {
		t.Errorf("by name went %+v", gone)
	}
	if now := files(t); now != "left/notes.md store/mine.txt" || len(byName(t)) != 0 {
		t.Errorf("by name there remain %s", now)
	}
	fitted(t, small(t, right)) // the store is as good as new

	for _, test := range []struct {
		p    store.Selection
		want string
	}{{store.Selection{}, "must have Named"}, {store.Selection{DryRun: true}, "must have Named"}, {store.Selection{OlderThan: -1}, "must be positive"}, {store.Selection{Named: []string{"nosuch"}}, `"nosuch"`}} {
		if gone, err := store.Prune(folder(t), test.p); err == nil || !strings.Contains(err.Error(), test.want) || len(gone) > 0 {
			t.Errorf("%+v takes %v and gives %v, want %q", test.p, gone, err, test.want)
		}
	}
}

func TestADamagedCheckpointGoesAndAGoodOneStays(t *testing.T) {
	halfway(t)
	p := store.Selection{Damaged: true}
	if gone := must[[]store.Pruned](t)(store.Prune(folder(t), p)); len(gone) != 0 {
		t.Errorf("of a good checkpoint goes %+v", gone)
	}
	path := filepath.Join(byName(t)["base-left"].Folder, "checkpoint.safetensors")
	content := must[[]byte](t)(os.ReadFile(path))
	content[len(content)-1] ^= 1 // which the head doesn't tell
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if gone := must[[]store.Pruned](t)(store.Prune(folder(t), p)); len(gone) != 1 || files(t) != "" {
		t.Errorf("of an altered checkpoint goes %+v, and %q stays", gone, files(t))
	}
}

// While a fit runs its plan is in use, and Prune keeps it, whatever the selection.
func TestPruningNeverTakesWhatAFitIsUsing(t *testing.T) {
	halfway(t)
	tried := false
	ctx := f4f.WithEvents(t.Context(), func(e fit.Event) {
		if e.Step == 0 || e.Done || tried {
			return
		}
		tried = true
		if s := byName(t)["base-left"]; !s.InUse || !strings.HasSuffix(s.State(), "in use") {
			t.Errorf("during the fit the plan is %q", s.State())
		}
		for _, dry := range []bool{true, false} {
			gone, err := store.Prune(folder(t), store.Selection{Named: []string{"left"}, DryRun: dry})
			if err != nil || len(gone) != 1 || gone[0].Kept == "" || gone[0].Freed != 0 {
				t.Errorf("pruning during the fit gives %+v (%v)", gone, err)
			}
		}
		if s := byName(t)["base-left"]; !s.Checkpoint {
			t.Error("the checkpoint of a running fit is gone")
		}
	})
	if _, err := small(t, left).Epochs(4).Fit(ctx); err != nil || !tried {
		t.Fatalf("the fit ended with %v (tried: %v)", err, tried)
	}
	if s := byName(t)["left"]; s.InUse || s.State() != "trained" {
		t.Errorf("after the fit the plan is %q", s.State())
	}
}

// Listing takes no lock, so it neither disturbs fits nor writes to a store that many machines may
// share.
func TestListingWritesNothing(t *testing.T) {
	fitted(t, small(t, left))
	at := must[[]store.Entry](t)(store.List(folder(t)))[0].Folder
	before := must[os.FileInfo](t)(os.Stat(at))
	time.Sleep(20 * time.Millisecond)
	must[[]store.Entry](t)(store.List(folder(t)))
	if after := must[os.FileInfo](t)(os.Stat(at)); !after.ModTime().Equal(before.ModTime()) {
		t.Error("listing has made or removed a file")
	}
}
