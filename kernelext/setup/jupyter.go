package setup

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
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

// oldest is the minor version of the oldest Python 3 that the pinned packages support.
const oldest = 10

// jupyter is the first step. It creates a virtual environment with Jupyter.
func jupyter(ctx context.Context, o Options) (venv string, err error) {
	s := o.begin("Jupyter")
	s.tell(Event{Text: "looking for Python"})
	py, err := findPython(ctx)
	if err != nil {
		return "", err
	}
	inputs := strings.Join([]string{requirements, overrides, py.Version, py.Prefix}, "\n")
	folder := filepath.Join(o.Cache, "jupyter-"+short(inputs))
	err = s.once(ctx, folder, inputs, venvPython(folder), func() error {
		s.tell(Event{Text: "making a virtual environment"})
		output, err := exec.CommandContext(ctx, py.path, "-m", "venv", "--clear", folder).CombinedOutput()
		if err != nil {
			return fmt.Errorf("setup: %s could not make a virtual environment in %s: %s. Install Python's venv module (Debian and "+
				"Ubuntu: sudo apt install python3-venv) or free some disk space, and run the same command again", py.path, folder, tail(string(output)))
		}
		if err := pipInstall(ctx, s, folder); err != nil {
			return err
		}
		settings := filepath.Join(folder, "share", "jupyter", "lab", "settings")
		if err := os.MkdirAll(settings, 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(settings, "overrides.json"), []byte(overrides), 0o644)
	})
	if err != nil {
		return "", err
	}
	return folder, nil
}

// pipInstall installs Jupyter into the virtual environment and reports pip's progress.
func pipInstall(ctx context.Context, s step, venv string) error {
	s.tell(Event{Text: "installing Jupyter, some 100 MB"})
	pins := filepath.Join(venv, "requirements.txt")
	if err := os.WriteFile(pins, []byte(requirements), 0o644); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	cmd := exec.CommandContext(ctx, venvPython(venv), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
		"--no-cache-dir", "--progress-bar=off", "-r", pins)
	cmd.Env = append(os.Environ(), "PYTHONNOUSERSITE=1")
	cmd.WaitDelay = time.Second
	var all bytes.Buffer
	lines, write := io.Pipe()
	cmd.Stdout = io.MultiWriter(&all, write)
	cmd.Stderr = cmd.Stdout
	told := make(chan struct{})
	go func() {
		defer close(told)
		for scanner := bufio.NewScanner(lines); scanner.Scan(); {
			// "Collecting jupyterlab==4.6.6 (from …)", "Installing collected packages: …"
			if words := strings.Fields(scanner.Text()); len(words) > 1 && (words[0] == "Collecting" || words[0] == "Downloading" || words[0] == "Installing") {
				s.tell(Event{Text: strings.ToLower(words[0]) + " " + words[1]})
			}
		}
		_, _ = io.Copy(io.Discard, lines) // a line that is too long for the scanner must not block pip
	}()
	err := cmd.Run()
	write.Close()
	<-told
	if err != nil {
		return fmt.Errorf("setup: pip could not install Jupyter: %s. The usual cause is the network or a proxy: check that "+
			"`%s -m pip install -r %s` works, and run the same command again", tail(all.String()), venvPython(venv), pins)
	}
	return nil
}

// python is an interpreter that can create a virtual environment.
type python struct {
	path    string
	Version string // "3.11.7"
	Minor   int
	Prefix  string // where it is installed
	Venv    bool   // whether it has venv and ensurepip
}

const probe = `import json, sys
try:
    import venv, ensurepip; ok = True
except ImportError:
    ok = False
print(json.dumps({"Version": "%d.%d.%d" % sys.version_info[:3], "Minor": sys.version_info[1] if sys.version_info[0] == 3 else 0, "Prefix": sys.base_prefix, "Venv": ok}))`

// findPython returns the first suitable Python on PATH. If there is none, the error says what is
// wrong with each one found.
func findPython(ctx context.Context) (python, error) {
	const install = "Install Python 3 (Debian and Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python3), and " +
		"run the same command again"
	names := []string{"python3", "python"}
	for minor := 20; minor >= oldest; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	var faults []string
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		py := python{path: path}
		cmd := exec.CommandContext(ctx, path, "-c", probe)
		cmd.WaitDelay = time.Second
		output, err := cmd.Output()
		if ctx.Err() != nil {
			return python{}, fmt.Errorf("setup: %w", ctx.Err())
		}
		switch {
		case err != nil || json.Unmarshal(output, &py) != nil:
			faults = append(faults, path+" does not run")
		case py.Minor < oldest:
			faults = append(faults, fmt.Sprintf("%s is %s", path, py.Version))
		case !py.Venv:
			faults = append(faults, fmt.Sprintf("%s lacks venv or ensurepip, which come in the package python3.%d-venv", path, py.Minor))
		default:
			return py, nil
		}
	}
	if len(faults) == 0 {
		return python{}, fmt.Errorf("setup: Jupyter needs Python 3.%d or newer, and there is no python3 on PATH. %s", oldest, install)
	}
	return python{}, fmt.Errorf("setup: Jupyter needs Python 3.%d or newer with its venv module, but %s. %s", oldest, strings.Join(faults, ", "), install)
}

// venvPython returns the path of a virtual environment's interpreter.
func venvPython(venv string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", "python.exe")
	}
	return filepath.Join(venv, "bin", "python")
}
