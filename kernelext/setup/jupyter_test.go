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

func TestPythonThatWontDoIsNamedWithTheRemedy(t *testing.T) {
	for _, row := range []struct {
		name  string
		files []string
		probe string
		want  []string
	}{
		{"none", nil, "", []string{"no python3 on PATH", "Install Python 3"}},
		{"too old", []string{"python3"}, `echo '{"Version": "3.8.18", "Minor": 8, "Venv": true}'`, []string{"is 3.8.18", "Python 3.10 or newer", "Install Python 3"}},
		{"without venv", []string{"python3"}, `echo '{"Version": "3.12.1", "Minor": 12, "Venv": false}'`, []string{"python3.12-venv", "Install Python 3"}},
		{"broken", []string{"python3", "python"}, `exit 127`, []string{"python3 does not run", "python does not run", "Install Python 3"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			fakePython(t, row.files...)
			t.Setenv("PROBE", row.probe)
			_, err := jupyter(t.Context(), Options{Cache: t.TempDir()})
			if err == nil {
				t.Fatal("want an error")
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error must say %q, got: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error must be one paragraph, got: %v", err)
			}
		})
	}
}

func TestNewerPythonBesideAnOldOneIsFound(t *testing.T) {
	fakePython(t, "python3", "python3.13")
	t.Setenv("PROBE", `case "$0" in *3.13) m=13 ;; *) m=9 ;; esac; echo '{"Version": "3.'$m'.0", "Minor": '$m', "Venv": true}'`)
	py, err := findPython(t.Context())
	if err != nil || filepath.Base(py.path) != "python3.13" {
		t.Errorf("findPython = %+v, %v; want python3.13", py, err)
	}
}

func TestFailedInstallationIsToldAndDoneAnew(t *testing.T) {
	log := fakePython(t, "python3")
	cache := t.TempDir()
	var texts []string
	o := Options{Cache: cache, Progress: func(e Event) { texts = append(texts, e.Text) }}

	t.Setenv("PIP", `echo "ERROR: No matching distribution found for jupyterlab" >&2; exit 1`)
	_, err := jupyter(t.Context(), o)
	for _, want := range []string{"No matching distribution", "network or a proxy", "run the same command again"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error must say %q, got: %v", want, err)
		}
	}

	t.Setenv("PIP", "echo Collecting jupyterlab==1")
	first, err := jupyter(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	second, err := jupyter(t.Context(), o)
	if err != nil || second != first {
		t.Errorf("the second time it is %q, %v; want %q", second, err, first)
	}
	if done, _ := os.ReadFile(log); string(done) != "venv\npip\nvenv\npip\n" {
		t.Errorf("done %q, want the environment made twice and found once", done)
	}
	if settings, err := os.ReadFile(filepath.Join(first, "share", "jupyter", "lab", "settings", "overrides.json")); err != nil || !json.Valid(settings) || !strings.Contains(string(settings), "fetchNews") {
		t.Errorf("JupyterLab's settings are %q, %v", settings, err)
	}
	if all := strings.Join(texts, "\n"); !strings.Contains(all, "collecting jupyterlab==1") {
		t.Errorf("pip's lines must be reported, got:\n%s", all)
	}

	t.Setenv("PROBE", `echo '{"Version": "3.13.0", "Minor": 13, "Prefix": "/there", "Venv": true}'`)
	if third, err := jupyter(t.Context(), o); err != nil || third == first {
		t.Errorf("another Python must get another environment, got %q, %v", third, err)
	}
}

func TestRequirementsArePinned(t *testing.T) {
	for line := range strings.Lines(requirements) {
		if !strings.Contains(line, "==") {
			t.Errorf("%q must be pinned", line)
		}
	}
}
