package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The tests here run real notebooks in a real Jupyter, and set it up on a machine that has none.
// testdata/smoke.py makes the notebooks.

func run(t *testing.T, args ...string) (status int, out, said string) {
	t.Helper()
	if testing.Short() {
		t.Skip("sets up Jupyter")
	}
	var o, s bytes.Buffer
	err := dispatch(t.Context(), append([]string{"run"}, args...), &o)
	status = exitStatus(err, &o, &s)
	return status, o.String(), s.String()
}

func TestNotebookRunsFromTheFirstCellToTheLast(t *testing.T) {
	folder := t.TempDir()
	status, out, said := run(t, "testdata/smoke.ipynb", "-o", folder)
	if status != 0 {
		t.Fatalf("exit status %d:\n%s\n%s", status, out, said)
	}
	if strings.ContainsAny(out, "\r\x1b") {
		t.Errorf("a pipe must get plain lines, got %q", out)
	}
	for _, want := range []string{"1/3", "3/3", "Another shows a picture.", "smoke.ipynb", "smoke.html", "figure-1.png"} {
		if !strings.Contains(out, want) {
			t.Errorf("it must say %q, got:\n%s", want, out)
		}
	}

	executed, err := os.ReadFile(filepath.Join(folder, "smoke", "smoke.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	for want, times := range map[string]int{"2 columns": 1, "3 columns": 1, `"image/png"`: 1, `"error"`: 0} {
		if got := strings.Count(string(executed), want); got != times {
			t.Errorf("the executed notebook has %s %d times, want %d", want, got, times)
		}
	}
	f, err := os.Open(filepath.Join(folder, "smoke", "figure-1.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if config, err := png.DecodeConfig(f); err != nil || config.Width != 8 || config.Height != 4 {
		t.Errorf("the figure is %dx%d, %v; want 8x4", config.Width, config.Height, err)
	}

	page, err := os.ReadFile(filepath.Join(folder, "smoke", "smoke.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, []byte("data:image/png;base64,")) {
		t.Error("the page must hold the picture")
	}
	if elsewhere := regexp.MustCompile(`<script|<link[^>]*href|src="?http|@import|url\("?http`).Find(page); elsewhere != nil {
		t.Errorf("the page must load nothing from elsewhere, found %q", elsewhere)
	}
}

func TestAQuickRunTakesFewSteps(t *testing.T) {
	folder := t.TempDir()
	if status, out, said := run(t, "testdata/steps.ipynb", "-quick", "-o", folder); status != 0 {
		t.Fatalf("exit status %d:\n%s\n%s", status, out, said)
	}
	executed, err := os.ReadFile(filepath.Join(folder, "steps", "steps.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"256 of many", "100 of few", "1 epoch"} {
		if !strings.Contains(string(executed), want) {
			t.Errorf("the executed notebook must say %q:\n%s", want, executed)
		}
	}
	if _, out, _ := run(t, "testdata/smoke.ipynb", "-quick", "-o", folder); !strings.Contains(out, "in full") {
		t.Errorf("a notebook that trains nothing can't be shortened, and it must say so:\n%s", out)
	}
	if status, _, _ := run(t, "testdata/steps.ipynb", "-quick", "-keep", "-o", folder); status != 2 {
		t.Errorf("-quick with -keep: exit status %d, want 2", status)
	}
}

func TestFailingCellIsNamedAndTheRestIsSaved(t *testing.T) {
	for _, row := range []struct{ name, cell, says string }{
		{"failing", "cell 2 of 3", "panic: out of order"},
		{"uncompiled", "cell 2 of 2", "undefined: undeclared"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			status, out, said := run(t, "testdata/"+row.name+".ipynb", "-o", folder)
			if status != 1 {
				t.Fatalf("exit status %d, want 1:\n%s\n%s", status, out, said)
			}
			file := filepath.Join(folder, row.name, row.name+".ipynb")
			for _, want := range []string{row.cell, row.says, file} {
				if !strings.Contains(said, want) {
					t.Errorf("it must say %q, got:\n%s", want, said)
				}
			}
			executed, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// The cell before the failing one has its output, the failing one has its error, and
			// the one after it has nothing.
			for want, times := range map[string]int{"2 columns": 1, `"output_type": "error"`: 1, "3 columns": 0} {
				if got := strings.Count(string(executed), want); got != times {
					t.Errorf("the saved notebook has %s %d times, want %d", want, got, times)
				}
			}
		})
	}
}

func TestNotebookThatTakesTooLongIsStopped(t *testing.T) {
	// Nothing is to be left in this folder; others may run notebooks at this moment.
	t.Setenv("TMPDIR", t.TempDir())
	for _, limit := range []string{"8s", "40s", "3m0s"} { // the first cell takes seconds, on a busy machine more
		folder, start := t.TempDir(), time.Now()
		status, out, said := run(t, "testdata/endless.ipynb", "-o", folder, "-timeout", limit)
		if status != 1 || !strings.Contains(said, "longer than "+limit) {
			t.Fatalf("exit status %d, want 1 for the time it took:\n%s\n%s", status, out, said)
		}
		t.Logf("with %s it took %v to stop, the set-up included", limit, time.Since(start))
		if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "flows-notebook-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		executed, err := os.ReadFile(filepath.Join(folder, "endless", "endless.ipynb"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(executed), "2 columns") {
			return
		}
	}
	t.Error("the saved notebook must have the output of the cell before the one that was stopped")
}
