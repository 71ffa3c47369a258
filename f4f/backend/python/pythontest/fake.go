// Package pythontest puts a fake Python on PATH, for tests of what makes environments.
package pythontest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Fake puts a python3 on PATH and nothing else of Python. It is a shell script that answers
// the probe with $PROBE, creates a virtual environment with a copy of itself, and runs $PIP as pip.
// Fake returns the file that logs the calls.
func Fake(t *testing.T, names ...string) (log string) {
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
