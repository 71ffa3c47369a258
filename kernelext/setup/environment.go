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

// Python is a command that runs the environment's Python, from which Jupyter and the kernel are at hand.
func (e *Environment) Python(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, venvPython(e.venv), args...)
	cmd.Env = e.environ()
	return cmd
}

// environ is this process's environment, less what would lead the virtual environment astray, and with the places of Jupyter's files: it
// finds the kernels and settings that the user has, and writes what it writes by itself (which servers run, which tabs are open,
// which notebooks to trust) into our folder.
func (e *Environment) environ() []string {
	settings, kernels := userJupyter()
	ours := map[string]string{
		// Jupyter looks for kernels in JUPYTER_PATH first, in this order.
		"JUPYTER_PATH":              e.kernels + string(os.PathListSeparator) + kernels,
		"JUPYTER_PREFER_ENV_PATH":   "1",
		"JUPYTER_DATA_DIR":          filepath.Join(e.files, "data"),
		"JUPYTER_RUNTIME_DIR":       filepath.Join(e.files, "runtime"),
		"JUPYTERLAB_WORKSPACES_DIR": filepath.Join(e.files, "workspaces"),
		"PYTHONNOUSERSITE":          "1",
		"npm_config_logs_max":       "0", // JupyterLab asks npm, where there is one, which keeps a log of it in the home folder
	}
	if _, err := os.Stat(settings); err != nil { // else Jupyter would make the folder
		ours["JUPYTER_CONFIG_DIR"] = filepath.Join(e.files, "config")
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
