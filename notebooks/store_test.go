package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend/programs"
	"github.com/flowsforflows/flows/f4f/store"
)

// command returns what a command prints, on either stream, and its exit status.
func command(t *testing.T, args ...string) (out string, status int) {
	t.Helper()
	var o, w bytes.Buffer
	status = exitStatus(dispatch(t.Context(), args, &o), &o, &w)
	return o.String() + w.String(), status
}

func TestTheStoreByCommand(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(store.FolderEnv, folder)
	for _, s := range []data.Source{data.TwoMoons(), data.Ring()} {
		if _, err := f4f.Base(s).Layers(1).Hidden(4).Blocks(1).Bins(2).Samples(200).Batch(50).Epochs(1).Backend("go").Fit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	flows := func() int {
		paths, _ := filepath.Glob(filepath.Join(folder, "*", "flow.safetensors"))
		return len(paths)
	}
	says := func(status int, wants []string, args ...string) {
		t.Helper()
		out, got := command(t, append([]string{"store"}, args...)...)
		if got != status {
			t.Errorf("store %q exits with %d, want %d:\n%s", args, got, status, out)
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("store %q lacks %q:\n%s", args, want, out)
			}
		}
	}
	says(0, []string{"two moons", "ring", "trained", "2 flows, "}, "list")
	says(0, []string{"two moons", "ring", "trained", "2 flows, "}) // which lists as well
	says(0, []string{"2 flows, ", " kB"}, "size")
	says(0, []string{"two moons", "fingerprint", "loss"}, "show", "two moons")
	says(0, []string{`"hidden": 4`}, "show", "ring", "-plan")
	says(0, []string{"nothing is stored"}, "list", "-store", t.TempDir())
	says(0, []string{"nothing in the store"}, "prune", "-older", "30d")
	says(0, []string{"nothing in the store"}, "prune", "-damaged", "-yes")
	says(0, []string{"would be pruned", "two moons", "add -yes"}, "prune", "-name", "two moons")
	if n := flows(); n != 2 {
		t.Fatalf("what removes nothing left %d flows", n)
	}
	path, _ := filepath.Glob(filepath.Join(folder, "base-ring-*", "flow.safetensors"))
	long := time.Now().Add(-40 * 24 * time.Hour)
	if err := os.Chtimes(path[0], long, long); err != nil {
		t.Fatal(err)
	}
	says(0, []string{"ring", "pruned"}, "prune", "-older", "30d", "-yes")
	if n := flows(); n != 1 {
		t.Fatalf("of two flows, one of them old, %d are left", n)
	}
	path, _ = filepath.Glob(filepath.Join(folder, "base-two-moons-*", "flow.safetensors"))
	if err := os.Truncate(path[0], 1000); err != nil {
		t.Fatal(err)
	}
	says(0, []string{"damaged"}, "list")
	says(0, []string{"damaged", "torn"}, "show", "base-two-moons")
	says(0, []string{"pruned"}, "prune", "-damaged", "-yes")
	if n := flows(); n != 0 {
		t.Errorf("the damaged flow is left")
	}
	says(1, []string{`"nosuch"`}, "show", "nosuch")
	says(1, []string{`"nosuch"`}, "prune", "-name", "nosuch")

	says(0, []string{"Example:"}, "-h")
	says(0, []string{"Example:"}, "prune", "-h")
	for _, args := range [][]string{
		{"walk"}, {"list", "more"}, {"show"}, {"prune"}, {"prune", "-yes"}, {"prune", "-older", "soon"}, {"prune", "-older", "-3d"}, {"prune", "-older", "0d"}, {"list", "-damaged"}, {"size", "-x"}, {"prune", "two moons"},
	} {
		says(2, []string{"notebooks: ", "store prune -older 30d -yes"}, args...)
	}
}

func TestProgramsByCommand(t *testing.T) {
	t.Setenv(store.FolderEnv, t.TempDir())
	own := filepath.Join(t.TempDir(), "programs")
	t.Setenv(programs.Env, own)
	says := func(want string, args ...string) {
		t.Helper()
		if out, status := command(t, append([]string{"store"}, args...)...); status != 0 || !strings.Contains(out, want) {
			t.Errorf("store %q exits with %d and must say %q:\n%s", args, status, want, out)
		}
	}
	says("no compiled programs are kept yet", "size")
	says("no compiled programs are kept yet", "prune", "-programs", "-yes")
	if _, err := os.Stat(own); err == nil {
		t.Error("looking must not make a folder")
	}
	folder, err := programs.Open(own, programs.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, name := range []string{"used today", "used long ago"} {
		key := programs.KeyOf([]byte(name))
		if err := folder.Put(key, make([]byte, 1e6)); err != nil {
			t.Fatal(err)
		}
		if name == "used long ago" {
			long := time.Now().Add(-40 * 24 * time.Hour)
			if err := os.Chtimes(filepath.Join(own, key.String()+".program"), long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	says("2 compiled programs, 2.0 MB, in "+own, "size")
	says("2 compiled programs, 2.0 MB, in "+own, "list")
	for _, row := range []struct {
		want string
		left int
		args []string
	}{
		{"would be pruned: 2 compiled programs, 2.0 MB", 2, nil},
		{"add -yes", 2, []string{"-older", "30d"}},
		{"pruned: 1 compiled programs, 1.0 MB", 1, []string{"-older", "30d", "-yes"}},
		{"pruned: 0 compiled programs", 1, []string{"-older", "30d", "-yes"}},
		{"pruned: 1 compiled programs, 1.0 MB", 0, []string{"-yes"}},
	} {
		says(row.want, append([]string{"prune", "-programs"}, row.args...)...)
		if size, err := folder.Size(); err != nil || size.Programs != row.left {
			t.Errorf("%q left %+v, %v; want %d programs", row.args, size, err, row.left)
		}
	}
	for _, args := range [][]string{{"-name", "ring"}, {"-damaged"}, {"-store", "elsewhere"}, {"-older", "soon"}} {
		if out, status := command(t, append([]string{"store", "prune", "-programs"}, args...)...); status != 2 {
			t.Errorf("-programs with %q exits with %d:\n%s", args, status, out)
		}
	}
	if err := os.Chmod(own, 0o777); err != nil {
		t.Fatal(err)
	}
	says("chmod go-w", "size")
	t.Setenv(programs.Env, "off")
	says("F4F_PROGRAMS is off", "size")
	says("F4F_PROGRAMS is off", "prune", "-programs", "-yes")
}
