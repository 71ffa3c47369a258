package setup

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/f4f/backend/python"
)

// Environment is an installed environment for notebooks.
type Environment struct {
	Root   string // this module's folder
	Plugin string // file of XLA's plugin, empty if there is none
	Note   string // message for the user, for example that XLA is missing and why, or empty

	venv    python.Environment
	kernels string // folder for JUPYTER_PATH
	files   string // folder for the files that Jupyter writes
}

// filesFolder is the name of the cache's subfolder for the files that Jupyter writes.
const filesFolder = "jupyter"

// Python returns a command that runs the environment's Python. Jupyter and the kernel are available
// to it.
func (e *Environment) Python(ctx context.Context, args ...string) *exec.Cmd {
	cmd := e.venv.Command(ctx, args...)
	cmd.Env = e.environ(cmd.Env)
	return cmd
}

// environ adds the locations of Jupyter's files to the variables of a command. Jupyter finds the
// user's kernels and settings, but writes its own files (running servers, open tabs, trusted
// notebooks) into our folder.
func (e *Environment) environ(variables []string) []string {
	settings, kernels := userJupyter()
	home, _ := os.UserHomeDir() // without a home folder the paths below don't exist
	ours := map[string]string{
		// Jupyter searches JUPYTER_PATH for kernels first, in this order.
		"JUPYTER_PATH":              e.kernels + string(os.PathListSeparator) + kernels,
		"JUPYTER_PREFER_ENV_PATH":   "1",
		"JUPYTER_DATA_DIR":          filepath.Join(e.files, "data"),
		"JUPYTER_RUNTIME_DIR":       filepath.Join(e.files, "runtime"),
		"JUPYTERLAB_WORKSPACES_DIR": filepath.Join(e.files, "workspaces"),
	}
	// Jupyter, its Python kernel, and npm, which JupyterLab calls if it is installed, would each
	// create a folder in the home folder.
	for _, own := range []struct{ variable, folder, name string }{
		{"JUPYTER_CONFIG_DIR", settings, "config"},
		{"IPYTHONDIR", filepath.Join(home, ".ipython"), "ipython"},
		{"npm_config_cache", filepath.Join(home, ".npm"), "npm"},
	} {
		if os.Getenv(own.variable) == "" && !exists(own.folder) {
			ours[own.variable] = filepath.Join(e.files, own.name)
		}
	}
	env := slices.DeleteFunc(variables, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		_, replaced := ours[name]
		return replaced
	})
	for name, value := range ours {
		env = append(env, name+"="+value)
	}
	return env
}

// userJupyter returns the folders of the user's Jupyter settings and data, as jupyter_core finds
// them. Without a home folder they are "" unless the environment sets them.
func userJupyter() (settings, data string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return os.Getenv("JUPYTER_CONFIG_DIR"), os.Getenv("JUPYTER_DATA_DIR")
	}
	settings = filepath.Join(home, ".jupyter")
	switch runtime.GOOS {
	case "windows":
		data = filepath.Join(os.Getenv("APPDATA"), "jupyter")
	case "darwin":
		data = filepath.Join(home, "Library", "Jupyter")
	default:
		data = filepath.Join(home, ".local", "share", "jupyter")
		if share := os.Getenv("XDG_DATA_HOME"); share != "" {
			data = filepath.Join(share, "jupyter")
		}
	}
	if folder := os.Getenv("JUPYTER_CONFIG_DIR"); folder != "" {
		settings = folder
	}
	if folder := os.Getenv("JUPYTER_DATA_DIR"); folder != "" {
		data = folder
	}
	return settings, data
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
