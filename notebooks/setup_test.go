//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/backend"
)

// program runs one and gives what it printed.
func program(t *testing.T, name string, args ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, output)
	}
	return strings.TrimSpace(string(output))
}

// emptyHome gives the test a home folder with nothing in it. Go's caches stay where they are, and
// the Python on PATH is the one itself rather than a shim that looks into the home folder.
func emptyHome(t *testing.T) (home string) {
	t.Helper()
	if testing.Short() {
		t.Skip("sets up a Jupyter")
	}
	for _, variable := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS", "GOPROXY", "GONOSUMDB", "GOENV", "GOTOOLCHAIN"} {
		t.Setenv(variable, program(t, "go", "env", variable))
	}
	python := program(t, "python3", "-c", "import sys; print(sys.executable)")
	t.Setenv("PATH", filepath.Dir(python)+string(os.PathListSeparator)+os.Getenv("PATH"))
	home = t.TempDir()
	t.Setenv("HOME", home)
	for _, variable := range []string{"XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_PATH", "F4F_STORE", "F4F_PROGRAMS"} {
		t.Setenv(variable, "")
	}
	t.Setenv("RUSTUP_HOME", t.TempDir())           // pip asks for Rust's version
	t.Setenv("TMPDIR", filepath.Join(home, "tmp")) // so that what is left there is seen too
	if err := os.Mkdir(filepath.Join(home, "tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	program(t, "go", "telemetry", "off") // its programs outlive the go command, and write while the test cleans up
	return home
}

// otherJupyter is a virtual environment with the least that is a Jupyter: what lists kernels,
// starts them, and runs a cell.
func otherJupyter(t *testing.T) (venv string) {
	t.Helper()
	venv = filepath.Join(t.TempDir(), "venv")
	pins, err := os.ReadFile("../kernelext/setup/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(pins))
	client := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "jupyter_client==") })
	if client < 0 {
		t.Fatalf("jupyter_client must be pinned, got %q", lines)
	}
	program(t, "python3", "-m", "venv", venv)
	program(t, filepath.Join(venv, "bin", "pip"), "install", "--no-cache-dir", "--no-input", lines[client])
	return venv
}

// files are all files and empty folders below a folder, by their path in it, but for what the go
// command keeps of its telemetry and the folders of a home that no program owns.
func files(t *testing.T, folder string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(folder, path) // path is in it
		if entry.IsDir() {
			if inside, err := os.ReadDir(path); err != nil || len(inside) > 0 {
				return err
			}
			if slices.Contains([]string{".", ".cache", ".local/share", "share", "tmp"}, rel) {
				return nil
			}
			rel += "/"
		}
		if !strings.HasPrefix(rel, ".config/go/telemetry/") {
			found = append(found, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// did runs a subcommand that must go well, and gives what it printed.
func did(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	if status := exitStatus(dispatch(t.Context(), args, &out), &out, &said); status != 0 {
		t.Fatalf("notebooks %q: exit status %d\n%s\n%s", args, status, &out, &said)
	}
	return out.String()
}

func TestKernelRunsInAnotherJupyterAndGoesWithoutATrace(t *testing.T) {
	plugin, err := backend.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := emptyHome(t)
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", filepath.Dir(plugin)) // rather than download it once more; -long does
	venv := otherJupyter(t)
	packages, before := program(t, filepath.Join(venv, "bin", "pip"), "freeze", "--all"), files(t, venv)

	out := did(t, "setup", "-jupyter", venv)
	spec := filepath.Join(venv, "share", "jupyter", "kernels", "gonb")
	if !strings.Contains(out, spec) {
		t.Errorf("it must say where the kernel is, got:\n%s", out)
	}
	if after := program(t, filepath.Join(venv, "bin", "pip"), "freeze", "--all"); after != packages {
		t.Errorf("packages were %s and are %s", packages, after)
	}
	if listed := program(t, filepath.Join(venv, "bin", "jupyter"), "kernelspec", "list"); !strings.Contains(listed, spec) {
		t.Errorf("Jupyter must list the kernel, got:\n%s", listed)
	}
	ran := program(t, filepath.Join(venv, "bin", "python"), "testdata/cell.py", "testdata/smallest.go.txt")
	if !strings.Contains(ran, "trained on ring: 64 losses") {
		t.Errorf("the cell must train, it said:\n%s", ran)
	}

	did(t, "setup", "-user")
	mine := filepath.Join(home, ".local", "share", "jupyter", "kernels", "gonb", "kernel.json")
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("the user's kernels must have it: %v", err)
	}

	all := files(t, home)
	told := did(t, "uninstall", "-dry-run")
	for _, want := range []string{spec, filepath.Dir(mine), "GoNB", "compiled programs", "Trained flows stay"} {
		if !strings.Contains(told, want) {
			t.Errorf("it must list %q, got:\n%s", want, told)
		}
	}
	if now := files(t, home); !slices.Equal(now, all) {
		t.Errorf("a dry run must change nothing: there were %d files, there are %d", len(all), len(now))
	}
	if out := did(t, "uninstall"); strings.Contains(out, "[y/N]") {
		t.Errorf("a pipe must not be asked, got:\n%s", out)
	}
	onlyTheStoreIsLeft(t, home)
	if after := files(t, venv); !slices.Equal(withoutCaches(after), withoutCaches(before)) {
		t.Errorf("the other Jupyter had %d files and has %d", len(before), len(after))
	}
	if out := did(t, "uninstall"); !strings.Contains(out, "nothing to remove") {
		t.Errorf("the second time it said:\n%s", out)
	}
	did(t, "uninstall", "-store", "-yes")
	if left := files(t, home); len(left) > 0 {
		t.Errorf("left %q, want nothing", left)
	}
}

// withoutCaches are files less those that Python compiles its modules to.
func withoutCaches(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(file string) bool { return strings.HasSuffix(file, ".pyc") })
}

func onlyTheStoreIsLeft(t *testing.T, home string) {
	t.Helper()
	flows := 0
	for _, file := range files(t, home) {
		switch {
		case !strings.HasPrefix(file, filepath.Join(".cache", "flowsforflows", "store")+"/"):
			t.Errorf("left %s", file)
		case filepath.Base(file) == "flow.safetensors":
			flows++
		}
	}
	if flows == 0 {
		t.Error("the trained flow must be left")
	}
}

func TestKernelGoesToTheUserWhereTheEnvironmentCantBeWritten(t *testing.T) {
	plugin, err := backend.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := emptyHome(t)
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", filepath.Dir(plugin))
	data := filepath.Join(home, ".local", "share", "jupyter")
	// The part of Jupyter that is asked: its environment belongs to somebody else.
	jupyter := filepath.Join(t.TempDir(), "jupyter")
	script := `#!/bin/sh
case "$*" in
"--paths --json") echo '{"data": ["` + data + `", "/usr/share/jupyter"]}' ;;
*--sys-prefix*) echo "PermissionError: Permission denied: '/usr/share/jupyter'" >&2; exit 1 ;;
"kernelspec install "*" --user") mkdir -p '` + data + `/kernels' && cp -r "$3" '` + data + `/kernels/gonb' ;;
*) exit 2 ;;
esac
`
	if err := os.WriteFile(jupyter, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	out := did(t, "setup", "-jupyter="+jupyter)
	if want := filepath.Join(data, "kernels", "gonb"); !strings.Contains(out, "registered in "+want) {
		t.Errorf("it must be in %s, got:\n%s", want, out)
	}
	did(t, "uninstall")
	if left := files(t, home); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// Everything from nothing, a notebook, JupyterLab, and all of it away again. It takes some minutes
// and 200 MB of downloads:
//
//	go test ./notebooks -run NothingIsLeftOfASetUp -long -v -timeout 30m
func TestNothingIsLeftOfASetUp(t *testing.T) {
	if !*long {
		t.Skip("takes minutes: -long")
	}
	home := emptyHome(t)
	did(t, "setup")
	t.Log(did(t, "run", "testdata/smoke.ipynb", "-o", t.TempDir()))

	ctx, stop := context.WithCancel(t.Context())
	lines, say := io.Pipe()
	ended := make(chan error)
	go func() {
		ended <- labCommand(ctx, []string{"--", "--no-browser", "--allow-root", "--port=0", "--ServerApp.log_level=CRITICAL"}, say)
	}()
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	running := filepath.Join(home, ".cache", "flowsforflows", "jupyter", "runtime", "jpserver-*.json")
	for start := time.Now(); ; time.Sleep(time.Second) {
		if found, _ := filepath.Glob(running); len(found) > 0 { // the pattern is a good one
			break
		}
		if time.Since(start) > 2*time.Minute {
			t.Fatal("JupyterLab must start")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}

	store := filepath.Join(home, ".cache", "flowsforflows", "store", "ring", "flow.safetensors")
	if err := os.MkdirAll(filepath.Dir(store), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(store, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log(did(t, "uninstall"))
	onlyTheStoreIsLeft(t, home)
}
