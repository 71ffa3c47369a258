package setup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakePython puts a python3 on PATH and nothing else of Python. It is a shell script that answers
// the probe with $PROBE, creates a virtual environment with a copy of itself, and runs $PIP as pip.
// fakePython returns the file that logs the calls.
func fakePython(t *testing.T, names ...string) (log string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake python3 is a shell script")
	}
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	const script = `#!/bin/sh
case "$*" in
-c*) eval "$PROBE" ;;
*"-m venv"*) echo venv >> "$LOG"; for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
*"-m pip install"*) echo pip >> "$LOG"; eval "$PIP" ;;
esac
`
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, tool := range []string{"sh", "cp", "mkdir"} { // tools that the script needs, but no other Python
		for _, bin := range []string{"/bin/", "/usr/bin/"} {
			if _, err := os.Stat(bin + tool); err == nil {
				_ = os.Symlink(bin+tool, filepath.Join(dir, tool))
			}
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("LOG", log)
	t.Setenv("PROBE", `echo '{"Version": "3.12.1", "Minor": 12, "Prefix": "/there", "Venv": true}'`)
	t.Setenv("PIP", "echo Collecting jupyterlab==1")
	return log
}

func TestJupyterIsInstalledWithItsSettings(t *testing.T) {
	fakePython(t, "python3")
	var events []Event
	o := Options{Cache: t.TempDir(), Progress: func(e Event) { events = append(events, e) }}
	t.Setenv("PIP", "exit 1")
	if _, err := jupyter(t.Context(), o); err == nil || !strings.Contains(err.Error(), "install Jupyter") {
		t.Errorf("the error must say what could not be installed, got: %v", err)
	}
	t.Setenv("PIP", "echo Collecting jupyterlab==1")
	for _, found := range []bool{false, true} {
		venv, err := jupyter(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; !last.Finished || last.Found != found || last.Step != "Jupyter" {
			t.Errorf("told %+v, want the end with Found %v", last, found)
		}
		if settings, err := os.ReadFile(filepath.Join(venv.Folder, "share", "jupyter", "lab", "settings", "overrides.json")); err != nil || !json.Valid(settings) || !strings.Contains(string(settings), "fetchNews") {
			t.Errorf("JupyterLab's settings are %q, %v", settings, err)
		}
	}
}

func TestRequirementsArePinned(t *testing.T) {
	for line := range strings.Lines(requirements) {
		if !strings.Contains(line, "==") {
			t.Errorf("%q must be pinned", line)
		}
	}
}
