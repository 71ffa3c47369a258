package setup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
	"github.com/flowsforflows/flows/f4f/backend/programs"
)

// write writes a file and creates the folders above it.
func write(t *testing.T, content string, path ...string) (file string) {
	t.Helper()
	file = filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// setUp makes a cache folder as set-ups leave it, and two folders with registered kernels. Somebody
// has since replaced the kernel in the second.
func setUp(t *testing.T) (o Options, ours, theirs string) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv(programs.Env, "")
	o.Cache = filepath.Join(t.TempDir(), "flowsforflows")
	write(t, "1234", o.Cache, "jupyter-0123", "bin", "python")
	write(t, "", o.Cache, "jupyter-0123.lock")
	write(t, "123", o.Cache, "gonb-4567", "bin", "kernel")
	write(t, "12", o.Cache, "pjrt", "plugin.so")
	write(t, "1", o.Cache, "jupyter", "runtime", "server.json")
	write(t, "", o.Cache, "gonb-89ab.lock")
	write(t, "123456", o.Cache, "programs", "x.program")
	write(t, "12345", o.Cache, "store", "ring", "flow.safetensors")
	ours, theirs = filepath.Join(t.TempDir(), "kernels", "gonb"), filepath.Join(t.TempDir(), "kernels", "gonb")
	write(t, `{"argv":["`+o.Cache+`/gonb-4567/bin/kernel"]}`, ours, "kernel.json")
	write(t, `{"argv":["/usr/bin/gonb"]}`, theirs, "kernel.json")
	if err := record(o.Cache, ours, theirs); err != nil {
		t.Fatal(err)
	}
	return o, ours, theirs
}

func TestPartsAreAllThatIsThere(t *testing.T) {
	o, ours, _ := setUp(t)
	parts, err := Parts(o)
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(o.Cache, name) }
	want := []Part{
		{"registered kernel", ours, sizeOf(ours), false, false},
		{"GoNB", in("gonb-4567"), 3, false, false},
		{"lock", in("gonb-89ab.lock"), 0, false, false},
		{"files of Jupyter", in("jupyter"), 1, false, false},
		{"Jupyter", in("jupyter-0123"), 4, false, false},
		{"XLA", in("pjrt"), 2, false, false},
		{"compiled programs", in("programs"), 6, false, false},
		{"list of registered kernels", in("registered"), sizeOf(in("registered")), false, false},
		{"trained flows", in("store"), 5, true, false},
	}
	if !slices.Equal(parts, want) {
		t.Errorf("there are\n%v, want\n%v", parts, want)
	}
	if sizeOf(ours) == 0 {
		t.Error("a kernel's description has a size")
	}
}

func TestNothingButTheStoreIsLeft(t *testing.T) {
	o, ours, theirs := setUp(t)
	parts, err := Parts(o)
	if err != nil {
		t.Fatal(err)
	}
	flows := slices.IndexFunc(parts, func(p Part) bool { return p.Flows })
	if err := Remove(t.Context(), o, slices.Delete(slices.Clone(parts), flows, flows+1)...); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(o.Cache)
	if err != nil || len(left) != 1 || left[0].Name() != "store" {
		t.Errorf("left %v, %v; want the store alone", left, err)
	}
	if exists(ours) || !exists(theirs) {
		t.Errorf("the kernel that we registered must be gone (there: %v), the other stay (there: %v)", exists(ours), exists(theirs))
	}
	if err := Remove(t.Context(), o, parts[flows]); err != nil {
		t.Fatal(err)
	}
	if exists(o.Cache) {
		t.Error("without the store the folder itself must be gone")
	}
	if parts, err := Parts(o); err != nil || len(parts) > 0 {
		t.Errorf("there are %v, %v; want none where nothing was set up", parts, err)
	}
}

func TestProgramsGoFromAFolderOfTheUsersOwnAndAllElseStays(t *testing.T) {
	o, _, _ := setUp(t)
	own := t.TempDir()
	t.Setenv(programs.Env, own)
	elsewhere := func() []Part {
		t.Helper()
		parts, err := Parts(o)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(parts, func(p Part) bool { return p.Path != own })
	}
	write(t, "a thesis", own, "thesis.tex")
	write(t, "12", own, "notes", "a.program")
	if parts := elsewhere(); len(parts) > 0 {
		t.Errorf("without a program there are %v", parts)
	}
	folder, err := programs.Find(own, programs.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := folder.Put(programs.KeyOf(), []byte("code")); err != nil {
		t.Fatal(err)
	}
	size, err := folder.Size()
	if err != nil {
		t.Fatal(err)
	}
	parts := elsewhere()
	if len(parts) != 1 || parts[0].Size != size.Bytes || parts[0].Flows {
		t.Fatalf("there are %v, want %d bytes", parts, size.Bytes)
	}
	if err := Remove(t.Context(), o, parts...); err != nil {
		t.Fatal(err)
	}
	if size, err := folder.Size(); err != nil || size.Bytes > 0 {
		t.Errorf("%+v is left, %v", size, err)
	}
	if !exists(filepath.Join(own, "thesis.tex")) || !exists(filepath.Join(own, "notes", "a.program")) {
		t.Error("the user's own files must stay")
	}

	for name, variable := range map[string]string{"off": "off", "a folder in the cache": filepath.Join(o.Cache, "programs"), "no folder": filepath.Join(own, "none")} {
		t.Setenv(programs.Env, variable)
		parts, err := Parts(o)
		if err != nil || slices.ContainsFunc(parts, func(p Part) bool { return p.Files }) {
			t.Errorf("%s: there are %v, %v", name, parts, err)
		}
	}
}

func TestRemoveWaitsForASetUp(t *testing.T) {
	o, _, _ := setUp(t)
	part := Part{Path: filepath.Join(o.Cache, "jupyter-0123")}
	unlock, err := filelock.Lock(t.Context(), part.Path+".lock", func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := Remove(ctx, o, part); !errors.Is(err, context.DeadlineExceeded) || !exists(part.Path) {
		t.Errorf("while it is being set up: %v, and it is there: %v", err, exists(part.Path))
	}
	unlock()
	if err := Remove(t.Context(), o, part); err != nil || exists(part.Path) || exists(part.Path+".lock") {
		t.Errorf("afterwards: %v, and it is there: %v", err, exists(part.Path))
	}
}
