package backend

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A fake python3, first on PATH, stands in for pip: it notes each download in $LOG and gives
// $WHEEL, or does what the row says.
const fakePython = `#!/bin/sh
case "$*" in
*--version*) exit ${PIP_EXIT:-0} ;;
esac
echo download >> "$LOG"
for last; do :; done
mkdir -p "$last"
`

// smallWheel is a wheel like the pinned one, of a few bytes, and its file.
func smallWheel(t *testing.T, plugin string) (wheel, []byte) {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for name, content := range map[string]string{"pkg/__init__.py": "", "pkg/" + pluginFileName: plugin} {
		w, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	w := wheel{name: "small", version: "1", plugin: int64(len(plugin)), size: int64(file.Len()), goos: runtime.GOOS, goarch: runtime.GOARCH}
	w.sha256 = hashOf(file.Bytes())
	return w, file.Bytes()
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// fakePip puts a python3 on PATH that runs the given lines of shell, and returns the file that logs
// its downloads.
func fakePip(t *testing.T, wheel []byte, then string) (log string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake python3 is a shell script")
	}
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	if err := os.WriteFile(filepath.Join(dir, "small.whl"), wheel, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte(fakePython+then+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	t.Setenv("LOG", log)
	t.Setenv("WHEEL", filepath.Join(dir, "small.whl"))
	return log
}

const deliver = `cp "$WHEEL" "$last/"`

func TestWheelIsUnpackedIntoTheFolder(t *testing.T) {
	w, file := smallWheel(t, "a plugin")
	fakePip(t, file, deliver)
	folder := t.TempDir()
	if w.installed(folder) {
		t.Fatal("the plugin must not be there before")
	}
	path, err := w.install(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "a plugin" {
		t.Errorf("the plugin holds %q, %v", content, err)
	}
	if !w.installed(folder) || path != w.path(folder) {
		t.Errorf("the plugin must be found at %s", path)
	}
	expectNoLeftovers(t, folder)
}

func TestHalfAPluginIsNotInstalled(t *testing.T) {
	w, _ := smallWheel(t, "a plugin")
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Dir(w.path(folder)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.path(folder), []byte("a plu"), 0o644); err != nil {
		t.Fatal(err)
	}
	if w.installed(folder) {
		t.Error("five of eight bytes must not count as installed")
	}
}

func TestFailedDownloadTellsWhyAndLeavesNothing(t *testing.T) {
	good, file := smallWheel(t, "a plugin")
	torn := file[:len(file)-30] // the zip's directory is at its end
	tornWheel := good
	tornWheel.sha256 = hashOf(torn)
	otherSize := good
	otherSize.plugin = 9
	otherPlatform := good
	otherPlatform.goos = "plan9"

	// The plugin's bytes are changed but not the checksum that the zip keeps of them.
	stored, plain := smallStoredWheel(t, "a plugin")
	spoilt := bytes.Replace(plain, []byte("a plugin"), []byte("a plague"), 1)
	stored.sha256 = hashOf(spoilt)

	for _, row := range []struct {
		name  string
		wheel wheel
		file  []byte
		then  string
		want  string
	}{
		{"pip fails", good, file, `echo "ERROR: hashes do not match" >&2; exit 1`, "hashes do not match"},
		{"pip is offline", good, file, `echo "WARNING: Retrying after connection broken by 'NewConnectionError'"; echo "ERROR: No matching distribution found"; exit 1`, "no package index can be reached"},
		{"pip is killed", good, file, `kill -9 $$`, "killed"},
		{"pip says nothing", good, file, `exit 3`, "exit status 3"},
		{"pip gives nothing", good, file, `true`, "got 0"},
		{"wrong hash", good, torn, deliver, "sha256 must be " + good.sha256},
		{"torn zip", tornWheel, torn, deliver, "can't be unpacked"},
		{"wrong checksum inside", stored, spoilt, deliver, "checksum"},
		{"plugin of another size", otherSize, file, deliver, "must have 9 bytes, got 8"},
		{"another platform", otherPlatform, file, deliver, "plan9/"},
		{"no pip", good, file, `exit 0`, "python3 has no pip"},
		{"no python", good, file, deliver, "no python3 on PATH"},
	} {
		t.Run(row.name, func(t *testing.T) {
			fakePip(t, row.file, row.then)
			switch row.name {
			case "no pip":
				t.Setenv("PIP_EXIT", "1")
				t.Setenv("PATH", strings.TrimSuffix(os.Getenv("PATH"), ":/bin:/usr/bin"))
			case "no python":
				t.Setenv("PATH", t.TempDir())
			}
			folder := t.TempDir()
			path, err := row.wheel.install(t.Context(), folder)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("install = %q, %v; want an error with %q", path, err, row.want)
			}
			if row.wheel.installed(folder) {
				t.Error("nothing must be installed")
			}
			expectNoLeftovers(t, folder)
		})
	}
}

// smallStoredWheel is a small wheel whose plugin is not compressed.
func smallStoredWheel(t *testing.T, plugin string) (wheel, []byte) {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	w, err := archive.CreateHeader(&zip.FileHeader{Name: "pkg/" + pluginFileName, Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(plugin)); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return wheel{name: "stored", version: "1", plugin: int64(len(plugin)), goos: runtime.GOOS, goarch: runtime.GOARCH}, file.Bytes()
}

func TestDownloadIsCancelledAtOnce(t *testing.T) {
	w, file := smallWheel(t, "a plugin")
	fakePip(t, file, `sleep 30`)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	folder := t.TempDir()
	start := time.Now()
	_, err := w.install(ctx, folder)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("install = %v, want the context's error", err)
	}
	t.Logf("cancelling a download of 30 s took %v", time.Since(start))
	expectNoLeftovers(t, folder)
}

func TestDownloadShowsProgress(t *testing.T) {
	w, file := smallWheel(t, "a plugin")
	fakePip(t, file, `cp "$WHEEL" "$TMPDIR/growing"; sleep 1; `+deliver)
	var seen []Progress
	ctx := WithProgress(t.Context(), func(p Progress) { seen = append(seen, p) })
	if _, err := w.install(ctx, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 3 || seen[0].Done != 0 || seen[1].Done != w.size || seen[1].Total != w.size || !strings.Contains(seen[len(seen)-1].Text, "unpacking") {
		t.Errorf("progress was %+v, want the start, all %d bytes, and the unpacking", seen, w.size)
	}
}

// This test fails if somebody changes one of the pinned wheel's numbers and forgets another.
func TestPinnedWheelIsTheOneOfTheDesign(t *testing.T) {
	want := "lammps-jax-pjrt-cpu==0.11.2 --hash=sha256:1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1"
	if got := pinned.requirement(); got != want {
		t.Errorf("the requirement is %q, want %q", got, want)
	}
}

func expectNoLeftovers(t *testing.T, folder string) {
	t.Helper()
	if leftovers, _ := filepath.Glob(filepath.Join(folder, "tmp-*")); len(leftovers) > 0 {
		t.Errorf("left behind: %v", leftovers)
	}
}
