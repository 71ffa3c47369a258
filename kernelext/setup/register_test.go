//go:build unix

package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestJupyterIsFoundByItsProgramOrItsEnvironment(t *testing.T) {
	venv := t.TempDir()
	program := write(t, "#!/bin/sh\n", venv, "bin", "jupyter")
	lab := write(t, "#!/bin/sh\n", venv, "bin", "jupyter-lab")
	for _, file := range []string{program, lab} {
		if err := os.Chmod(file, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(venv, "bin"))
	empty := t.TempDir()
	for _, row := range []struct{ name, given, want, says string }{
		{"on PATH", "", program, ""},
		{"environment", venv, program, ""},
		{"program", program, program, ""},
		{"another program of it", lab, program, ""},
		{"an environment without", empty, "", "must contain the program jupyter"},
		{"nothing there", filepath.Join(empty, "none"), "", "must be a Jupyter at"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := findJupyter(row.given)
			if got != row.want || (err == nil) != (row.says == "") || err != nil && !strings.Contains(err.Error(), row.says) {
				t.Errorf("findJupyter(%q) = %q, %v; want %q, %s", row.given, got, err, row.want, row.says)
			}
		})
	}
	t.Setenv("PATH", empty)
	if _, err := findJupyter(""); err == nil || !strings.Contains(err.Error(), "-user") {
		t.Errorf("without one on PATH: %v, want a remedy", err)
	}
}

func TestKernelOfSomebodyElseIsLeftAlone(t *testing.T) {
	data := t.TempDir()
	spec := write(t, `{"argv":["/usr/bin/gonb"]}`, data, "kernels", "gonb", "kernel.json")
	jupyter := script(t, "jupyter", "#!/bin/sh\necho '{\"data\": [\""+t.TempDir()+"\", \""+data+"\"]}'\n")
	t.Setenv("JUPYTER_DATA_DIR", data)
	o := Options{Root: t.TempDir(), Cache: t.TempDir()}
	_, registered := Register(t.Context(), jupyter, o)
	_, forUser := RegisterForUser(t.Context(), o)
	for _, err := range []error{registered, forUser} {
		if err == nil || !strings.Contains(err.Error(), "not by this command") || !strings.Contains(err.Error(), filepath.Dir(spec)) {
			t.Errorf("got %v, want an error that names the folder", err)
		}
	}
	if content, err := os.ReadFile(spec); err != nil || !strings.Contains(string(content), "/usr/bin/gonb") {
		t.Errorf("the kernel is now %s, %v", content, err)
	}
}

func TestJupyterThatFailsIsQuoted(t *testing.T) {
	jupyter := script(t, "jupyter", "#!/bin/sh\necho \"jupyter: not installed here\" >&2; exit 1\n")
	_, err := Register(t.Context(), jupyter, Options{Root: t.TempDir(), Cache: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "not installed here") {
		t.Errorf("got %v, want the program's output", err)
	}
}

func TestUserJupyterIsWhereJupyterLooks(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for _, variable := range []string{"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME"} {
		t.Setenv(variable, "")
	}
	if settings, _ := userJupyter(); settings != "/home/me/.jupyter" {
		t.Errorf("settings are in %q", settings)
	}
	for _, variable := range []string{"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"} {
		t.Setenv(variable, "/there")
	}
	if settings, data := userJupyter(); settings != "/there" || data != "/there" {
		t.Errorf("with the variables set they are in %q and %q", settings, data)
	}
}

func TestOurJupyterWritesIntoOurFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, variable := range []string{"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME"} {
		t.Setenv(variable, "")
	}
	t.Setenv("JUPYTER_RUNTIME_DIR", "/elsewhere")
	env := &Environment{files: "/cache/jupyter", kernels: "/cache/gonb"}
	value := func(name string) (value string) {
		t.Helper()
		for _, line := range env.environ(os.Environ()) {
			if before, after, _ := strings.Cut(line, "="); before == name {
				if value != "" {
					t.Errorf("%s is there twice", name)
				}
				value = after
			}
		}
		return value
	}
	for name, want := range map[string]string{
		"JUPYTER_RUNTIME_DIR": "/cache/jupyter/runtime",
		"JUPYTER_DATA_DIR":    "/cache/jupyter/data",
		"JUPYTER_CONFIG_DIR":  "/cache/jupyter/config",
	} {
		if got := value(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := value("JUPYTER_PATH"); !strings.HasPrefix(got, "/cache/gonb:"+home) {
		t.Errorf("JUPYTER_PATH is %q, want ours, then the user's kernels", got)
	}
	if err := os.Mkdir(filepath.Join(home, ".jupyter"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := value("JUPYTER_CONFIG_DIR"); got != "" {
		t.Errorf("the user's settings must be used, got %q", got)
	}
}
