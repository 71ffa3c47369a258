package python

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// earliest is the minor version of the oldest Python 3 that packages are pinned for by default.
const earliest = 10

// interpreter is a Python that can create a virtual environment.
type interpreter struct {
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

// find returns the first Python on PATH that the packages can be installed for. If there is none,
// the error says what is wrong with each one found.
func (p Packages) find(ctx context.Context) (interpreter, error) {
	const install = "Install Python 3 (Debian and Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python3), and " +
		"run the same command again"
	oldest := max(p.Oldest, earliest)
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
		py := interpreter{path: path}
		cmd := exec.CommandContext(ctx, path, "-c", probe)
		cmd.WaitDelay = time.Second
		output, err := cmd.Output()
		if ctx.Err() != nil {
			return interpreter{}, fmt.Errorf("python: %w", ctx.Err())
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
		return interpreter{}, fmt.Errorf("python: %s needs Python 3.%d or newer, and there is no python3 on PATH. %s", p.Name, oldest, install)
	}
	return interpreter{}, fmt.Errorf("python: %s needs Python 3.%d or newer with its venv module, but %s. %s", p.Name, oldest, strings.Join(faults, ", "), install)
}

// of returns the path of a virtual environment's interpreter.
func of(folder string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(folder, "Scripts", "python.exe")
	}
	return filepath.Join(folder, "bin", "python")
}
