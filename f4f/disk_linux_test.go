package f4f_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
	"github.com/flowsforflows/flows/f4f/internal/testenv"
)

// A disk is full in two ways here: a limit on the size of files, which any process may set itself,
// and a small file system of its own, which it takes a superuser to mount.

func init() {
	children["base on a full disk"] = func(store string) error { return fitStarved(store, false, false) }
	children["base on a disk that is full for a while"] = func(store string) error { return fitStarved(store, true, false) }
	children["base interrupted on a full disk"] = func(store string) error { return fitStarved(store, false, true) }
	children["transport on a full disk"] = func(store string) error {
		testenv.LimitFiles(4096)
		base := func(s normal) f4f.BasePlan { return childBase(s, "go").Store(store) }
		g, err := f4f.Between(base(left), base(right)).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(4000).Batch(50).Epochs(2).Backend("go").Store(store).Fit(context.Background())
		if !errors.Is(err, f4f.ErrNotKept) || g == nil || strings.Count(err.Error(), "is trained, but") != 3 {
			return fmt.Errorf("got %v and the error %v", g, err)
		}
		_, err = g.Left().Sample(1, 1)
		return err
	}
	children["unprivileged"] = unprivileged
}

// fitStarved fits a base where no file can be written. At the first note it ends the fit if
// interrupted is set, or else the limit on files if forAWhile is set.
func fitStarved(store string, forAWhile, interrupted bool) error {
	testenv.LimitFiles(4096)
	var notes []string
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	d, err := childBase(left, "go").Store(store).Fit(f4f.WithEvents(ctx, func(e fit.Event) {
		notes = append(notes, e.Notes...)
		if told := len(e.Notes) > 0; told && interrupted {
			stop()
		} else if told && forAWhile {
			testenv.LimitFiles(0)
		}
	}))
	testenv.LimitFiles(0)
	can := slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "can't be kept") && strings.Contains(n, store) })
	again := slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "kept again") })
	switch {
	case !can || again != forAWhile || len(notes) > 2:
		return fmt.Errorf("the notes are %q", notes)
	case forAWhile:
		return err
	case !errors.Is(err, f4f.ErrNotKept) || !errors.Is(err, syscall.EFBIG) || errors.Is(err, f4f.ErrInterrupted) != interrupted || !strings.Contains(err.Error(), store):
		return fmt.Errorf("the error is %w", err)
	}
	if left, _ := filepath.Glob(filepath.Join(store, "*", "*.safetensors*")); len(left) > 0 {
		return fmt.Errorf("left behind: %v", left)
	}
	// What was trained is in hand: it can be used, and saved elsewhere.
	if _, err := d.Sample(10, 1); err != nil {
		return err
	}
	return d.Save(filepath.Join(store, "base-left-saved", "flow.safetensors"))
}

func TestAFullDiskLosesNoTraining(t *testing.T) {
	whole := t.TempDir()
	if out, err := child("base", whole).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	flow := must[[]string](t)(filepath.Glob(filepath.Join(whole, "*", "flow.safetensors")))[0]
	for _, what := range []string{"base on a full disk", "base on a disk that is full for a while", "base interrupted on a full disk", "transport on a full disk"} {
		t.Run(what, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.Mkdir(filepath.Join(folder, "base-left-saved"), 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := child(what, folder).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			switch what {
			case "base on a full disk": // what was saved elsewhere is what would have been kept
				saved, _, err := safetensors.Read(filepath.Join(folder, "base-left-saved", "flow.safetensors"))
				if err != nil {
					t.Fatal(err)
				}
				kept, _, err := safetensors.Read(flow)
				if err != nil {
					t.Fatal(err)
				}
				for name, value := range kept {
					if saved[name] == nil || !value.Equal(saved[name]) {
						t.Errorf("%s differs", name)
					}
				}
			case "base on a disk that is full for a while":
				if err := sameFlows(whole, folder, 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestASmallFileSystemThatFillsUpLosesNoTraining mounts one of a quarter of a megabyte.
func TestASmallFileSystemThatFillsUpLosesNoTraining(t *testing.T) {
	for _, forAWhile := range []bool{true, false} {
		folder := testenv.SmallDisk(t)
		filler := filepath.Join(folder, "filler")
		var notes []string
		plan := childBase(left, "go").Store(folder)
		d, err := plan.Fit(f4f.WithEvents(t.Context(), func(e fit.Event) {
			notes = append(notes, e.Notes...)
			if len(e.Notes) > 0 && forAWhile {
				_ = os.Remove(filler)
			} else if _, err := os.Stat(filler); e.Step > 0 && err != nil && len(notes) == 0 {
				if f, err := os.Create(filler); err == nil {
					for err == nil {
						_, err = f.Write(make([]byte, 4096))
					}
					f.Close()
				}
			}
		}))
		if len(notes) == 0 || !strings.Contains(notes[0], "no space left on device") {
			t.Errorf("the notes are %q", notes)
		}
		if forAWhile {
			if err != nil || len(notes) != 2 || !strings.Contains(notes[1], "kept again") {
				t.Errorf("full for a while: the error is %v, the notes %q", err, notes)
			}
			continue
		}
		if !errors.Is(err, f4f.ErrNotKept) || !errors.Is(err, syscall.ENOSPC) || d == nil {
			t.Fatalf("full for good: the error is %v", err)
		}
		// The folder for temporary files had room.
		_, rest, _ := strings.Cut(err.Error(), "it is in ")
		path, _, _ := strings.Cut(rest, " instead")
		defer os.Remove(path)
		kept := must[*f4f.Density](t)(f4f.LoadDensity(t.Context(), path))
		x := sample(t, left, 10, 1)
		if a, b := must[[]float64](t)(d.LogProb(x)), must[[]float64](t)(kept.LogProb(x)); !(math.Abs(a[0]-b[0]) <= 1e-4) { // on another backend
			t.Errorf("a point has log-prob %v, of what was kept elsewhere %v", a[0], b[0])
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Fit(t.Context()); err != nil {
			t.Errorf("fitting again with room: %v", err)
		}
	}
}

// unprivileged fits in a store that a superuser too may not write, once with all trained and once not.
func unprivileged(store string) error {
	if err := testenv.DropPrivileges(); err != nil {
		return err
	}
	loaded := false
	ctx := f4f.WithEvents(context.Background(), func(e fit.Event) { loaded = loaded || e.Loaded })
	if _, err := childBase(left, "go").Store(store).Fit(ctx); err != nil || !loaded {
		return fmt.Errorf("a flow that is trained isn't loaded (%v): %v", loaded, err)
	}
	for name, plan := range map[string]f4f.BasePlan{
		"no folder of its own": childBase(right, "go").Store(store),
		"a folder":             childBase(normal{"mid", left.mean, left.std}, "go").Store(store),
	} {
		d, err := plan.Fit(context.Background())
		if d != nil || !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), store) || !strings.Contains(err.Error(), "f4f: the store can't be ") {
			return fmt.Errorf("%s: got %v and the error %v", name, d, err)
		}
	}
	return nil
}

func TestAStoreThatCannotBeWrittenStillGivesWhatItHas(t *testing.T) {
	folder := t.TempDir()
	for _, s := range []normal{left, {"mid", left.mean, left.std}} {
		fitted(t, childBase(s, "go").Store(folder))
	}
	mid := must[[]string](t)(filepath.Glob(filepath.Join(folder, "base-mid-*")))[0]
	for _, name := range []string{"flow.safetensors", "lock"} {
		if err := os.Remove(filepath.Join(mid, name)); err != nil {
			t.Fatal(err)
		}
	}
	all := append(must[[]string](t)(filepath.Glob(filepath.Join(folder, "*"))), folder)
	for _, path := range all {
		if err := os.Chmod(path, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		for _, path := range all {
			_ = os.Chmod(path, 0o755)
		}
	}()
	if out, err := child("unprivileged", folder).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
