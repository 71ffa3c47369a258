package setup

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/backend/python"
)

// requirements pins the packages of Jupyter. pip chooses their dependencies, which differ between
// versions of Python.
//
//go:embed requirements.txt
var requirements string

// overrides are default settings of JupyterLab, which the user's settings override. JupyterLab
// doesn't ask whether to fetch news, so that it makes no network requests. It waits four seconds
// for completions instead of one, since the kernel needs up to two to make them.
const overrides = `{
  "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
  "@jupyterlab/completer-extension:manager": {"providerTimeout": 4000}
}
`

// jupyter is the first step. It creates a virtual environment with Jupyter.
func jupyter(ctx context.Context, o Options) (venv python.Environment, err error) {
	s := o.begin("Jupyter")
	venv, err = python.Packages{
		Name: "Jupyter", Pins: requirements, Size: "some 100 MB", Cache: o.Cache, Progress: func(text string) { s.tell(Event{Text: text}) },
	}.Install(ctx)
	if err != nil {
		return venv, fmt.Errorf("setup: %w", err)
	}
	if err := writeSettings(filepath.Join(venv.Folder, "share", "jupyter", "lab", "settings", "overrides.json")); err != nil {
		return venv, fmt.Errorf("setup: the settings of JupyterLab could not be written: %w", err)
	}
	s.end(venv.Folder, venv.Found)
	return venv, nil
}

// writeSettings writes the overrides to a file, unless it holds them.
func writeSettings(file string) error {
	if content, err := os.ReadFile(file); err == nil && bytes.Equal(content, []byte(overrides)) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(file, []byte(overrides))
}
