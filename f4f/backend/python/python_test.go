package python

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/python/pythontest"
)

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
			pythontest.Fake(t, row.files...)
			t.Setenv("PROBE", row.probe)
			_, err := Packages{Name: "numpy", Pins: "numpy==2", Cache: t.TempDir()}.Install(t.Context())
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
	pythontest.Fake(t, "python3", "python3.13")
	t.Setenv("PROBE", `case "$0" in *3.13) m=13 ;; *) m=9 ;; esac; echo '{"Version": "3.'$m'.0", "Minor": '$m', "Venv": true}'`)
	py, err := Packages{}.find(t.Context())
	if err != nil || filepath.Base(py.path) != "python3.13" {
		t.Errorf("find = %+v, %v; want python3.13", py, err)
	}
}

func TestPackagesThatNeedANewerPythonSaySo(t *testing.T) {
	pythontest.Fake(t, "python3") // is 3.12
	if _, err := (Packages{Name: "numpy", Oldest: 13}).find(t.Context()); err == nil || !strings.Contains(err.Error(), "Python 3.13 or newer") {
		t.Errorf("the error must ask for Python 3.13, got %v", err)
	}
}

func TestFailedInstallationIsToldAndDoneAnew(t *testing.T) {
	log := pythontest.Fake(t, "python3")
	var texts []string
	p := Packages{Name: "Numpy", Pins: "numpy==2", Cache: filepath.Join(t.TempDir(), "new"), Progress: func(text string) { texts = append(texts, text) }}

	t.Setenv("PIP", `echo "ERROR: No matching distribution found for numpy" >&2; exit 1`)
	_, err := p.Install(t.Context())
	for _, want := range []string{"No matching distribution", "network or a proxy", "run the same command again"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error must say %q, got: %v", want, err)
		}
	}

	t.Setenv("PIP", "echo Collecting numpy==2")
	first, err := p.Install(t.Context())
	if err != nil || first.Found {
		t.Fatalf("Install = %+v, %v", first, err)
	}
	second, err := p.Install(t.Context())
	if err != nil || second.Folder != first.Folder || !second.Found {
		t.Errorf("the second time it is %+v, %v; want %q, found", second, err, first.Folder)
	}
	if done, _ := os.ReadFile(log); string(done) != "venv\npip\nvenv\npip\n" {
		t.Errorf("done %q, want the environment made twice and found once", done)
	}
	if all := strings.Join(texts, "\n"); !strings.Contains(all, "collecting numpy==2") {
		t.Errorf("pip's lines must be reported, got:\n%s", all)
	}

	others := []Packages{p, p}
	others[0].Pins, others[1].Alone = "numpy==3", true
	for _, other := range others {
		if third, err := other.Install(t.Context()); err != nil || third.Folder == first.Folder {
			t.Errorf("other packages must get another environment, got %+v, %v", third, err)
		}
	}
	t.Setenv("PROBE", `echo '{"Version": "3.13.0", "Minor": 13, "Prefix": "/there", "Venv": true}'`)
	if third, err := p.Install(t.Context()); err != nil || third.Folder == first.Folder {
		t.Errorf("another Python must get another environment, got %+v, %v", third, err)
	}
}

func TestBadPackagesAreNamed(t *testing.T) {
	for _, row := range []struct {
		p    Packages
		want string
	}{
		{Packages{Pins: "numpy==2"}, "Packages.Name"},
		{Packages{Name: "../numpy", Pins: "numpy==2"}, "Packages.Name"},
		{Packages{Name: "numpy"}, "Packages.Pins"},
	} {
		if _, err := row.p.Install(t.Context()); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("Install of %+v must name %s, got %v", row.p, row.want, err)
		}
	}
}

// A program gets its arguments and not the user's PYTHONPATH, and its error is told.
func TestProgramRunsInItsEnvironment(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a virtual environment")
	}
	py, err := Packages{Name: "nothing"}.find(t.Context())
	if err != nil {
		t.Skip(err)
	}
	folder := t.TempDir()
	if output, err := exec.Command(py.path, "-m", "venv", "--without-pip", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	e := Environment{Folder: folder}
	t.Setenv("PYTHONPATH", folder)
	var out strings.Builder
	if err := e.Run(t.Context(), &out, `import sys; print(sys.argv[1:], sys.prefix == sys.argv[1], sys.argv[1] in sys.path)`, folder, "b c"); err != nil {
		t.Fatal(err)
	}
	if want := "['" + folder + "', 'b c'] True False\n"; out.String() != want {
		t.Errorf("printed %q, want %q", &out, want)
	}
	err = e.Run(t.Context(), nil, "import sys\nraise ValueError('no such ' + sys.argv[1])", "galaxy")
	if err == nil || !strings.Contains(err.Error(), "no such galaxy") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error must be the program's in one line, got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := e.Run(ctx, nil, "import time; time.sleep(60)"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stopped program returned %v", err)
	}
	if err := (Environment{}).Run(t.Context(), nil, ""); err == nil {
		t.Error("an empty environment can't run a program")
	}
}

func TestTailIsTheEndInOneLine(t *testing.T) {
	for output, want := range map[string]string{
		"":                       "no output",
		"a\n\n[notice] b\n c \n": "a | c",
		"1\n2\n3\n4\nERROR: 5\n": "2 | 3 | 4 | ERROR: 5",
	} {
		if got := Tail(output); got != want {
			t.Errorf("Tail(%q) = %q, want %q", output, got, want)
		}
	}
}
