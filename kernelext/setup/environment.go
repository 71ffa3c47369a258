package setup

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// filesFolder is what the folder is called, in the cache, that Jupyter's files go to.
const filesFolder = "jupyter"

// Python is a command that runs the environment's Python, from which Jupyter and the kernel are at
// hand.
func (e *Environment) Python(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, venvPython(e.venv), args...)
	cmd.Env = e.environ()
	return cmd
}

// environ is this process's environment, less what would lead the virtual environment astray, and
// with the places of Jupyter's files: it finds the kernels and settings that the user has, and
// writes what it writes by itself (which servers run, which tabs are open, which notebooks to
// trust) into our folder.
func (e *Environment) environ() []string {
	settings, kernels := userJupyter()
	home, _ := os.UserHomeDir() // without one there is nothing in it
	ours := map[string]string{
		// Jupyter looks for kernels in JUPYTER_PATH first, in this order.
		"JUPYTER_PATH":              e.kernels + string(os.PathListSeparator) + kernels,
		"JUPYTER_PREFER_ENV_PATH":   "1",
		"JUPYTER_DATA_DIR":          filepath.Join(e.files, "data"),
		"JUPYTER_RUNTIME_DIR":       filepath.Join(e.files, "runtime"),
		"JUPYTERLAB_WORKSPACES_DIR": filepath.Join(e.files, "workspaces"),
		"PYTHONNOUSERSITE":          "1",
	}
	// Jupyter, its Python kernel, and npm, which JupyterLab asks where there is one, would each
	// make a folder at home.
	for _, own := range []struct{ variable, folder, name string }{
		{"JUPYTER_CONFIG_DIR", settings, "config"},
		{"IPYTHONDIR", filepath.Join(home, ".ipython"), "ipython"},
		{"npm_config_cache", filepath.Join(home, ".npm"), "npm"},
	} {
		if os.Getenv(own.variable) == "" && !exists(own.folder) {
			ours[own.variable] = filepath.Join(e.files, own.name)
		}
	}
	astray := []string{"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		_, replaced := ours[name]
		return replaced || slices.Contains(astray, name)
	})
	for name, value := range ours {
		env = append(env, name+"="+value)
	}
	return env
}
