package setup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend/python/pythontest"
)

func TestJupyterIsInstalledWithItsSettings(t *testing.T) {
	pythontest.Fake(t, "python3")
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
