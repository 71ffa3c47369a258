package f4f_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// interrupted fits a plan for an epoch, and gives its checkpoint's file.
func interrupted(t *testing.T, plan f4f.BasePlan, store string) (path string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := plan.Store(store).Fit(f4f.WithEvents(ctx, func(e fit.Event) {
		if e.EpochEnded {
			stop()
		}
	}))
	if !errors.Is(err, f4f.ErrInterrupted) {
		t.Fatalf("the error is %v", err)
	}
	files := must[[]string](t)(filepath.Glob(filepath.Join(store, "*", "checkpoint.safetensors")))
	if len(files) != 1 {
		t.Fatalf("the store holds %v", files)
	}
	return files[0]
}

func TestACheckpointThatCannotBeUsedIsSetAsideAndToldOf(t *testing.T) {
	plan := small(t, left).Samples(1000).Epochs(4)
	whole := t.TempDir()
	fitted(t, plan.Store(whole))
	other := must[[]byte](t)(os.ReadFile(interrupted(t, plan.Seed(2), t.TempDir())))

	folder := t.TempDir()
	path := interrupted(t, plan, folder)
	good := must[[]byte](t)(os.ReadFile(path))
	altered := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 4
		return b
	}
	header := 8 + int(good[0]) + int(good[1])<<8
	format := []byte("flowsforflows-checkpoint/2")
	if n := bytes.Count(good, format); n != 1 {
		t.Fatalf("the format is there %d times", n)
	}
	newer := filepath.Join(t.TempDir(), "newer")
	state, texts, err := fit.ReadState(path)
	if err != nil {
		t.Fatal(err)
	}
	delete(texts, "sha256")
	texts["checkpoint"] = strings.Replace(texts["checkpoint"], string(format), "flowsforflows-checkpoint/9", 1)
	if err := fit.WriteState(newer, state, texts); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		content     []byte
		says, aside string // nothing where the fit goes on from the checkpoint
	}{
		"whole":                     {good, "", ""},
		"torn in its first bytes":   {good[:5], "damaged", ".damaged"},
		"torn in its header":        {good[:header/2], "damaged", ".damaged"},
		"torn after its header":     {good[:header], "damaged", ".damaged"},
		"torn in its body":          {good[:(header+len(good))/2], "damaged", ".damaged"},
		"torn before its last byte": {good[:len(good)-1], "damaged", ".damaged"},
		"longer":                    {append(bytes.Clone(good), 0), "damaged", ".damaged"},
		"empty":                     {nil, "damaged", ".damaged"},
		"zeros":                     {make([]byte, len(good)), "damaged", ".damaged"},
		"zeros from the middle on":  {append(bytes.Clone(good[:len(good)/2]), make([]byte, len(good)-len(good)/2)...), "damaged", ".damaged"},
		"a bit in its length":       {altered(1), "damaged", ".damaged"},
		"a bit in its header":       {altered(bytes.Index(good, []byte("Epochs")) + 20), "damaged", ".damaged"},
		"a bit in its body":         {altered(header + 100), "damaged", ".damaged"},
		"a bit in its last byte":    {altered(len(good) - 1), "damaged", ".damaged"},
		"of a later version":        {must[[]byte](t)(os.ReadFile(newer)), `"flowsforflows-checkpoint/9"`, ".of-another-version"},
		"of another plan":           {other, "of another plan", ".of-another-plan"},
	} {
		for _, stale := range must[[]string](t)(filepath.Glob(filepath.Join(folder, "*", "*.safetensors*"))) {
			if err := os.Remove(stale); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(path, test.content, 0o644); err != nil {
			t.Fatal(err)
		}
		var heard []fit.Event
		if _, err := plan.Store(folder).Fit(listen(&heard)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := sameFlows(whole, folder, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		notes, first := "", 0
		for _, e := range heard {
			notes += strings.Join(e.Notes, " ")
			if first == 0 {
				first = e.Step
			}
		}
		if test.aside == "" {
			if notes != "" || first <= 20 {
				t.Errorf("%s: the fit began at step %d and said %q", name, first, notes)
			}
			continue
		}
		if !strings.Contains(notes, test.says) || !strings.Contains(notes, path+test.aside) {
			t.Errorf("%s: it said %q", name, notes)
		}
		if aside, err := os.ReadFile(path + test.aside); err != nil || !bytes.Equal(aside, test.content) {
			t.Errorf("%s: what was set aside isn't what was there: %v", name, err)
		}
	}
}

func TestAFlowOfAnotherPlanIsNotTakenForThisOnes(t *testing.T) {
	plan, folder, elsewhere := small(t, left), t.TempDir(), t.TempDir()
	fitted(t, plan.Store(folder))
	whole := must[[]string](t)(filepath.Glob(filepath.Join(folder, "*", "flow.safetensors")))[0]
	fitted(t, plan.Seed(2).Store(elsewhere))
	other := must[[]byte](t)(os.ReadFile(must[[]string](t)(filepath.Glob(filepath.Join(elsewhere, "*", "flow.safetensors")))[0]))
	copied := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	relative := must[string](t)(filepath.Rel(folder, whole))
	if err := os.WriteFile(filepath.Join(copied, relative), other, 0o644); err != nil {
		t.Fatal(err)
	}
	var heard []fit.Event
	if _, err := plan.Store(copied).Fit(listen(&heard)); err != nil {
		t.Fatal(err)
	}
	if notes := fmt.Sprint(heard[0].Notes); !strings.Contains(notes, "of another plan") || !strings.Contains(notes, ".of-another-plan") {
		t.Errorf("it said %s", notes)
	}
	if err := sameFlows(folder, copied, 1); err != nil {
		t.Error(err)
	}
}

// TestAnotherMachineIsWaitedForAsLongAsItLives makes a store look as the training of another
// machine leaves it: without a lock that this system knows of, but with a lease.
func TestAnotherMachineIsWaitedForAsLongAsItLives(t *testing.T) {
	plan := small(t, left)
	lease := filepath.Join(filepath.Dir(interrupted(t, plan, store(t))), "lock.owner")
	write := func(ago time.Duration) {
		t.Helper()
		err := os.WriteFile(lease, []byte(`{"Host":"borea","Boot":"0f","PID":4711,"Token":"T"}`), 0o644)
		if err = errors.Join(err, os.Chtimes(lease, time.Time{}, time.Now().Add(-ago))); err != nil {
			t.Fatal(err)
		}
	}
	write(0)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var notes []string
	d, err := plan.Fit(f4f.WithEvents(ctx, func(e fit.Event) { notes = append(notes, e.Notes...) }))
	if d != nil || !errors.Is(err, f4f.ErrInterrupted) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another machine trains, Fit gives %v and the error %v", d, err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "process 4711 on borea trains the same plan") {
		t.Errorf("it said %q", notes)
	}
	write(2 * time.Minute) // by now it is dead
	fitted(t, plan)
	whole := t.TempDir()
	fitted(t, plan.Store(whole))
	if err := sameFlows(whole, store(t), 1); err != nil {
		t.Error(err)
	}
}
